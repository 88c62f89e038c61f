"""What the organizer's pages about links show: every vendor's link, the ways into each console, and slips of paper to hand out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.database import reading
from bazaar.refusals import Refusal
from bazaar.states import LinkKind
from bazaar.turns import select_published
from models import Device, Link, LiveSession, Slot, Vendor


@dataclass(frozen=True)
class LinkRow:
    """A link that works, or did."""

    id: int
    nonce: str
    label: str
    created_at: datetime
    last_opened_at: datetime | None
    expires_at: datetime | None
    has_ended: bool


@dataclass(frozen=True)
class VendorLinkRow:
    """A vendor with its current link, which may not exist yet."""

    vendor_id: int
    business_name: str
    owner_name: str
    phone: str
    link: LinkRow | None
    words: str


@dataclass(frozen=True)
class DeviceRow:
    """A phone or laptop that may log sales."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    has_ended: bool


@dataclass(frozen=True)
class HostDoors:
    """The ways into one live session's console: links and devices, newest first."""

    live_session_id: int
    starts_at: datetime
    ends_at: datetime
    host_name: str
    links: tuple[LinkRow, ...]
    devices: tuple[DeviceRow, ...]

    @property
    def open_links(self) -> tuple[LinkRow, ...]:
        """Those that still work."""
        return tuple(link for link in self.links if not link.has_ended)

    @property
    def open_devices(self) -> tuple[DeviceRow, ...]:
        """Those that still may log sales."""
        return tuple(device for device in self.devices if not device.has_ended)


@dataclass(frozen=True)
class LinksPage:
    """Every link of the edition: vendors by name, live sessions that are not over with theirs."""

    vendors: tuple[VendorLinkRow, ...]
    doors: tuple[HostDoors, ...]

    @property
    def missing_count(self) -> int:
        """How many vendors have no link yet."""
        return sum(1 for row in self.vendors if row.link is None)

    @property
    def unopened_count(self) -> int:
        """How many have one that nobody opened."""
        return sum(1 for row in self.vendors if row.link is not None and row.link.last_opened_at is None)


@dataclass(frozen=True)
class Slip:
    """A vendor's turns ahead on paper, with the link for whoever can scan it."""

    business_name: str
    owner_name: str
    turn_starts: tuple[datetime, ...]
    link: LinkRow | None


def links_page(edition_id: int, *, now: datetime) -> LinksPage:
    """The links of all vendors that take part, and of the hosts of every live session that is not over."""
    with reading() as session:
        links = current_links(session, edition_id, now)
        live_sessions = session.scalars(
            select(LiveSession)
            .where(LiveSession.edition_id == edition_id, LiveSession.ends_at > now, LiveSession.withdrawn_at.is_(None))
            .order_by(LiveSession.starts_at)
        ).all()
        return LinksPage(
            vendors=tuple(
                VendorLinkRow(
                    vendor.id,
                    vendor.business_name,
                    vendor.owner_name,
                    vendor.phone,
                    links.get(vendor.id),
                    f"{vendor.business_name} {vendor.owner_name}".lower(),
                )
                for vendor in _vendors(session, edition_id)
            ),
            doors=_doors(session, live_sessions, now),
        )


def host_doors(edition_id: int, live_session_id: int, *, now: datetime) -> HostDoors:
    """The links and devices of one live session. Refuses `not_found`."""
    with reading() as session:
        live_session = session.get(LiveSession, live_session_id)
        if live_session is None or live_session.edition_id != edition_id:
            raise Refusal("not_found")
        return _doors(session, [live_session], now)[0]


def slips(edition_id: int, *, now: datetime) -> tuple[Slip, ...]:
    """One slip for each vendor that takes part, by name."""
    with reading() as session:
        links = current_links(session, edition_id, now)
        starts: dict[int, list[datetime]] = defaultdict(list)
        ahead = select_published().where(Vendor.edition_id == edition_id, Slot.ends_at > now).order_by(Slot.starts_at)
        for _turn, slot, _live_session, vendor in session.execute(ahead):
            starts[vendor.id].append(slot.starts_at)
        return tuple(
            Slip(vendor.business_name, vendor.owner_name, tuple(starts[vendor.id]), links.get(vendor.id))
            for vendor in _vendors(session, edition_id)
        )


def current_links(session: Session, edition_id: int, now: datetime) -> dict[int, LinkRow]:
    """Query: vendor id -> its link that works."""
    links = session.scalars(select(Link).where(Link.edition_id == edition_id, Link.kind == LinkKind.VENDOR, Link.revoked_at.is_(None)))
    return {link.vendor_id: _link_row(link, now) for link in links if link.vendor_id is not None}


def _vendors(session: Session, edition_id: int) -> list[Vendor]:
    vendors = session.scalars(select(Vendor).where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None)))
    return sorted(vendors, key=lambda vendor: vendor.business_name.lower())


def _doors(session: Session, live_sessions: Iterable[LiveSession], now: datetime) -> tuple[HostDoors, ...]:
    live_sessions = list(live_sessions)
    ids = [live_session.id for live_session in live_sessions]
    links: dict[int, list[LinkRow]] = defaultdict(list)
    for link in session.scalars(select(Link).where(Link.kind == LinkKind.HOST, Link.live_session_id.in_(ids)).order_by(Link.id.desc())):
        links[link.live_session_id or 0].append(_link_row(link, now))
    devices: dict[int, list[DeviceRow]] = defaultdict(list)
    for device in session.scalars(select(Device).where(Device.live_session_id.in_(ids)).order_by(Device.id.desc())):
        has_ended = device.revoked_at is not None or device.expires_at <= now
        devices[device.live_session_id].append(DeviceRow(device.id, device.name, device.created_at, device.expires_at, has_ended))
    return tuple(
        HostDoors(
            live_session_id=live_session.id,
            starts_at=live_session.starts_at,
            ends_at=live_session.ends_at,
            host_name=live_session.host_name,
            links=tuple(links[live_session.id]),
            devices=tuple(devices[live_session.id]),
        )
        for live_session in live_sessions
    )


def _link_row(link: Link, now: datetime) -> LinkRow:
    has_ended = link.revoked_at is not None or (link.expires_at is not None and link.expires_at <= now)
    return LinkRow(link.id, link.nonce, link.label, link.created_at, link.last_opened_at, link.expires_at, has_ended)
