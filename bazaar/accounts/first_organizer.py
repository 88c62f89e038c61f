"""The very first organizer: a link that the server prints while nobody has an account yet."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.accounts import account_tokens
from bazaar.database import transaction
from bazaar.states import TokenPurpose
from models import Account, AccountToken


def ensure_first_organizer_token(*, now: datetime) -> str | None:
    """The token for `/mulai/<token>`, good for 24 hours and once; None as soon as anybody has an account.

    Asking again replaces the one before: only the newest printed link works.
    """
    with transaction() as session:
        if _somebody_is_here(session):
            return None
        account_tokens.end_unused(session, AccountToken.purpose == TokenPurpose.FIRST_ORGANIZER, now=now)
        return account_tokens.issue(session, TokenPurpose.FIRST_ORGANIZER, now=now)


def _somebody_is_here(session: Session) -> bool:
    return session.scalar(select(Account.id).limit(1)) is not None
