"""Bazaars: begin one, change how it is called and reached."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.lines import one_line
from bazaar.phones import PhoneError, parse_callable_phone
from bazaar.refusals import Refusal
from bazaar.slugs import make_slug
from bazaar.states import Role
from models import Bazaar, Membership


def create_bazaar(name: str, city: str, help_phone: str, *, by: int | None, now: datetime) -> str:
    """Begin a bazaar; whoever does it becomes its first organizer. Returns its slug.

    Refuses `name_missing`, `help_phone_wrong` (it may be left empty) and `changed_meanwhile` (the same name, made at the same moment).
    """
    name, city, help_phone = _checked(name, city, help_phone)
    with transaction() as session:
        slug = make_slug(
            name, fallback="bazar", is_taken=lambda slug: session.scalar(select(Bazaar.id).where(Bazaar.slug == slug)) is not None
        )
        bazaar = Bazaar(slug=slug, name=name, city=city, help_phone=help_phone, created_at=now)
        session.add(bazaar)
        try:
            session.flush()
        except IntegrityError as error:  # the same name, at the same moment, on a database with several writers
            raise Refusal("changed_meanwhile") from error
        if by is not None:
            session.add(Membership(bazaar_id=bazaar.id, account_id=by, role=Role.ORGANIZER, created_at=now))
        after = {"name": name, "city": city, "help_phone": help_phone}
        audit.note(session, "create_bazaar", "bazaar", bazaar.id, now=now, bazaar_id=bazaar.id, by=by, after=after)
        return slug


def change_bazaar(bazaar_id: int, name: str, city: str, help_phone: str, *, by: int | None, now: datetime) -> None:
    """Change name, city and help phone; the slug stays, because it stands in addresses. Refuses as `create_bazaar`, and `not_found`."""
    name, city, help_phone = _checked(name, city, help_phone)
    with transaction() as session:
        bazaar = session.get(Bazaar, bazaar_id)
        if bazaar is None:
            raise Refusal("not_found")
        before = {"name": bazaar.name, "city": bazaar.city, "help_phone": bazaar.help_phone}
        after = {"name": name, "city": city, "help_phone": help_phone}
        if before == after:
            return
        bazaar.name, bazaar.city, bazaar.help_phone = name, city, help_phone
        audit.note(session, "change_bazaar", "bazaar", bazaar_id, now=now, bazaar_id=bazaar_id, by=by, before=before, after=after)


def _checked(name: str, city: str, help_phone: str) -> tuple[str, str, str]:
    name, city, help_phone = one_line(name)[:120], one_line(city)[:120], help_phone.strip()
    if not name:
        raise Refusal("name_missing")
    if help_phone:
        try:
            help_phone = parse_callable_phone(help_phone)
        except PhoneError as error:
            raise Refusal("help_phone_wrong", text=help_phone) from error
    return name, city, help_phone
