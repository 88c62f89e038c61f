"""Single-use tokens of accounts: printed at start, sent by mail, copied into a chat. Steps only; opening one changes nothing."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bazaar.refusals import Refusal
from bazaar.states import TokenPurpose
from bazaar.tokens import hash_token, new_token
from models import AccountToken

LASTS = {
    TokenPurpose.FIRST_ORGANIZER: timedelta(hours=24),
    TokenPurpose.INVITATION: timedelta(days=7),
    TokenPurpose.PASSWORD_RESET: timedelta(minutes=30),  # ten would be stricter, but free mail providers hold strangers' mail that long
    TokenPurpose.SIGN_IN: timedelta(days=30),
}


def issue(session: Session, purpose: TokenPurpose, *, account_id: int | None = None, now: datetime) -> str:
    """Step: a new token, returned raw; only its hash stays."""
    token = new_token()
    session.add(
        AccountToken(token_hash=hash_token(token), purpose=purpose, account_id=account_id, created_at=now, expires_at=now + LASTS[purpose])
    )
    return token


def find(session: Session, token: str, purpose: TokenPurpose, *, now: datetime) -> AccountToken:
    """The row of a token that still works. Refuses `account_link_ended`, whatever the reason: a guess learns nothing."""
    row = session.scalar(
        select(AccountToken).where(
            AccountToken.token_hash == hash_token(token),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > now,
        )
    )
    if row is None:
        raise Refusal("account_link_ended")
    return row


def use(session: Session, row: AccountToken, *, now: datetime) -> None:
    """Step: spend the token. Refuses `account_link_ended` when somebody else was first."""
    spent = session.scalar(
        update(AccountToken)
        .where(AccountToken.id == row.id, AccountToken.used_at.is_(None))
        .values(used_at=now)
        .returning(AccountToken.id)
        .execution_options(synchronize_session=False)
    )
    if spent is None:
        raise Refusal("account_link_ended")


def end_unused(session: Session, *which: ColumnElement[bool], now: datetime) -> int:
    """Step: spend every unused token that fits; returns how many there were."""
    ended = session.scalars(
        update(AccountToken)
        .where(AccountToken.used_at.is_(None), *which)
        .values(used_at=now)
        .returning(AccountToken.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())
