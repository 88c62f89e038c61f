"""One's own account: name, password, second factor, where one is signed in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit, passwords, totp
from bazaar.accounts.browsers import end_all, renew_token
from bazaar.accounts.resets import end_reset_links
from bazaar.accounts.sign_in import NewSignIn
from bazaar.accounts.visitor import IDLE_LIMIT
from bazaar.database import reading, transaction
from bazaar.lines import one_line
from bazaar.refusals import Refusal
from bazaar.states import Role
from models import Account, Bazaar, Membership, SignIn


@dataclass(frozen=True)
class Browser:
    """A browser that is signed in."""

    id: int
    device_name: str
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True)
class Place:
    """A bazaar and one's role there."""

    bazaar_slug: str
    bazaar_name: str
    is_organizer: bool


@dataclass(frozen=True)
class AccountPage:
    """What the page about one's own account shows."""

    name: str
    email: str
    has_totp: bool
    wants_digest: bool
    browsers: tuple[Browser, ...]
    places: tuple[Place, ...]

    @property
    def is_organizer(self) -> bool:
        return any(place.is_organizer for place in self.places)

    @property
    def other_count(self) -> int:
        return sum(not browser.is_this for browser in self.browsers)


@dataclass(frozen=True)
class TotpSetup:
    """What an authenticator app needs: by camera the address, by hand the secret in groups of four; and what to keep on paper."""

    address: str
    secret: str
    recovery_code: str


def account_page(account_id: int, *, sign_in_id: int | None, now: datetime) -> AccountPage:
    """One's own account, this browser first."""
    with reading() as session:
        account = session.get_one(Account, account_id)
        sign_ins = session.scalars(
            select(SignIn)
            .where(
                SignIn.account_id == account_id,
                SignIn.revoked_at.is_(None),
                SignIn.awaits_totp.is_(False),
                SignIn.expires_at > now,
                SignIn.last_seen_at > now - IDLE_LIMIT,
            )
            .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
        ).all()
        browsers = [Browser(row.id, row.device_name, row.last_seen_at, row.id == sign_in_id) for row in sign_ins]
        places = session.execute(
            select(Bazaar.slug, Bazaar.name, Membership.role)
            .join(Membership, Membership.bazaar_id == Bazaar.id)
            .where(Membership.account_id == account_id, Membership.ended_at.is_(None))
            .order_by(Bazaar.name)
        ).all()
        return AccountPage(
            name=account.name,
            email=account.email,
            has_totp=account.totp_confirmed_at is not None,
            wants_digest=account.digest_off_at is None,
            browsers=tuple(sorted(browsers, key=lambda browser: not browser.is_this)),
            places=tuple(Place(slug, name, role is Role.ORGANIZER) for slug, name, role in places),
        )


def change_name(account_id: int, name: str, *, now: datetime) -> None:
    """How one is called. Refuses `name_missing`."""
    name = one_line(name)[:120]
    if not name:
        raise Refusal("name_missing")
    with transaction() as session:
        account = session.get_one(Account, account_id)
        before, account.name = account.name, name
        after = {"name": name}
        audit.note(
            session, "change_name", "account", account_id, now=now, bazaar_id=None, by=account_id, before={"name": before}, after=after
        )


def switch_digest(account_id: int, *, is_on: bool, now: datetime) -> None:
    """Whether a letter comes in the morning of a day with live sessions."""
    with transaction() as session:
        account = session.get_one(Account, account_id)
        before = account.digest_off_at is None
        if before != is_on:
            account.digest_off_at = None if is_on else now
            was, shall = {"is_on": before}, {"is_on": is_on}
            audit.note(session, "switch_digest", "account", account_id, now=now, bazaar_id=None, by=account_id, before=was, after=shall)


def change_password(account_id: int, old: str, new: str, *, sign_in_id: int, now: datetime) -> NewSignIn:
    """Set a new password; every other browser is signed out, this one gets a new token.

    Refuses `password_wrong` and what `check_new_password` refuses.
    """
    account = _proven(account_id, old)
    passwords.check_new_password(new, about=(account.email, account.name))
    password_hash = passwords.hash_password(new)
    with transaction() as session:
        _set_if_unchanged(session, account, password_hash)
        end_reset_links(session, account_id, now=now)
        end_all(session, account_id, but=sign_in_id, now=now)
        audit.note(session, "change_password", "account", account_id, now=now, bazaar_id=None, by=account_id)
        return NewSignIn(*renew_token(session, sign_in_id))


def begin_totp(account_id: int, password: str, secret_key: str, *, now: datetime) -> None:
    """Lay a fresh secret ready; it counts once a first code was right. Refuses `password_wrong` and `totp_is_on`."""
    _proven(account_id, password)
    with transaction() as session:
        begun = session.scalar(
            update(Account)
            .where(Account.id == account_id, Account.totp_confirmed_at.is_(None))
            .values(totp_secret=totp.new_secret(secret_key), totp_last_step=None)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        )
        if begun is None:
            raise Refusal("totp_is_on")
        audit.note(session, "begin_totp", "account", account_id, now=now, bazaar_id=None, by=account_id)


def totp_setup(account_id: int, secret_key: str) -> TotpSetup | None:
    """What to put into the app; None where nothing is begun or the second factor is on already: it is shown only before it counts."""
    with reading() as session:
        account = session.get_one(Account, account_id)
        if account.totp_secret is None or account.totp_confirmed_at is not None:
            return None
        secret = totp.open_secret(account.totp_secret, secret_key)
        groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        return TotpSetup(totp.app_address(secret, account.email), groups, totp.recovery_code(account.totp_secret, secret_key))


def confirm_totp(account_id: int, code: str, secret_key: str, *, sign_in_id: int, now: datetime) -> NewSignIn:
    """Switch the second factor on. Browsers that signed in without it are signed out, this one gets a new token.

    Refuses `code_wrong` and `totp_is_on`.
    """
    with transaction() as session:
        account = session.get_one(Account, account_id)
        if account.totp_confirmed_at is not None:
            raise Refusal("totp_is_on")
        totp.spend_code(session, account, code, secret_key, now=now)
        session.execute(update(Account).where(Account.id == account_id).values(totp_confirmed_at=now))
        end_all(session, account_id, but=sign_in_id, now=now)
        audit.note(session, "confirm_totp", "account", account_id, now=now, bazaar_id=None, by=account_id)
        return NewSignIn(*renew_token(session, sign_in_id))


def disable_totp(account_id: int, password: str, *, now: datetime) -> None:
    """Switch the second factor off, or forget one that was begun. Refuses `password_wrong`."""
    _proven(account_id, password)
    with transaction() as session:
        if totp.forget(session, account_id):
            audit.note(session, "disable_totp", "account", account_id, now=now, bazaar_id=None, by=account_id)


def forget_totp(email: str, *, now: datetime) -> str:
    """For the command line: switch off the second factor of somebody who lost phone and paper, and end their sign-ins.

    Returns their name. Refuses `account_unknown`.
    """
    with transaction() as session:
        account = session.scalar(select(Account).where(Account.email == email.strip().lower()))
        if account is None:
            raise Refusal("account_unknown", email=email)
        totp.forget(session, account.id)
        end_all(session, account.id, now=now)
        audit.note(session, "forget_totp", "account", account.id, now=now, bazaar_id=None)
        return account.name


def _proven(account_id: int, password: str) -> Account:
    """The account, once its password was typed again: an unlocked phone on a table must not be enough. Hashes outside a transaction."""
    with reading() as session:
        account = session.get_one(Account, account_id)
    if not passwords.is_right(account.password_hash, password):
        raise Refusal("password_wrong")
    return account


def _set_if_unchanged(session: Session, account: Account, password_hash: str) -> None:
    changed = session.scalar(
        update(Account)
        .where(Account.id == account.id, Account.password_hash == account.password_hash)
        .values(password_hash=password_hash)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Refusal("changed_meanwhile")
