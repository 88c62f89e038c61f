"""What the start prints: the address, and links that open at once."""

from datetime import datetime

from sqlalchemy import select

from bazaar.accounts.first_organizer import ensure_first_organizer_token
from bazaar.accounts.sign_in import make_sign_in_link
from bazaar.database import reading
from bazaar.demo.load import demo_edition_id, demo_organizer_id
from bazaar.outside import Outside
from bazaar.refusals import Refusal
from bazaar.settings import Settings
from bazaar.turns import select_published
from bazaar.vendors.links import make_host_link, vendor_link
from models import Link, LiveSession, Slot

HOST_LABEL = "Pembawa acara contoh"


def welcome_text(settings: Settings, outside: Outside) -> str:
    """The lines for the terminal, by what stands in the database: a first organizer to come, the sample edition, or just the address."""
    now = outside.clock()
    lines = ["", f"Giliran runs at {settings.public_url}"]
    first = ensure_first_organizer_token(now=now)
    if first is not None:
        lines += ["", "Nobody has an account yet. The first organizer begins here (once, within 24 hours):"]
        lines += [f"  {outside.links.page(f'/mulai/{first}')}"]
    elif not settings.is_production:
        lines += _sample_links(outside, now)
    return "\n".join([*lines, "", "Ctrl-C stops it.", ""])


def _sample_links(outside: Outside, now: datetime) -> list[str]:
    """Links of the sample edition; none where it is not loaded."""
    try:
        edition_id, organizer_id = demo_edition_id(), demo_organizer_id()
    except Refusal:
        return []
    organizer = outside.links.page(f"/masuk/tautan/{make_sign_in_link(organizer_id, now=now)}")
    lines = ["", f"  Organizer  {organizer}"]
    live_session_id = _live_session_to_show(edition_id, now)
    if live_session_id is not None:
        lines += [f"  Host       {_host_address(edition_id, live_session_id, outside, now)}"]
    vendor_id = _vendor_to_show(edition_id, now)
    if vendor_id is not None:
        lines += [f"  Vendor     {outside.links.vendor(vendor_link(edition_id, vendor_id, outside.links.secret_key, now=now))}"]
    return [*lines, f"  Everybody  {outside.links.page('/e/ramadhan-1442')}"]


def _host_address(edition_id: int, live_session_id: int, outside: Outside, now: datetime) -> str:
    """The link that an earlier start made, as long as it works; else a new one."""
    with reading() as session:
        nonce = session.scalar(
            select(Link.nonce)
            .where(Link.live_session_id == live_session_id, Link.label == HOST_LABEL, Link.revoked_at.is_(None))
            .order_by(Link.id)
            .limit(1)
        )
    if nonce is None:
        key = outside.links.secret_key
        nonce = make_host_link(edition_id, live_session_id, HOST_LABEL, key, expires_at=None, by=None, now=now)
    return outside.links.host(nonce)


def _live_session_to_show(edition_id: int, now: datetime) -> int | None:
    """The live session on air, else the next one, else the last."""
    with reading() as session:
        own = select(LiveSession.id).where(LiveSession.edition_id == edition_id, LiveSession.withdrawn_at.is_(None))
        ahead = session.scalar(own.where(LiveSession.ends_at > now).order_by(LiveSession.starts_at).limit(1))
        return ahead if ahead is not None else session.scalar(own.order_by(LiveSession.ends_at.desc()).limit(1))


def _vendor_to_show(edition_id: int, now: datetime) -> int | None:
    """Whose turn comes next: a page with something to answer. Else whoever stood there last."""
    turns = select_published().where(Slot.edition_id == edition_id)
    with reading() as session:
        row = session.execute(turns.where(Slot.starts_at > now).order_by(Slot.starts_at).limit(1)).first()
        row = row or session.execute(turns.order_by(Slot.starts_at.desc()).limit(1)).first()
        return None if row is None else row[3].id
