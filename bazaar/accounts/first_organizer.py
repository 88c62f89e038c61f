"""The very first organizer: a link that the server prints while nobody has an account yet, and what it opens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import account_tokens, audit, passwords
from bazaar.accounts.emails import read_email
from bazaar.accounts.sign_in import NewSignIn, open_account
from bazaar.database import reading, transaction
from bazaar.lines import one_line
from bazaar.refusals import Refusal
from bazaar.slugs import make_slug
from bazaar.states import Role, TokenPurpose
from models import Account, AccountToken, Bazaar, Membership


@dataclass(frozen=True)
class Start:
    """What the first organizer fills in. The help phone is E.164 or empty."""

    name: str
    email: str
    password: str
    bazaar_name: str
    city: str = ""
    help_phone: str = ""


def ensure_first_organizer_token(*, now: datetime) -> str | None:
    """The token for `/mulai/<token>`, good for 24 hours and once; None as soon as anybody has an account.

    Asking again replaces the one before: only the newest printed link works.
    """
    with transaction() as session:
        if _somebody_is_here(session):
            return None
        account_tokens.end_unused(session, AccountToken.purpose == TokenPurpose.FIRST_ORGANIZER, now=now)
        return account_tokens.issue(session, TokenPurpose.FIRST_ORGANIZER, now=now)


def has_accounts() -> bool:
    """Whether anybody has an account here."""
    with reading() as session:
        return _somebody_is_here(session)


def check_first_organizer_token(token: str, *, now: datetime) -> None:
    """Nothing, when the link still works. Refuses `account_link_ended`."""
    with reading() as session:
        account_tokens.find(session, token, TokenPurpose.FIRST_ORGANIZER, now=now)


def begin(token: str, start: Start, *, device_name: str = "", now: datetime) -> NewSignIn:
    """Make the first account and its bazaar, and sign in.

    Refuses `account_link_ended`, `email_wrong`, `name_missing`, `changed_meanwhile` and what `check_new_password` refuses.
    """
    email = read_email(start.email)
    name, bazaar_name = one_line(start.name)[:120], one_line(start.bazaar_name)[:120]
    if not name or not bazaar_name:
        raise Refusal("name_missing")
    passwords.check_new_password(start.password, about=(email, name, bazaar_name))
    check_first_organizer_token(token, now=now)  # a stranger's guess must not cost a hash
    password_hash = passwords.hash_password(start.password)
    try:
        with transaction() as session:
            account_tokens.use(session, account_tokens.find(session, token, TokenPurpose.FIRST_ORGANIZER, now=now), now=now)
            if _somebody_is_here(session):
                raise Refusal("account_link_ended")
            account = Account(email=email, name=name, password_hash=password_hash, created_at=now)
            slug = make_slug(
                bazaar_name,
                fallback="bazar",
                is_taken=lambda slug: session.scalar(select(Bazaar.id).where(Bazaar.slug == slug)) is not None,
            )
            bazaar = Bazaar(slug=slug, name=bazaar_name, city=one_line(start.city)[:120], help_phone=start.help_phone, created_at=now)
            session.add_all([account, bazaar])
            session.flush()
            session.add(Membership(bazaar_id=bazaar.id, account_id=account.id, role=Role.ORGANIZER, created_at=now))
            audit.note(
                session, "create_bazaar", "bazaar", bazaar.id, now=now, bazaar_id=bazaar.id, by=account.id, after={"name": bazaar_name}
            )
            return open_account(session, account.id, keep=True, device_name=device_name, now=now)
    except IntegrityError:
        raise Refusal("changed_meanwhile") from None


def _somebody_is_here(session: Session) -> bool:
    return session.scalar(select(Account.id).limit(1)) is not None
