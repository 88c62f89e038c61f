"""The register of an edition's vendors: add, change, withdraw, bring back, archive, delete.

A withdrawn vendor keeps its past; the turns that lie ahead stop counting and the messages about them are taken back in the same
transaction. Only a vendor that was never published and never sold can be deleted.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.database import transaction
from bazaar.refusals import Refusal
from bazaar.reminders.plan import PlanCounts, replace_plan
from bazaar.states import RotationState
from bazaar.turns import published_turns
from bazaar.vendors.availability import DaysOff, format_days_off
from models import Answer, Availability, Closing, Edition, Link, Product, PushSubscription, Rotation, Sale, Slot, Turn, Vendor, Wish


@dataclass(frozen=True)
class WishData:
    """What a vendor would like: a start at or after one local minute and before another, on some weekdays (empty: any)."""

    from_minute: int | None = None
    until_minute: int | None = None
    weekdays: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wished for."""
        return self.from_minute is None and self.until_minute is None and not self.weekdays


@dataclass(frozen=True)
class VendorData:
    """What an organizer writes down about a vendor. The phone is in E.164; minutes are local, since midnight."""

    business_name: str
    owner_name: str
    category: str
    phone: str
    district: str = ""
    is_phone_public: bool = False
    email: str = ""
    featured_product: str = ""
    languages: tuple[str, ...] = ()
    instagram: str = ""
    shopee: str = ""
    tokopedia: str = ""
    note: str = ""
    available_from_minute: int | None = None
    available_until_minute: int | None = None
    min_turns: int = 1
    max_turns: int | None = None
    is_opted_out: bool = False
    days_off: DaysOff = field(default_factory=DaysOff)
    wish: WishData = field(default_factory=WishData)


def add_vendor(edition_id: int, data: VendorData, *, by: int | None, now: datetime) -> int:
    """Write a vendor down; returns its id. Refuses `business_name_taken`."""
    with transaction() as session:
        _refuse_taken_name(session, edition_id, data.business_name, None)
        vendor = Vendor(edition_id=edition_id, created_at=now)
        _put(vendor, data, now)
        session.add(vendor)
        _flush_name(session, data.business_name)
        _put_days_and_wish(session, vendor.id, data)
        _note(session, "add_vendor", vendor, now=now, by=by, after=_as_written(data))
        return vendor.id


def change_vendor(edition_id: int, vendor_id: int, data: VendorData, *, revision: int, by: int | None, now: datetime) -> None:
    """Write the vendor down anew. `revision` is the one the organizer saw.

    Refuses `not_found`, `changed_meanwhile` (somebody else was first) and `business_name_taken`.
    """
    with transaction() as session:
        vendor = vendor_of(session, edition_id, vendor_id)
        before = read_vendor_data(session, vendor)
        as_seen = update(Vendor).where(Vendor.id == vendor_id, Vendor.revision == revision)
        if session.scalar(as_seen.values(revision=revision + 1).returning(Vendor.id)) is None:
            raise Refusal("changed_meanwhile")
        session.refresh(vendor)
        _refuse_taken_name(session, edition_id, data.business_name, vendor_id)
        _put(vendor, data, now)
        _flush_name(session, data.business_name)
        _put_days_and_wish(session, vendor_id, data)
        old, new = audit.changed_values(_as_written(before), _as_written(data))
        _note(session, "change_vendor", vendor, now=now, by=by, before=old, after=new)


def withdraw_vendor(edition_id: int, vendor_id: int, *, reason: str = "", by: int | None, now: datetime) -> PlanCounts:
    """The vendor no longer takes part: its turns ahead stop counting, and it is told. Twice is once. Refuses `not_found`."""
    return _move(edition_id, vendor_id, "withdraw_vendor", {"withdrawn_at": now}, Vendor.withdrawn_at.is_(None), reason, by, now)


def return_vendor(edition_id: int, vendor_id: int, *, by: int | None, now: datetime) -> PlanCounts:
    """A withdrawn or archived vendor takes part again, in those published turns that still are its own. Refuses `not_found`."""
    was_gone = or_(Vendor.withdrawn_at.is_not(None), Vendor.archived_at.is_not(None))
    return _move(edition_id, vendor_id, "return_vendor", {"withdrawn_at": None, "archived_at": None}, was_gone, "", by, now)


def archive_vendor(edition_id: int, vendor_id: int, *, by: int | None, now: datetime) -> PlanCounts:
    """Put the vendor out of sight, which withdraws it too. Refuses `not_found`."""
    values = {"withdrawn_at": func.coalesce(Vendor.withdrawn_at, now), "archived_at": now}
    return _move(edition_id, vendor_id, "archive_vendor", values, Vendor.archived_at.is_(None), "", by, now)


def delete_vendor(edition_id: int, vendor_id: int, *, by: int | None, now: datetime) -> None:
    """Remove a vendor that left no trace: never published, never sold, never answered. Refuses `not_found` and `vendor_was_published`."""
    with transaction() as session:
        _lock_edition(session, edition_id)
        session.execute(select(Vendor.id).where(Vendor.id == vendor_id).with_for_update())  # what is just being added counts too
        vendor = vendor_of(session, edition_id, vendor_id)
        if not can_be_deleted(session, vendor_id):
            raise Refusal("vendor_was_published", name=vendor.business_name)
        session.execute(delete(Turn).where(Turn.vendor_id == vendor_id))  # of drafts only: the next build fills the gap
        session.execute(update(Slot).where(Slot.pinned_vendor_id == vendor_id).values(pinned_vendor_id=None))
        session.execute(delete(Product).where(Product.vendor_id == vendor_id))
        session.execute(delete(Link).where(Link.vendor_id == vendor_id))
        session.execute(delete(PushSubscription).where(PushSubscription.vendor_id == vendor_id))
        _note(session, "delete_vendor", vendor, now=now, by=by, before=_as_written(read_vendor_data(session, vendor)))
        session.execute(delete(Vendor).where(Vendor.id == vendor_id))


def vendor_of(session: Session, edition_id: int, vendor_id: int, *, is_kept: bool = False) -> Vendor:
    """Step: the vendor, if it belongs to the edition; kept, nobody can delete it until the transaction ends. Refuses `not_found`."""
    vendor = session.get(Vendor, vendor_id, with_for_update={"read": True, "key_share": True} if is_kept else None)
    if vendor is None or vendor.edition_id != edition_id:
        raise Refusal("not_found")
    return vendor


def can_be_deleted(session: Session, vendor_id: int) -> bool:
    """Whether nothing would be lost with the vendor: never published, never sold, never answered."""
    return not (was_published(session, vendor_id) or _left_a_trace(session, vendor_id))


def was_published(session: Session, vendor_id: int) -> bool:
    """Whether the vendor ever stood in a rotation that people saw."""
    seen = (RotationState.PUBLISHED, RotationState.SUPERSEDED)
    turns = select(Turn.id).join(Rotation, Rotation.id == Turn.rotation_id).where(Turn.vendor_id == vendor_id, Rotation.state.in_(seen))
    return session.scalar(turns.limit(1)) is not None


def read_vendor_data(session: Session, vendor: Vendor) -> VendorData:
    """The vendor as it is written down now."""
    days = session.execute(select(Availability.weekday, Availability.off_on).where(Availability.vendor_id == vendor.id)).all()
    wish = session.scalar(select(Wish).where(Wish.vendor_id == vendor.id))
    return VendorData(
        business_name=vendor.business_name,
        owner_name=vendor.owner_name,
        category=vendor.category,
        phone=vendor.phone,
        district=vendor.district,
        is_phone_public=vendor.is_phone_public,
        email=vendor.email,
        featured_product=vendor.featured_product,
        languages=tuple(vendor.languages),
        instagram=vendor.instagram,
        shopee=vendor.shopee,
        tokopedia=vendor.tokopedia,
        note=vendor.note,
        available_from_minute=vendor.available_from_minute,
        available_until_minute=vendor.available_until_minute,
        min_turns=vendor.min_turns,
        max_turns=vendor.max_turns,
        is_opted_out=vendor.opted_out_at is not None,
        days_off=DaysOff(
            tuple(sorted(weekday for weekday, _ in days if weekday is not None)),
            tuple(sorted(off_on for _, off_on in days if off_on is not None)),
        ),
        wish=WishData(wish.from_minute, wish.until_minute, tuple(wish.weekdays or ())) if wish else WishData(),
    )


def _move(
    edition_id: int, vendor_id: int, action: str, values: dict[str, Any], leaving: Any, reason: str, by: int | None, now: datetime
) -> PlanCounts:
    """Change whether the vendor takes part, and take back or renew the messages about its turns in the same breath."""
    with transaction() as session:
        _lock_edition(session, edition_id)
        vendor = vendor_of(session, edition_id, vendor_id)
        previous = published_turns(session, edition_id)
        leave = update(Vendor).where(Vendor.id == vendor_id, leaving).values(revision=Vendor.revision + 1, **values)
        if session.scalar(leave.returning(Vendor.id)) is not None:
            _note(session, action, vendor, now=now, by=by, reason=reason)
        session.expire_all()
        return replace_plan(session, edition_id, previous=previous, now=now)


def _lock_edition(session: Session, edition_id: int) -> None:
    """So that a publishing, or somebody who deletes, cannot slip in between."""
    session.execute(select(Edition.id).where(Edition.id == edition_id).with_for_update(key_share=True))


def _put(vendor: Vendor, data: VendorData, now: datetime) -> None:
    for name in (
        "business_name",
        "owner_name",
        "category",
        "phone",
        "district",
        "email",
        "featured_product",
        "instagram",
        "shopee",
        "tokopedia",
        "note",
        "available_from_minute",
        "available_until_minute",
        "min_turns",
        "max_turns",
    ):
        setattr(vendor, name, getattr(data, name))
    vendor.languages = list(data.languages)
    if data.is_phone_public and not vendor.is_phone_public:
        vendor.phone_consent_at = now
    if not data.is_phone_public:
        vendor.phone_consent_at = None
    vendor.is_phone_public = data.is_phone_public
    vendor.opted_out_at = (vendor.opted_out_at or now) if data.is_opted_out else None


def _put_days_and_wish(session: Session, vendor_id: int, data: VendorData) -> None:
    session.execute(delete(Availability).where(Availability.vendor_id == vendor_id))
    session.add_all(Availability(vendor_id=vendor_id, weekday=weekday) for weekday in data.days_off.weekdays)
    session.add_all(Availability(vendor_id=vendor_id, off_on=day) for day in data.days_off.dates)
    session.execute(delete(Wish).where(Wish.vendor_id == vendor_id))
    if not data.wish.is_empty:
        weekdays = list(data.wish.weekdays) or None
        session.add(Wish(vendor_id=vendor_id, from_minute=data.wish.from_minute, until_minute=data.wish.until_minute, weekdays=weekdays))


def _as_written(data: VendorData) -> dict[str, Any]:
    """For the audit: plain values that JSON can hold."""
    written = asdict(data)
    written["languages"] = list(data.languages)
    written["days_off"] = format_days_off(data.days_off.weekdays, data.days_off.dates)
    written["wish"] = {**asdict(data.wish), "weekdays": list(data.wish.weekdays)}
    return written


def _refuse_taken_name(session: Session, edition_id: int, business_name: str, own_id: int | None) -> None:
    """Names are what commands and sheets know a vendor by, so two may not differ by capitals alone."""
    taken = select(Vendor.id).where(Vendor.edition_id == edition_id, func.lower(Vendor.business_name) == business_name.lower())
    if any(vendor_id != own_id for vendor_id in session.scalars(taken)):
        raise Refusal("business_name_taken", name=business_name)


def _flush_name(session: Session, business_name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:  # two organizers at the same moment, on a database with several writers
        if "business_name" not in str(error.orig):
            raise
        raise Refusal("business_name_taken", name=business_name) from error


def _left_a_trace(session: Session, vendor_id: int) -> bool:
    sold = exists().where(or_(Sale.vendor_id == vendor_id, Sale.product_id.in_(select(Product.id).where(Product.vendor_id == vendor_id))))
    closed = exists().where(Closing.vendor_id == vendor_id)
    answered = exists().where(Answer.vendor_id == vendor_id)
    return bool(session.scalar(select(or_(sold, closed, answered))))


def _note(session: Session, action: str, vendor: Vendor, *, now: datetime, by: int | None, **what: Any) -> None:
    bazaar_id = session.get_one(Edition, vendor.edition_id).bazaar_id
    what.setdefault("after", {"name": vendor.business_name})
    audit.note(session, action, "vendor", vendor.id, now=now, bazaar_id=bazaar_id, by=by, **what)
