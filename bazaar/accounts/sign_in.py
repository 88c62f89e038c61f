"""Signing in: by password, by a second factor, by a host link, by a demonstration link; and signing out for real.

A browser holds a random token, the server its hash. Every step up (a sign-in, a second factor) gives a new token and ends the
one before it, so a token that somebody planted or saw earlier never gains rights.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import account_tokens, audit, passwords, totp
from bazaar.database import reading, transaction
from bazaar.refusals import Refusal
from bazaar.states import LinkKind, TokenPurpose
from bazaar.tokens import hash_token, new_token
from models import Account, Edition, Link, LiveSession, SignIn

KEPT_FOR = timedelta(days=30)
"""How long a browser stays signed in that asked to; fourteen idle days end it too."""
SHORT_FOR = timedelta(hours=12)
"""How long one stays that did not ask: an evening."""
CODE_WITHIN = timedelta(minutes=10)
"""How long the second factor is waited for."""
HOST_LINK_AFTER_END = timedelta(hours=48)
"""How long after its live session a host may still correct the books."""


@dataclass(frozen=True)
class NewSignIn:
    """A browser's new sign-in: its cookie token and when it ends at the latest."""

    token: str
    expires_at: datetime
    awaits_code: bool = False
    ended_totp: bool = False  # the recovery code was used: the second factor is off now


def sign_in(email: str, password: str, *, keep: bool = False, device_name: str = "", replaces: str = "", now: datetime) -> NewSignIn:
    """Sign in by password. `replaces` is the token the browser held before, which ends.

    Refuses `sign_in_wrong`, in the same words and the same time for an unknown e-mail, a wrong password and a disabled account.
    """
    account = _account_by_email(email)
    if not passwords.is_right(account.password_hash if account else None, password) or account is None or account.disabled_at:
        raise Refusal("sign_in_wrong")
    fresh_hash = passwords.hash_password(password) if passwords.needs_rehash(account.password_hash) else account.password_hash
    with transaction() as session:
        still_right = session.scalar(
            update(Account)
            .where(Account.id == account.id, Account.password_hash == account.password_hash, Account.disabled_at.is_(None))
            .values(password_hash=fresh_hash)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        )
        if still_right is None:  # changed while the hash was computed
            raise Refusal("sign_in_wrong")
        end_browser(session, replaces, now=now)
        if account.totp_confirmed_at:
            return _open(session, account.id, None, device_name, now + CODE_WITHIN, now=now, awaits_code=True)
        return open_account(session, account.id, keep=keep, device_name=device_name, now=now)


def confirm_code(pending_token: str, code: str, secret_key: str, *, keep: bool = False, device_name: str = "", now: datetime) -> NewSignIn:
    """The second factor: a code from the app, or the recovery code, which switches the second factor off.

    Refuses `code_wrong` and `code_too_late` (ten minutes after the password).
    """
    with transaction() as session:
        account = session.get_one(Account, _pending_account_id(session, pending_token, now=now))
        is_recovery = account.totp_secret is not None and totp.is_recovery_code(code, account.totp_secret, secret_key)
        if is_recovery:
            _recover(session, account, now=now)
        else:
            totp.spend_code(session, account, code, secret_key, now=now)
        end_browser(session, pending_token, now=now)
        return replace(open_account(session, account.id, keep=keep, device_name=device_name, now=now), ended_totp=is_recovery)


def awaited_account_id(pending_token: str, *, now: datetime) -> int | None:
    """Whose second factor this browser still owes."""
    with reading() as session:
        try:
            return _pending_account_id(session, pending_token, now=now)
        except Refusal:
            return None


def open_host_link(link_id: int, *, device_name: str = "", replaces: str = "", now: datetime) -> NewSignIn:
    """Let whoever opened a host link into the console of its live session. Refuses `link_ended`.

    Ends with the link, at the latest 48 hours after the live session.
    """
    with transaction() as session:
        row = session.execute(
            select(Link, LiveSession.ends_at, Edition.bazaar_id)
            .join(LiveSession, LiveSession.id == Link.live_session_id)
            .join(Edition, Edition.id == Link.edition_id)
            .where(Link.id == link_id, Link.kind == LinkKind.HOST, Link.revoked_at.is_(None))
        ).one_or_none()
        if row is None:
            raise Refusal("link_ended")
        link, session_ends_at, bazaar_id = row
        expires_at = min(link.expires_at or session_ends_at + HOST_LINK_AFTER_END, session_ends_at + HOST_LINK_AFTER_END)
        if expires_at <= now:
            raise Refusal("link_ended")
        end_browser(session, replaces, now=now)
        audit.note(session, "open_host_link", "link", link.id, now=now, bazaar_id=bazaar_id, actor=link.label or "tautan pembawa acara")
        return _open(session, None, link.id, device_name, expires_at, now=now)


def make_sign_in_link(account_id: int, *, now: datetime) -> str:
    """The token of a link that opens the demonstration at `/masuk/tautan/<token>`, again and again for thirty days.

    That page does not exist in production.
    """
    with transaction() as session:
        return account_tokens.issue(session, TokenPurpose.SIGN_IN, account_id=account_id, now=now)


def check_sign_in_link(token: str, *, now: datetime) -> str:
    """The name of whoever the link signs in. Refuses `account_link_ended`."""
    with reading() as session:
        row = account_tokens.find(session, token, TokenPurpose.SIGN_IN, now=now)
        return session.get_one(Account, row.account_id).name


def open_sign_in_link(token: str, *, device_name: str = "", replaces: str = "", now: datetime) -> NewSignIn:
    """Sign in by a demonstration link. Refuses `account_link_ended`."""
    with transaction() as session:
        row = account_tokens.find(session, token, TokenPurpose.SIGN_IN, now=now)
        account = session.get_one(Account, row.account_id)
        if account.disabled_at:
            raise Refusal("account_link_ended")
        end_browser(session, replaces, now=now)
        return open_account(session, account.id, keep=True, device_name=device_name, now=now)


def sign_out(token: str, *, now: datetime) -> None:
    """End this browser's sign-in: its cookie is worthless from now on, wherever it was copied to."""
    with transaction() as session:
        end_browser(session, token, now=now)


def open_account(session: Session, account_id: int, *, keep: bool, device_name: str, now: datetime) -> NewSignIn:
    """Step: sign a browser in to an account, whose right to enter the caller has checked."""
    audit.note(session, "sign_in", "account", account_id, now=now, bazaar_id=None, by=account_id, after={"device": device_name[:120]})
    return _open(session, account_id, None, device_name, now + (KEPT_FOR if keep else SHORT_FOR), now=now)


def end_browser(session: Session, token: str, *, now: datetime) -> None:
    """Step: revoke the sign-in with this token, if there is one."""
    if token:
        session.execute(update(SignIn).where(SignIn.token_hash == hash_token(token), SignIn.revoked_at.is_(None)).values(revoked_at=now))


def _open(
    session: Session,
    account_id: int | None,
    link_id: int | None,
    device_name: str,
    expires_at: datetime,
    *,
    now: datetime,
    awaits_code: bool = False,
) -> NewSignIn:
    token = new_token()
    session.add(
        SignIn(
            token_hash=hash_token(token),
            account_id=account_id,
            link_id=link_id,
            device_name=device_name[:120],
            awaits_totp=awaits_code,
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
        )
    )
    return NewSignIn(token, expires_at, awaits_code)


def _recover(session: Session, account: Account, *, now: datetime) -> None:
    if not totp.forget(session, account.id, sealed=account.totp_secret):  # used at the same moment elsewhere
        raise Refusal("code_wrong")
    audit.note(session, "recover_totp", "account", account.id, now=now, bazaar_id=None, by=account.id)


def _pending_account_id(session: Session, token: str, *, now: datetime) -> int:
    account_id = session.scalar(
        select(SignIn.account_id)
        .join(Account, Account.id == SignIn.account_id)
        .where(
            SignIn.token_hash == hash_token(token),
            SignIn.awaits_totp.is_(True),
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )
    if account_id is None:
        raise Refusal("code_too_late")
    return account_id


def _account_by_email(email: str) -> Account | None:
    with reading() as session:
        return session.scalar(select(Account).where(Account.email == email.strip().lower()))
