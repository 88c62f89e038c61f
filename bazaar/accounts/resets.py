"""A new password for whoever forgot the old one: a link by mail, good once, that opens nothing but this."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import account_tokens, audit, passwords
from bazaar.accounts.browsers import end_all
from bazaar.database import reading, transaction
from bazaar.states import TokenPurpose
from models import Account, AccountToken


@dataclass(frozen=True)
class ResetToken:
    """A token to send, and to whom."""

    token: str
    name: str
    email: str
    minutes: int


def ask_new_password(email: str, *, actor: str = "halaman lupa kata sandi", now: datetime) -> ResetToken | None:
    """A token to send to that address; None for an address nobody has. The asker is told the same in both cases."""
    with transaction() as session:
        account = session.scalar(select(Account).where(Account.email == email.strip().lower(), Account.disabled_at.is_(None)))
        if account is None:
            return None
        token = account_tokens.issue(session, TokenPurpose.PASSWORD_RESET, account_id=account.id, now=now)
        audit.note(session, "ask_new_password", "account", account.id, now=now, bazaar_id=None, actor=actor)
        minutes = int(account_tokens.LASTS[TokenPurpose.PASSWORD_RESET].total_seconds() // 60)
        return ResetToken(token, account.name, account.email, minutes)


def check_reset_token(token: str, *, now: datetime) -> str:
    """The e-mail address whose password the link may set. Refuses `account_link_ended`."""
    with reading() as session:
        return _account(session, token, now).email


def set_new_password(token: str, password: str, *, now: datetime) -> ResetToken:
    """Set the password, end every sign-in and every other such link; a second factor stays asked. Returns whom to tell.

    Refuses `account_link_ended` and what `check_new_password` refuses.
    """
    with reading() as session:
        account = _account(session, token, now)
    passwords.check_new_password(password, about=(account.email, account.name))
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        row = account_tokens.find(session, token, TokenPurpose.PASSWORD_RESET, now=now)
        account_tokens.use(session, row, now=now)
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=password_hash))
        end_reset_links(session, account.id, now=now)
        end_all(session, account.id, now=now)
        audit.note(session, "reset_password", "account", account.id, now=now, bazaar_id=None, by=account.id)
    return ResetToken("", account.name, account.email, 0)


def end_reset_links(session: Session, account_id: int, *, now: datetime) -> None:
    """Step: no link sent before may set this account's password any more."""
    account_tokens.end_unused(session, AccountToken.purpose == TokenPurpose.PASSWORD_RESET, AccountToken.account_id == account_id, now=now)


def _account(session: Session, token: str, now: datetime) -> Account:
    row = account_tokens.find(session, token, TokenPurpose.PASSWORD_RESET, now=now)
    return session.get_one(Account, row.account_id)
