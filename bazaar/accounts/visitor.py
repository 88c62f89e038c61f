"""Who a request comes from: an account, whoever opened a host link, a device with a key, or nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bazaar.database import reading, transaction
from bazaar.states import Role
from models import Account, Device, Link, Membership, SignIn

SEEN_EVERY = timedelta(minutes=5)
IDLE_LIMIT = timedelta(days=14)


@dataclass(frozen=True)
class Visitor:
    """Whoever this request comes from, and what they may do."""

    sign_in_id: int | None = None
    account_id: int | None = None
    name: str = ""
    roles: frozenset[tuple[int, Role]] = frozenset()  # (bazaar id, role)
    link_id: int | None = None
    live_session_id: int | None = None  # the one live session that a host link opens

    @property
    def is_known(self) -> bool:
        """Whether they signed in or opened a host link."""
        return self.sign_in_id is not None

    def has_role(self, bazaar_id: int, *roles: Role) -> bool:
        """Whether they hold one of the roles in that bazaar."""
        return any((bazaar_id, role) in self.roles for role in roles)

    def may_host(self, live_session_id: int, bazaar_id: int) -> bool:
        """Whether they may run that live session and log its sales."""
        return self.live_session_id == live_session_id or self.has_role(bazaar_id, Role.HOST, Role.ORGANIZER)


NOBODY = Visitor()


@dataclass(frozen=True)
class DeviceRef:
    """A phone or laptop that may append to one live session."""

    id: int
    name: str
    live_session_id: int


def visitor_of(token_hash: str, *, now: datetime) -> Visitor:
    """The visitor behind a sign-in cookie; NOBODY when it expired, was revoked, idled out or still awaits its second factor."""
    with reading() as session:
        row = session.execute(
            select(SignIn, Account, Link)
            .outerjoin(Account, Account.id == SignIn.account_id)
            .outerjoin(Link, Link.id == SignIn.link_id)
            .where(SignIn.token_hash == token_hash, SignIn.revoked_at.is_(None), SignIn.awaits_totp.is_(False), SignIn.expires_at > now)
        ).one_or_none()
        if row is None:
            return NOBODY
        sign_in, account, link = row
        if sign_in.last_seen_at + IDLE_LIMIT < now or (account and account.disabled_at) or (link and _has_ended(link, now)):
            return NOBODY
        memberships = session.execute(
            select(Membership.bazaar_id, Membership.role).where(Membership.account_id == sign_in.account_id, Membership.ended_at.is_(None))
        ).all()
        visitor = Visitor(
            sign_in_id=sign_in.id,
            account_id=sign_in.account_id,
            name=account.name if account else link.label,
            roles=frozenset((bazaar_id, role) for bazaar_id, role in memberships),
            link_id=sign_in.link_id,
            live_session_id=link.live_session_id if link else None,
        )
        is_due = sign_in.last_seen_at + SEEN_EVERY < now
    if is_due:
        _note_seen(sign_in.id, now)
    return visitor


def device_of(key_hash: str, *, now: datetime) -> DeviceRef | None:
    """The device with that key, unless the key expired or was revoked."""
    with reading() as session:
        device = session.scalar(select(Device).where(Device.key_hash == key_hash, Device.revoked_at.is_(None), Device.expires_at > now))
        return None if device is None else DeviceRef(device.id, device.name, device.live_session_id)


def _has_ended(link: Link, now: datetime) -> bool:
    return link.revoked_at is not None or (link.expires_at is not None and link.expires_at <= now)


def _note_seen(sign_in_id: int, now: datetime) -> None:
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.last_seen_at < now).values(last_seen_at=now))
