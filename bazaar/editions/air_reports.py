"""Noting what was lost of a turn, and what was on air of it. Who is owed another: `owed.py`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.airtime import Loss, losses_of, make_ups_of
from bazaar.database import reading, transaction
from bazaar.editions.editing import locked_edition, note_change
from bazaar.lines import one_line
from bazaar.localtime import minutes_between
from bazaar.refusals import Refusal
from bazaar.states import RotationState
from bazaar.turns import PublishedTurn, published_turns, select_published
from models import Account, AirReport, Edition, LiveSession, Rotation, Slot, Vendor

_LONGEST_REASON = 200


@dataclass(frozen=True)
class AirNote:
    """One row of a turn's history of losses."""

    noted_at: datetime
    by: str  # empty: whoever opened a host link
    lost_minutes: int
    is_failed: bool | None
    reason: str


@dataclass(frozen=True)
class AirTurn:
    """A turn that has begun, with what was on air of it. `notes` with the newest first."""

    slot_id: int
    position: int
    vendor_id: int
    business_name: str
    owner_name: str
    starts_at: datetime
    ends_at: datetime
    planned_minutes: int
    aired_minutes: int
    has_failed: bool
    notes: tuple[AirNote, ...]


def note_loss(
    slot_id: int,
    *,
    lost_minutes: int,
    reason: str,
    is_failed: bool | None = None,
    by: int | None,
    link_id: int | None = None,
    now: datetime,
) -> None:
    """Append what was lost of the turn in that slot; the newest note counts, so a later one corrects.

    `is_failed`: an organizer's word about whether the turn counts as one; None leaves it to the minutes.
    Refuses `not_found`, `edition_archived`, `not_begun`, `nobody_there`, `lost_out_of_range`, `failed_without_loss` and `reason_missing`.
    """
    with transaction() as session:
        slot = session.get(Slot, slot_id)
        if slot is None:
            raise Refusal("not_found")
        edition = locked_edition(session, slot.edition_id)
        _refuse_what_cannot_be(slot, lost_minutes, is_failed, now)
        reason = _plain(reason)
        turn = _turn_in(session, slot)
        rotation_id, promised = _promise(session, edition, turn)
        session.add(
            AirReport(
                edition_id=edition.id,
                slot_id=slot_id,
                vendor_id=turn.vendor_id,
                rotation_id=rotation_id,
                lost_minutes=lost_minutes,
                is_failed=is_failed,
                turns_promised=promised,
                reason=reason,
                noted_at=now,
                account_id=by,
                link_id=link_id,
            )
        )
        after = {"vendor": turn.vendor_id, "lost_minutes": lost_minutes, "is_failed": is_failed}
        note_change(session, edition, "note_loss", "slot", slot_id, by=by, link_id=link_id, now=now, after=after, reason=reason)


def _refuse_what_cannot_be(slot: Slot, lost_minutes: int, is_failed: bool | None, now: datetime) -> None:
    if slot.starts_at > now:
        raise Refusal("not_begun")
    planned = minutes_between(slot.starts_at, slot.ends_at)
    if not 0 <= lost_minutes <= planned:
        raise Refusal("lost_out_of_range", minutes=planned)
    if is_failed and not lost_minutes:
        raise Refusal("failed_without_loss")


def _plain(reason: str) -> str:
    plain = one_line(reason)[:_LONGEST_REASON]
    if not plain:
        raise Refusal("reason_missing")
    return plain


def _turn_in(session: Session, slot: Slot) -> PublishedTurn:
    turn = next((turn for turn in published_turns(session, slot.edition_id) if turn.slot_id == slot.id), None)
    if turn is None:
        raise Refusal("nobody_there")
    return turn


def air_turns(live_session_id: int, *, now: datetime) -> tuple[AirTurn, ...]:
    """The turns of a live session that have begun, in order."""
    with reading() as session:
        return _air_turns(session, live_session_id, now)


def air_turn(edition_id: int, slot_id: int, *, now: datetime) -> AirTurn | None:
    """The turn in that slot; None when it is still ahead or nobody's. Refuses `not_found`."""
    with reading() as session:
        slot = session.get(Slot, slot_id)
        if slot is None or slot.edition_id != edition_id:
            raise Refusal("not_found")
        return next((turn for turn in _air_turns(session, slot.live_session_id, now) if turn.slot_id == slot_id), None)


def _promise(session: Session, edition: Edition, turn: PublishedTurn) -> tuple[int, int]:
    """(rotation in force, turns that the vendor may count on). The first note about a turn settles both; corrections keep them."""
    first = session.scalar(
        select(AirReport).where(AirReport.slot_id == turn.slot_id, AirReport.vendor_id == turn.vendor_id).order_by(AirReport.id).limit(1)
    )
    if first is not None:
        return first.rotation_id, first.turns_promised
    rotation_id = session.scalar(select(Rotation.id).where(Rotation.edition_id == edition.id, Rotation.state == RotationState.PUBLISHED))
    assert rotation_id is not None  # it has the turn
    make_up = make_ups_of(session, edition.id, turn.vendor_id).get(turn.vendor_id)
    own = sum(other.vendor_id == turn.vendor_id for other in published_turns(session, edition.id))
    return rotation_id, own if make_up is None else own - len(make_up.failed) + make_up.owed_count


def _air_turns(session: Session, live_session_id: int, now: datetime) -> tuple[AirTurn, ...]:
    rows = session.execute(select_published().where(LiveSession.id == live_session_id, Slot.starts_at <= now).order_by(Slot.position)).all()
    on_these = AirReport.slot_id.in_([slot.id for _turn, slot, _live, _vendor in rows])
    losses, notes = losses_of(session, on_these), _notes(session, [slot.id for _turn, slot, _live, _vendor in rows])
    return tuple(
        _air_turn(slot, vendor, losses.get((slot.id, vendor.id)), notes.get((slot.id, vendor.id), ()))
        for _turn, slot, _live, vendor in rows
    )


def _air_turn(slot: Slot, vendor: Vendor, loss: Loss | None, notes: tuple[AirNote, ...]) -> AirTurn:
    planned = minutes_between(slot.starts_at, slot.ends_at)
    return AirTurn(
        slot_id=slot.id,
        position=slot.position,
        vendor_id=vendor.id,
        business_name=vendor.business_name,
        owner_name=vendor.owner_name,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        planned_minutes=planned,
        aired_minutes=planned if loss is None else loss.aired_minutes(planned),
        has_failed=loss is not None and loss.has_failed(planned),
        notes=notes,
    )


def _notes(session: Session, slot_ids: list[int]) -> dict[tuple[int, int], tuple[AirNote, ...]]:
    rows = session.execute(
        select(AirReport, Account.name)
        .outerjoin(Account, Account.id == AirReport.account_id)
        .where(AirReport.slot_id.in_(slot_ids))
        .order_by(AirReport.id.desc())
    )
    notes: dict[tuple[int, int], tuple[AirNote, ...]] = {}
    for row, name in rows:
        key = (row.slot_id, row.vendor_id)
        note = AirNote(row.noted_at, name or "", row.lost_minutes, row.is_failed, row.reason)
        notes[key] = (*notes.get(key, ()), note)
    return notes
