"""Turns of earlier editions from a sheet: what a vendor's credit is counted from."""

from collections.abc import Hashable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import Column, Problem
from bazaar.editions.importing.kinds import Context, Difference, Kind, Stored, Values, name_key, start_of, vendor_ids
from bazaar.localtime import localize
from models import Edition, PastTurn, Vendor

_MINUTES_A_DAY = 24 * 60
_IDENTITY = ("edition", "tanggal", "jam", "nama_usaha")

COLUMNS = (
    Column("edition", cells.text_of(120, is_required=True), is_required=True, aliases=("edisi",)),
    Column("tanggal", cells.date_of, is_required=True, aliases=("tgl", "date")),
    Column("jam", cells.clock_of, cells.show_clock, is_required=True, aliases=("mulai", "jam mulai"), is_clock=True),
    Column("nama_usaha", cells.text_of(120, is_required=True), is_required=True, aliases=("usaha", "nama lapak", "lapak", "business name")),
    Column("menit_tayang", cells.number_of(most=_MINUTES_A_DAY, is_required=True), is_required=True, aliases=("menit",)),
    Column("penonton", cells.number_of(most=10_000_000), cells.show_optional, aliases=("jumlah penonton", "viewers")),
)


def _stored(session: Session, edition: Edition) -> dict[Hashable, Stored]:
    rows = session.execute(
        select(PastTurn, Vendor.business_name)
        .join(Vendor, Vendor.id == PastTurn.vendor_id)
        .where(Vendor.edition_id == edition.id)
        .order_by(PastTurn.started_at, PastTurn.id)
    ).all()
    found: dict[Hashable, Stored] = {}
    for turn, business_name in rows:
        local = localize(turn.started_at, edition.timezone)
        values: Values = {
            "edition": turn.edition_name,
            "tanggal": local.date(),
            "jam": local.time(),
            "nama_usaha": business_name,
            "menit_tayang": turn.minutes_aired,
            "penonton": turn.viewer_count,
        }
        found[(name_key(business_name), turn.edition_name, turn.started_at)] = Stored(turn.id, values)
    return found


def _key(values: Values, edition: Edition) -> Hashable:
    return (name_key(values["nama_usaha"]), values["edition"], start_of(values, edition, "jam"))


def _label(values: Values) -> str:
    return f"{values['nama_usaha']}, {values['tanggal'].isoformat()} {values['jam'].isoformat('minutes')}"


def _check(values: Values, row: int, context: Context) -> list[Problem]:
    problems = context.unknown_vendor(values["nama_usaha"], row) if "nama_usaha" in values else []
    if "tanggal" in values and values["tanggal"] >= context.edition.starts_on:
        problems.append(Problem(row, "tanggal", "not_before_edition", {"day": values["tanggal"], "starts_on": context.edition.starts_on}))
    stored = context.stored.get(_key(values, context.edition)) if set(_IDENTITY) <= values.keys() else None
    if stored is not None:
        values["nama_usaha"] = stored.values["nama_usaha"]  # capitals of the register, so that they are no difference
    return problems


def _store(session: Session, edition: Edition, differences: Sequence[Difference], now: datetime) -> None:
    ids = vendor_ids(session, edition)
    for difference in differences:
        values = difference.values
        if difference.stored_id is None:
            turn = PastTurn(
                vendor_id=ids[name_key(values["nama_usaha"])], edition_name=values["edition"], started_at=start_of(values, edition, "jam")
            )
            session.add(turn)
        else:
            turn = session.get_one(PastTurn, difference.stored_id)
        turn.minutes_aired = values["menit_tayang"]
        if "penonton" in values:
            turn.viewer_count = values["penonton"]


HISTORY = Kind("history", COLUMNS, _stored, _key, _label, _check, _store, _IDENTITY)
