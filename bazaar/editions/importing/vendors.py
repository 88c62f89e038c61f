"""Vendors from a sheet, known by `nama_usaha`. Columns that the sheet does not have keep what is stored."""

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import CellError, Column, Problem
from bazaar.editions.importing.kinds import Context, Difference, Kind, Stored, Values, name_key, vendor_ids
from bazaar.vendors.availability import DaysOff
from models import Availability, Edition, Vendor, Wish

_EVENING_MINUTE = 18 * 60
_HOURS = re.compile(r"(\d{1,2})[:.](\d{2})\s*-\s*(\d{1,2})[:.](\d{2})")
WishHours = tuple[int | None, int | None]
"""From one local minute, until another; None: no bound."""

_FIELDS = {
    "nama_usaha": "business_name",
    "pemilik": "owner_name",
    "kategori": "category",
    "kecamatan": "district",
    "whatsapp": "phone",
    "email": "email",
    "produk_unggulan": "featured_product",
    "instagram": "instagram",
    "shopee": "shopee",
    "tokopedia": "tokopedia",
    "catatan": "note",
}
"""Columns that are stored as they are read."""


def _wish_hours(cell: str) -> WishHours:
    parts = {part.strip().lower() for part in re.split(r"[;,/]", cell) if part.strip()}
    if not parts or parts == {"sore", "malam"} or parts == {"bebas"}:
        return (None, None)
    if parts == {"sore"}:
        return (None, _EVENING_MINUTE)
    if parts == {"malam"}:
        return (_EVENING_MINUTE, None)
    match = _HOURS.fullmatch(cell)
    if match is None:
        raise CellError("wish_wrong", text=cell)
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not start < end <= 24 * 60:
        raise CellError("wish_wrong", text=cell)
    return (start or None, end if end < 24 * 60 else None)


def _show_wish_hours(hours: WishHours) -> str:
    known = {(None, None): "", (None, _EVENING_MINUTE): "sore", (_EVENING_MINUTE, None): "malam"}
    if hours in known:
        return known[hours]
    start, end = hours[0] or 0, 24 * 60 if hours[1] is None else hours[1]
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def read_languages(cell: str) -> tuple[str, ...]:
    """The names of languages in a cell: `Indonesia; Jawa`."""
    names = [name.strip().removeprefix("Bahasa ").removeprefix("bahasa ") for name in re.split(r"[;,/]|\bdan\b", cell)]
    if any(len(name) > 30 for name in names):
        raise CellError("text_too_long", longest=30)
    return tuple(dict.fromkeys(name.capitalize() for name in names if name))


COLUMNS = (
    Column("nama_usaha", cells.text_of(120, is_required=True), is_required=True, aliases=("usaha", "nama lapak", "lapak", "business name")),
    Column("pemilik", cells.text_of(120, is_required=True), is_required=True, aliases=("nama pemilik", "owner")),
    Column("kategori", cells.text_of(60, is_required=True), is_required=True, aliases=("category",)),
    Column("kecamatan", cells.text_of(120), aliases=("kota", "district")),
    Column(
        "whatsapp",
        cells.phone_of,
        cells.show_phone_cell,
        is_required=True,
        aliases=("wa", "no wa", "nomor wa", "no whatsapp", "nomor whatsapp", "no hp", "nomor hp", "hp", "telepon", "phone"),
    ),
    Column("email", cells.email_of, aliases=("e-mail", "surel", "alamat email")),
    Column("produk_unggulan", cells.text_of(200)),
    Column("hari_tidak_bisa", cells.days_off_of, cells.show_days_off, aliases=("tidak bisa", "hari libur")),
    Column("jam_pilihan", _wish_hours, _show_wish_hours),
    Column("bahasa", read_languages, "; ".join),
    Column("instagram", cells.text_of(120), aliases=("ig",)),
    Column("shopee", cells.text_of(120)),
    Column("tokopedia", cells.text_of(120)),
    Column("catatan", cells.note_of, aliases=("keterangan",)),
)


def _stored(session: Session, edition: Edition) -> dict[Hashable, Stored]:
    vendors = session.scalars(select(Vendor).where(Vendor.edition_id == edition.id).order_by(Vendor.id)).all()
    days, wishes = _days_off(session, edition.id), _wishes(session, edition.id)
    found: dict[Hashable, Stored] = {}
    for vendor in vendors:
        values: Values = {column: getattr(vendor, field) for column, field in _FIELDS.items()}
        values["hari_tidak_bisa"] = days.get(vendor.id, DaysOff())
        values["jam_pilihan"] = wishes.get(vendor.id, (None, None))
        values["bahasa"] = tuple(vendor.languages)
        found[name_key(vendor.business_name)] = Stored(vendor.id, values)
    return found


def _days_off(session: Session, edition_id: int) -> dict[int, DaysOff]:
    weekdays: dict[int, list[int]] = defaultdict(list)
    dates: dict[int, list[date]] = defaultdict(list)
    own = select(Vendor.id).where(Vendor.edition_id == edition_id)
    for day in session.scalars(select(Availability).where(Availability.vendor_id.in_(own))):
        if day.weekday is not None:
            weekdays[day.vendor_id].append(day.weekday)
        if day.off_on is not None:
            dates[day.vendor_id].append(day.off_on)
    return {vendor: DaysOff(tuple(sorted(weekdays[vendor])), tuple(sorted(dates[vendor]))) for vendor in {*weekdays, *dates}}


def _wishes(session: Session, edition_id: int) -> dict[int, WishHours]:
    own = select(Vendor.id).where(Vendor.edition_id == edition_id)
    return {wish.vendor_id: (wish.from_minute, wish.until_minute) for wish in session.scalars(select(Wish).where(Wish.vendor_id.in_(own)))}


def _key(values: Values, _edition: Edition) -> Hashable:
    return name_key(values["nama_usaha"])


def _label(values: Values) -> str:
    return str(values["nama_usaha"])


def _check(_values: Values, _row: int, _context: Context) -> list[Problem]:
    return []


def _store(session: Session, edition: Edition, differences: Sequence[Difference], now: datetime) -> None:
    for difference in differences:
        if difference.stored_id is None:
            vendor = Vendor(edition_id=edition.id, created_at=now, languages=[])
            session.add(vendor)
        else:
            vendor = session.get_one(Vendor, difference.stored_id)
            vendor.revision += 1
        values = difference.values
        for column, field in _FIELDS.items():
            if column in values:
                setattr(vendor, field, values[column])
        if "bahasa" in values:
            vendor.languages = list(values["bahasa"])
    session.flush()
    ids = vendor_ids(session, edition)
    for difference in differences:
        vendor_id = ids[name_key(difference.values["nama_usaha"])]
        if "hari_tidak_bisa" in difference.values:
            _put_days_off(session, vendor_id, difference.values["hari_tidak_bisa"])
        if "jam_pilihan" in difference.values:
            _put_wish(session, vendor_id, difference.values["jam_pilihan"])


def _put_days_off(session: Session, vendor_id: int, days: DaysOff) -> None:
    session.execute(delete(Availability).where(Availability.vendor_id == vendor_id))
    session.add_all(Availability(vendor_id=vendor_id, weekday=weekday) for weekday in days.weekdays)
    session.add_all(Availability(vendor_id=vendor_id, off_on=day) for day in days.dates)


def _put_wish(session: Session, vendor_id: int, hours: WishHours) -> None:
    """The hours of a wish; weekdays that an organizer noted stay."""
    wish = session.scalar(select(Wish).where(Wish.vendor_id == vendor_id))
    if hours == (None, None) and (wish is None or not wish.weekdays):
        session.execute(delete(Wish).where(Wish.vendor_id == vendor_id))
        return
    if wish is None:
        wish = Wish(vendor_id=vendor_id)
        session.add(wish)
    wish.from_minute, wish.until_minute = hours


VENDORS = Kind("vendors", COLUMNS, _stored, _key, _label, _check, _store, ("nama_usaha",))
