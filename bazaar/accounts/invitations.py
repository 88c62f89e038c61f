"""Invitations into a bazaar: made by an organizer for one e-mail address and one role, good once.

The token is a keyed hash of the row, so the organizer can copy the link again as long as it is open; a stolen database cannot
make it.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import account_tokens, audit, passwords
from bazaar.accounts.emails import read_email
from bazaar.accounts.sign_in import NewSignIn, open_account
from bazaar.database import reading, transaction
from bazaar.lines import one_line
from bazaar.refusals import Refusal
from bazaar.states import Role, TokenPurpose
from bazaar.tokens import derive_key, hash_token
from models import Account, AccountToken, Bazaar, Membership


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that nobody has taken yet."""

    id: int
    email: str
    role: Role
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Invitation:
    """What the invited person sees."""

    bazaar_name: str
    email: str
    is_organizer: bool
    has_account: bool


def invite(bazaar_id: int, email: str, role: Role, secret_key: str, *, by: int | None, now: datetime) -> OpenInvitation:
    """Invite an address; an open invitation to it is replaced. Refuses `email_wrong` and `already_member`."""
    email = read_email(email)
    with transaction() as session:
        # A button pressed twice must not leave two invitations open.
        session.execute(select(Bazaar.id).where(Bazaar.id == bazaar_id).with_for_update(key_share=True))
        member = (
            select(Membership.id)
            .join(Account, Account.id == Membership.account_id)
            .where(Membership.bazaar_id == bazaar_id, Membership.ended_at.is_(None), Account.email == email)
        )
        if session.scalar(member) is not None:
            raise Refusal("already_member", email=email)
        account_tokens.end_unused(
            session,
            AccountToken.purpose == TokenPurpose.INVITATION,
            AccountToken.bazaar_id == bazaar_id,
            AccountToken.email == email,
            now=now,
        )
        row = AccountToken(
            token_hash=hash_token(_token(secret_key, bazaar_id, email, role, now)),
            purpose=TokenPurpose.INVITATION,
            bazaar_id=bazaar_id,
            role=role,
            email=email,
            created_at=now,
            expires_at=now + account_tokens.LASTS[TokenPurpose.INVITATION],
        )
        session.add(row)
        session.flush()
        after = {"email": email, "role": role}
        audit.note(session, "invite", "account_token", row.id, now=now, bazaar_id=bazaar_id, by=by, after=after)
        return _open(row, secret_key)


def withdraw_invitation(bazaar_id: int, invitation_id: int, *, by: int | None, now: datetime) -> None:
    """Take an open invitation back. Refuses `not_found`."""
    with transaction() as session:
        ended = account_tokens.end_unused(
            session,
            AccountToken.id == invitation_id,
            AccountToken.purpose == TokenPurpose.INVITATION,
            AccountToken.bazaar_id == bazaar_id,
            now=now,
        )
        if not ended:
            raise Refusal("not_found")
        audit.note(session, "withdraw_invitation", "account_token", invitation_id, now=now, bazaar_id=bazaar_id, by=by)


def open_invitations(session: Session, bazaar_id: int, secret_key: str, *, now: datetime) -> tuple[OpenInvitation, ...]:
    """The invitations of a bazaar that still work, newest first."""
    rows = session.scalars(
        select(AccountToken)
        .where(
            AccountToken.purpose == TokenPurpose.INVITATION,
            AccountToken.bazaar_id == bazaar_id,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > now,
        )
        .order_by(AccountToken.id.desc())
    )
    return tuple(_open(row, secret_key) for row in rows)


def invitation(token: str, *, now: datetime) -> Invitation:
    """What an invitation offers. Refuses `account_link_ended`. Looking changes nothing."""
    with reading() as session:
        row = account_tokens.find(session, token, TokenPurpose.INVITATION, now=now)
        return Invitation(
            bazaar_name=session.get_one(Bazaar, row.bazaar_id).name,
            email=row.email or "",
            is_organizer=row.role is Role.ORGANIZER,
            has_account=session.scalar(select(Account.id).where(Account.email == row.email)) is not None,
        )


def accept_invitation(token: str, account_id: int, *, now: datetime) -> None:
    """Join as whoever is signed in. Refuses `account_link_ended`, and `invitation_for_other` when it was sent to another address."""
    with transaction() as session:
        row = account_tokens.find(session, token, TokenPurpose.INVITATION, now=now)
        account = session.get_one(Account, account_id)
        if account.email != row.email:
            raise Refusal("invitation_for_other", email=row.email)
        _join(session, row, account.id, now)


def accept_with_new_account(token: str, name: str, password: str, *, device_name: str = "", now: datetime) -> NewSignIn:
    """Make the invited person's account, join, and sign in.

    Refuses `account_link_ended`, `name_missing`, `has_account` (sign in first) and what `check_new_password` refuses.
    """
    name = one_line(name)[:120]
    if not name:
        raise Refusal("name_missing")
    passwords.check_new_password(password, about=(name, invitation(token, now=now).email))
    password_hash = passwords.hash_password(password)
    try:
        with transaction() as session:
            row = account_tokens.find(session, token, TokenPurpose.INVITATION, now=now)
            account = Account(email=row.email or "", name=name, password_hash=password_hash, created_at=now)
            session.add(account)
            session.flush()
            _join(session, row, account.id, now)
            return open_account(session, account.id, keep=True, device_name=device_name, now=now)
    except IntegrityError:  # the address has an account by now
        raise Refusal("has_account") from None


def _join(session: Session, row: AccountToken, account_id: int, now: datetime) -> None:
    account_tokens.use(session, row, now=now)
    current = select(Membership).where(
        Membership.bazaar_id == row.bazaar_id, Membership.account_id == account_id, Membership.ended_at.is_(None)
    )
    if session.scalar(current) is not None:
        return
    membership = Membership(bazaar_id=row.bazaar_id, account_id=account_id, role=row.role, created_at=now)
    session.add(membership)
    session.flush()
    after = {"role": row.role}
    audit.note(session, "accept_invitation", "membership", membership.id, now=now, bazaar_id=row.bazaar_id, by=account_id, after=after)


def _open(row: AccountToken, secret_key: str) -> OpenInvitation:
    role, email = row.role or Role.HOST, row.email or ""
    token = _token(secret_key, row.bazaar_id or 0, email, role, row.created_at)
    return OpenInvitation(row.id, email, role, token, row.expires_at)


def _token(secret_key: str, bazaar_id: int, email: str, role: Role, created_at: datetime) -> str:
    text = "\n".join((str(bazaar_id), email, role, created_at.isoformat()))
    return urlsafe_b64encode(hmac.new(derive_key(secret_key, "invitation"), text.encode(), sha256).digest()).rstrip(b"=").decode()
