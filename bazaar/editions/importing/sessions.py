"""Live sessions from a sheet, known by their start."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from bazaar.editions.importing import columns as cells
from bazaar.editions.importing.columns import CellError, Column, Problem
from bazaar.editions.importing.kinds import Context, Difference, Kind, Stored, Values, start_of
from bazaar.editions.importing.vendors import read_languages
from bazaar.editions.languages import code_of, name_of
from bazaar.editions.live_sessions import (
    LiveSessionData,
    put_live_session,
    read_live_session_data,
    refuse_impossible,
    refuse_moving,
    times_of,
)
from bazaar.editions.slots import used_slots_by_live_session
from bazaar.localtime import day_part, localize
from bazaar.refusals import Refusal
from models import Edition, LiveSession, Slot

_PARTS = ("sore", "malam")


def _part(cell: str) -> str:
    text = cell.lower()
    if len(text) > 40:
        raise CellError("text_too_long", longest=40)
    return text


def _codes(cell: str) -> tuple[str, ...]:
    return tuple(code_of(name) for name in read_languages(cell))


def _show_codes(codes: tuple[str, ...]) -> str:
    return "; ".join(name_of(code) for code in codes)


COLUMNS = (
    Column("tanggal", cells.date_of, is_required=True, aliases=("tgl", "date")),
    Column("sesi", _part),
    Column("mulai", cells.clock_of, cells.show_clock, is_required=True, aliases=("jam mulai", "jam"), is_clock=True),
    Column("selesai", cells.clock_of, cells.show_clock, is_required=True, aliases=("jam selesai", "sampai"), is_clock=True),
    Column(
        "menit_per_giliran",
        cells.number_of(least=1, most=480, is_required=True),
        is_required=True,
        aliases=("menit", "menit giliran", "durasi"),
    ),
    Column("zoom_url", cells.address_of, aliases=("zoom", "tautan zoom")),
    Column("youtube_url", cells.address_of, aliases=("youtube", "tautan youtube")),
    Column("host", cells.text_of(120), aliases=("pembawa acara", "pembawa_acara")),
    Column("bahasa", _codes, _show_codes),
)
_FIELDS = {"zoom_url": "zoom_url", "youtube_url": "youtube_url", "host": "host_name", "bahasa": "languages"}


def _stored(session: Session, edition: Edition) -> dict[Hashable, Stored]:
    query = select(LiveSession).where(LiveSession.edition_id == edition.id).order_by(LiveSession.starts_at)
    stored: dict[Hashable, Stored] = {}
    for live_session in session.scalars(query):
        values = _values(read_live_session_data(live_session, edition.timezone), live_session, edition)
        stored[_key(values, edition)] = Stored(live_session.id, values)
    return stored


def _values(data: LiveSessionData, live_session: LiveSession, edition: Edition) -> Values:
    return {
        "tanggal": data.on,
        "sesi": day_part(live_session.starts_at, edition.timezone).value,
        "mulai": data.starts,
        "selesai": data.ends,
        "menit_per_giliran": data.slot_minutes,
        **{column: getattr(data, field) for column, field in _FIELDS.items()},
    }


def _key(values: Values, edition: Edition) -> Hashable:
    """Day and clock as a sheet says them: in the hour that comes twice in autumn, an instant would be another one."""
    return values["tanggal"], values["mulai"]


def _label(values: Values) -> str:
    return f"{values['tanggal'].isoformat()} {values['mulai'].isoformat('minutes')}"


def _check(values: Values, row: int, context: Context) -> list[Problem]:
    """What the register would refuse, as a problem of this row."""
    edition = context.edition
    problems: list[Problem] = []
    if not {"tanggal", "mulai"} <= values.keys():
        return problems
    part = day_part(start_of(values, edition, "mulai"), edition.timezone).value
    if values.get("sesi") in _PARTS and values["sesi"] != part:
        problems.append(Problem(row, "sesi", "part_differs", {"text": values["sesi"], "part": part}))
    values.pop("sesi", None)  # the clock tells it
    if not {"selesai", "menit_per_giliran"} <= values.keys():
        return problems
    stored = context.stored.get(_key(values, edition))
    data = _data(values, _stored_data(stored))
    live_session = _live_sessions(context)[stored.id] if stored else None
    try:
        refuse_impossible(edition, data, live_session)
        if live_session is not None:
            refuse_moving(edition, live_session, data, _used_slots(context).get(live_session.id, ()), now=context.now)
    except Refusal as refusal:
        column = {"outside_edition": "tanggal", "slots_do_not_fit": "menit_per_giliran", "slots_in_use": "menit_per_giliran"}
        problems.append(Problem(row, column.get(refusal.code, "selesai"), refusal.code, refusal.values))
    return problems


def _live_sessions(context: Context) -> Mapping[int, LiveSession]:
    if "live_sessions" not in context.read:
        rows = context.session.scalars(select(LiveSession).where(LiveSession.edition_id == context.edition.id))
        context.read["live_sessions"] = {row.id: row for row in rows}
    return cast(Mapping[int, LiveSession], context.read["live_sessions"])


def _used_slots(context: Context) -> Mapping[int, Sequence[Slot]]:
    if "used_slots" not in context.read:
        context.read["used_slots"] = used_slots_by_live_session(context.session, context.edition.id)
    return cast(Mapping[int, Sequence[Slot]], context.read["used_slots"])


def _check_together(rows: Sequence[tuple[int, Values]], context: Context) -> list[Problem]:
    """Live sessions that would run at the same time: rows of the sheet against each other and against what it leaves out."""
    edition = context.edition
    live_sessions = _live_sessions(context)
    times: list[tuple[datetime, datetime, int | None]] = []
    for number, values in rows:
        stored = context.stored.get(_key(values, edition))
        times.append((*times_of(_data(values, None), edition.timezone, stored=live_sessions[stored.id] if stored else None), number))
    named = {starts_at for starts_at, _, _ in times}
    others = [other for other in live_sessions.values() if other.withdrawn_at is None and other.starts_at not in named]
    times += [(other.starts_at, other.ends_at, None) for other in others]
    times.sort(key=lambda item: item[0])
    problems = []
    longest = times[:1]  # the one so far that runs longest
    for later in times[1:]:
        earlier = longest[0]
        row = later[2] or earlier[2]
        if later[0] < earlier[1] and row is not None:
            other = localize((earlier if later[2] else later)[0], edition.timezone)
            values = {"day": other.date(), "clock": other.strftime("%H.%M")}
            problems.append(Problem(row, "mulai", "live_session_overlaps", values))
        longest = [max(earlier, later, key=lambda item: item[1])]
    return problems


def _stored_data(stored: Stored | None) -> LiveSessionData | None:
    if stored is None:
        return None
    alike: dict[str, Any] = {field: stored.values[column] for column, field in _FIELDS.items()}
    values = stored.values
    return LiveSessionData(values["tanggal"], values["mulai"], values["selesai"], values["menit_per_giliran"], **alike)


def _data(values: Values, stored: LiveSessionData | None) -> LiveSessionData:
    """What the row says; columns that the sheet does not have keep what is stored."""
    data = LiveSessionData(values["tanggal"], values["mulai"], values["selesai"], values["menit_per_giliran"])
    if stored is not None:
        data = replace(data, **{field: getattr(stored, field) for field in _FIELDS.values()})
    return replace(data, **{field: values[column] for column, field in _FIELDS.items() if column in values})


def _store(session: Session, edition: Edition, differences: Sequence[Difference], now: datetime) -> None:
    for difference in sorted(differences, key=lambda difference: difference.stored_id is None):  # make room first, then add
        live_session = session.get_one(LiveSession, difference.stored_id) if difference.stored_id else None
        stored = read_live_session_data(live_session, edition.timezone) if live_session else None
        put_live_session(session, edition, _data(difference.values, stored), live_session=live_session, now=now)


SESSIONS = Kind("sessions", COLUMNS, _stored, _key, _label, _check, _store, ("tanggal", "mulai"), _check_together)
