"""Links of vendors and hosts: made, looked up, replaced, revoked. A link shows; it never signs a vendor in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import reading, transaction
from bazaar.lines import one_line
from bazaar.refusals import Refusal
from bazaar.states import LinkKind
from bazaar.tokens import hash_token, new_token, token_of_link
from bazaar.vendors.push import end_browsers_of
from models import Edition, Link, LiveSession, PushSubscription, Vendor

_KEPT = {"read": True, "key_share": True}
"""The lock that lets everybody read and change, but nobody delete."""


@dataclass(frozen=True)
class LinkRef:
    """A link that works, and what it opens."""

    id: int
    kind: LinkKind
    edition_id: int
    vendor_id: int | None
    live_session_id: int | None
    label: str


def link_of(token: str, kind: LinkKind, *, now: datetime) -> LinkRef:
    """The link with this token. Refuses `link_unknown` or `link_ended` (revoked, replaced or past its end)."""
    with reading() as session:
        link = session.scalar(select(Link).where(Link.token_hash == hash_token(token), Link.kind == kind))
        if link is None:
            raise Refusal("link_unknown")
        if link.revoked_at is not None or (link.expires_at is not None and link.expires_at <= now):
            raise Refusal("link_ended")
        return LinkRef(link.id, link.kind, link.edition_id, link.vendor_id, link.live_session_id, link.label)


def note_opened(link_id: int, *, now: datetime) -> None:
    """Remember that somebody (or a messenger's preview) opened the link. Changes nothing else."""
    with transaction() as session:
        session.execute(update(Link).where(Link.id == link_id).values(last_opened_at=now))


def last_opened(session: Session, vendor_ids: Collection[int]) -> dict[int, datetime]:
    """Query: by vendor, when the own page was opened last, by whatever link."""
    rows = session.execute(
        select(Link.vendor_id, Link.last_opened_at)
        .where(Link.vendor_id.in_(vendor_ids), Link.kind == LinkKind.VENDOR, Link.last_opened_at.is_not(None))
        .order_by(Link.last_opened_at)
    )
    return {vendor_id: at for vendor_id, at in rows if vendor_id is not None and at is not None}


def vendor_nonce(session: Session, vendor: Vendor, secret_key: str, *, now: datetime) -> str:
    """Step: the nonce of the vendor's current link, which is made where there is none."""
    current = select(Link.nonce).where(Link.vendor_id == vendor.id, Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None))
    nonce = session.scalar(current)
    if nonce is not None:
        return nonce
    link = _new_link(secret_key, LinkKind.VENDOR, vendor.edition_id, now)
    link.vendor_id = vendor.id
    try:
        with session.begin_nested():
            session.add(link)
    except IntegrityError:  # a page, a beat or a second tab made one between our look and our insert
        return session.scalars(current).one()
    return link.nonce


def vendor_link(edition_id: int, vendor_id: int, secret_key: str, *, now: datetime) -> str:
    """The nonce of a vendor's link, for printing. Refuses `not_found`."""
    with transaction() as session:
        return vendor_nonce(session, _vendor(session, edition_id, vendor_id), secret_key, now=now)


def replace_vendor_link(edition_id: int, vendor_id: int, secret_key: str, *, by: int | None, now: datetime) -> str:
    """Revoke the vendor's link and make a new one; returns its nonce. Browsers that the old one let in are told no more.

    Refuses `not_found`.
    """
    with transaction() as session:
        vendor = _vendor(session, edition_id, vendor_id)
        _revoke(session, Link.vendor_id == vendor.id, now)
        end_browsers_of(session, PushSubscription.vendor_id == vendor.id, now=now)
        nonce = vendor_nonce(session, vendor, secret_key, now=now)
        audit.note(session, "replace_link", "vendor", vendor.id, now=now, bazaar_id=_bazaar_id(session, edition_id), by=by)
        return nonce


def make_missing_links(edition_id: int, secret_key: str, *, by: int | None, now: datetime) -> int:
    """A personal link for every vendor that takes part and has none; returns how many were made."""
    with transaction() as session:
        session.execute(select(Edition.id).where(Edition.id == edition_id).with_for_update(key_share=True))  # nobody deletes one meanwhile
        has_link = exists().where(Link.vendor_id == Vendor.id, Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None))
        lacking = select(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None), ~has_link)
        vendors = session.scalars(lacking.order_by(Vendor.id)).all()
        for vendor in vendors:
            vendor_nonce(session, vendor, secret_key, now=now)
        if vendors:
            after, bazaar_id = {"link_count": len(vendors)}, _bazaar_id(session, edition_id)
            audit.note(session, "make_links", "edition", edition_id, now=now, bazaar_id=bazaar_id, by=by, after=after)
        return len(vendors)


def make_host_link(
    edition_id: int, live_session_id: int, label: str, secret_key: str, *, expires_at: datetime | None, by: int | None, now: datetime
) -> str:
    """A link that opens the console of one live session; returns its nonce. Refuses `not_found`."""
    with transaction() as session:
        live_session = session.get(LiveSession, live_session_id, with_for_update=_KEPT)
        if live_session is None or live_session.edition_id != edition_id:
            raise Refusal("not_found")
        link = _new_link(secret_key, LinkKind.HOST, edition_id, now)
        link.live_session_id, link.label, link.expires_at = live_session_id, one_line(label)[:120], expires_at
        session.add(link)
        audit.note(
            session,
            "make_host_link",
            "live_session",
            live_session_id,
            now=now,
            bazaar_id=_bazaar_id(session, edition_id),
            by=by,
            after={"label": label},
        )
        return link.nonce


def revoke_link(edition_id: int, link_id: int, *, by: int | None, now: datetime) -> None:
    """End a link, and with it every browser that signed in by it. Refuses `not_found`."""
    with transaction() as session:
        link = session.get(Link, link_id)
        if link is None or link.edition_id != edition_id:
            raise Refusal("not_found")
        _revoke(session, Link.id == link_id, now)
        if link.vendor_id is not None:
            end_browsers_of(session, PushSubscription.vendor_id == link.vendor_id, now=now)
        audit.note(session, "revoke_link", "link", link_id, now=now, bazaar_id=_bazaar_id(session, edition_id), by=by)


def _new_link(secret_key: str, kind: LinkKind, edition_id: int, now: datetime) -> Link:
    nonce = new_token()
    return Link(kind=kind, nonce=nonce, token_hash=hash_token(token_of_link(secret_key, nonce)), edition_id=edition_id, created_at=now)


def _revoke(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(Link).where(which, Link.revoked_at.is_(None)).values(revoked_at=now))


def _vendor(session: Session, edition_id: int, vendor_id: int) -> Vendor:
    vendor = session.get(Vendor, vendor_id, with_for_update=_KEPT)
    if vendor is None or vendor.edition_id != edition_id:
        raise Refusal("not_found")
    return vendor


def _bazaar_id(session: Session, edition_id: int) -> int:
    return session.get_one(Edition, edition_id).bazaar_id
