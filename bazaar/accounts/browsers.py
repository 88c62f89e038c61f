"""The browsers in which an account is signed in: list them, end one, end the others, give one a new token. Mostly steps."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.tokens import hash_token, new_token
from models import SignIn


def revoke_browser(account_id: int, sign_in_id: int, *, now: datetime) -> None:
    """End one of one's own sign-ins. Refuses `not_found`; ending an ended one is fine."""
    with transaction() as session:
        device_name = session.scalar(select(SignIn.device_name).where(SignIn.id == sign_in_id, SignIn.account_id == account_id))
        if device_name is None:
            raise Refusal("not_found")
        session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None)).values(revoked_at=now))
        after = {"device": device_name}
        audit.note(session, "revoke_sign_in", "sign_in", sign_in_id, now=now, bazaar_id=None, by=account_id, after=after)


def revoke_other_browsers(account_id: int, *, but: int | None, now: datetime) -> int:
    """End every sign-in of the account but one; returns how many ended."""
    with transaction() as session:
        ended = end_all(session, account_id, but=but, now=now)
        audit.note(session, "revoke_sign_ins", "account", account_id, now=now, bazaar_id=None, by=account_id, after={"count": ended})
        return ended


def end_all(session: Session, account_id: int, *, but: int | None = None, now: datetime) -> int:
    """Step: revoke the account's sign-ins, all or all but one; returns how many."""
    ended = session.scalars(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.revoked_at.is_(None), SignIn.id != (but or 0))
        .values(revoked_at=now)
        .returning(SignIn.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def renew_token(session: Session, sign_in_id: int) -> tuple[str, datetime]:
    """Step: the same browser under a new token, after its rights or its password changed; (token, end). Refuses `not_found`."""
    token = new_token()
    expires_at = session.scalar(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None))
        .values(token_hash=hash_token(token))
        .returning(SignIn.expires_at)
        .execution_options(synchronize_session=False)
    )
    if expires_at is None:
        raise Refusal("not_found")
    return token, expires_at
