"""Forgets what accounts no longer need: ended sign-ins and spent tokens, a month after their end."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_

from bazaar.database import transaction
from models import AccountToken, Entry, OrderState, SignIn

KEPT_FOR = timedelta(days=30)
"""Long enough to look into a strange sign-in, short enough not to keep what nobody needs."""


def purge_sign_ins(*, now: datetime) -> int:
    """Delete sign-ins and account tokens that ended more than 30 days ago; returns how many rows went.

    A sign-in under which sales were logged stays: the ledger names it.
    """
    limit = now - KEPT_FOR
    is_named = or_(exists().where(Entry.sign_in_id == SignIn.id), exists().where(OrderState.sign_in_id == SignIn.id))
    with transaction() as session:
        ended = delete(SignIn).where(or_(SignIn.expires_at < limit, SignIn.revoked_at < limit), ~is_named)
        spent = delete(AccountToken).where(or_(AccountToken.expires_at < limit, AccountToken.used_at < limit))
        return sum(
            len(session.execute(statement, execution_options={"synchronize_session": False}).all())
            for statement in (ended.returning(SignIn.id), spent.returning(AccountToken.id))
        )
