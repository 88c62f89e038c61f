"""Phones and laptops that may log sales of one live session, each with a key of its own, apart from any sign-in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token, new_token
from models import Device, Edition, LiveSession

KEY_OUTLIVES_SESSION = timedelta(hours=48)
"""So that a phone that was offline all evening can still hand in its sales."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class DeviceMade:
    """A new device. Its key is shown once; only a hash is kept."""

    id: int
    name: str
    key: str
    expires_at: datetime


@dataclass(frozen=True)
class DeviceLine:
    """A device as people look at it."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def add_device(live_session_id: int, name: str, *, by: int | None = None, now: datetime) -> DeviceMade:
    """Let a device log sales until 48 hours after the live session's end (or from now, where that has passed).

    A name is good once in a live session: entries carry it. Refuses `not_found`, `device_name_missing`, `device_name_taken`.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal("device_name_missing", longest=LONGEST_NAME)
    key = new_token()
    try:
        with transaction() as session:
            ends_at, bazaar_id = _ends_at_and_bazaar(session, live_session_id)
            if session.scalar(select(Device.id).where(Device.live_session_id == live_session_id, Device.name == name)) is not None:
                raise Refusal("device_name_taken", name=name)
            device = Device(
                live_session_id=live_session_id,
                name=name,
                key_hash=hash_token(key),
                created_at=now,
                expires_at=max(ends_at, now) + KEY_OUTLIVES_SESSION,
            )
            session.add(device)
            session.flush()
            audit.note(session, "add_device", "device", device.id, now=now, bazaar_id=bazaar_id, by=by, after={"name": name})
            return DeviceMade(device.id, name, key, device.expires_at)
    except IntegrityError:  # somebody took the name between our look and our insert
        raise Refusal("device_name_taken", name=name) from None


def revoke_device(live_session_id: int, name: str, *, by: int | None = None, now: datetime) -> None:
    """End a device's key at once; its entries stay. Refuses `device_unknown` (also where it was revoked before)."""
    with transaction() as session:
        _, bazaar_id = _ends_at_and_bazaar(session, live_session_id)
        device_id = session.execute(
            update(Device)
            .where(Device.live_session_id == live_session_id, Device.name == name, Device.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(Device.id)
        ).scalar_one_or_none()
        if device_id is None:
            raise Refusal("device_unknown", name=name)
        audit.note(session, "revoke_device", "device", device_id, now=now, bazaar_id=bazaar_id, by=by, before={"name": name})


def device_lines(live_session_id: int) -> list[DeviceLine]:
    """The devices of a live session, oldest first. Refuses `not_found`."""
    with reading() as session:
        _ends_at_and_bazaar(session, live_session_id)
        devices = session.scalars(select(Device).where(Device.live_session_id == live_session_id).order_by(Device.id))
        return [DeviceLine(row.id, row.name, row.created_at, row.expires_at, row.revoked_at) for row in devices]


def _ends_at_and_bazaar(session: Session, live_session_id: int) -> tuple[datetime, int]:
    row = session.execute(
        select(LiveSession.ends_at, Edition.bazaar_id)
        .join(Edition, Edition.id == LiveSession.edition_id)
        .where(LiveSession.id == live_session_id)
    ).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return row.ends_at, row.bazaar_id
