"""Loads the sample edition: published, some evenings behind with their sales and closings, most of them ahead, one on air now.

It plays history through the ordinary use cases, each at the instant at which it would have happened; only the channels are
silent. What a newcomer sees is therefore what the product does, with invented names.
"""

import csv
import io
import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bazaar.accounts.audit import note
from bazaar.database import reading, transaction
from bazaar.demo.evening import put_evening
from bazaar.demo.history import play_history
from bazaar.editions.build import build_rotation
from bazaar.editions.importing.run import run_import
from bazaar.editions.importing.table import read_table
from bazaar.editions.publish import publish_rotation
from bazaar.localtime import local_date
from bazaar.outside import Outside
from bazaar.refusals import Refusal
from bazaar.states import Role
from models import Account, Bazaar, Edition, Membership

SLUG = "ramadhan-1442"
TIMEZONE = "Asia/Jakarta"
FIRST_EVENING = date(2021, 4, 13)
LAST_EVENING = date(2021, 5, 12)
SEED = 1442
ORGANIZER_EMAIL = "panitia@example.org"
FOLDER = Path(__file__).parent / "jember-1442"
EVENINGS_BEHIND = 5
"""At least so many days of the edition lie behind when it is loaded with shifted dates."""


@dataclass(frozen=True)
class LoadedDemo:
    """What was made."""

    edition_id: int
    organizer_id: int
    live_session_id: int | None  # the one on air now; None when dated as in 2021


def is_empty() -> bool:
    """Whether nobody has begun to use this database."""
    with reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Bazaar)) == 0 and session.scalar(select(func.count()).select_from(Account)) == 0
        )


def load_demo(outside: Outside, *, as_dated: bool, now: datetime) -> LoadedDemo:
    """Create bazaar, organizer and edition `ramadhan-1442`, import its data, build, publish and play what lies behind.

    `as_dated` keeps the dates of 2021: then everything lies behind, nothing is invented, and the scheduler closes the books.
    Refuses `demo_exists` and `demo_beside_others`: history is played on the whole database, so nobody else's edition may stand in it.
    """
    shift = timedelta(0) if as_dated else whole_weeks_to(local_date(now, TIMEZONE))
    planned_at = now if as_dated else now - timedelta(days=21)
    edition_id, organizer_id = _create(shift, planned_at)
    for kind in ("vendors", "products", "history", "sessions"):
        table = read_table(f"{kind}.csv", shifted_csv(kind, shift))
        run_import(edition_id, kind, table, by=organizer_id, now=planned_at)
    live_session_id = None if as_dated else put_evening(edition_id, by=organizer_id, planned_at=planned_at, now=now)
    built = build_rotation(edition_id, seed=SEED, planner=outside.planner, by=organizer_id, now=planned_at)
    publish_rotation(built.rotation_id, by=organizer_id, now=planned_at)
    if live_session_id is not None:
        dice = random.Random(SEED)  # noqa: S311 (seeded: the demonstration is the same everywhere)
        play_history(edition_id, outside, dice, by=organizer_id, now=now)
    return LoadedDemo(edition_id, organizer_id, live_session_id)


def demo_edition_id() -> int:
    """The sample edition of this database. Refuses `demo_missing`."""
    with reading() as session:
        edition_id = session.scalar(select(Edition.id).where(Edition.slug == SLUG))
    if edition_id is None:
        raise Refusal("demo_missing")
    return edition_id


def demo_organizer_id() -> int:
    """The organizer of the sample edition. Refuses `demo_missing`."""
    with reading() as session:
        organizer_id = session.scalar(select(Account.id).where(Account.email == ORGANIZER_EMAIL))
    if organizer_id is None:
        raise Refusal("demo_missing")
    return organizer_id


def whole_weeks_to(today: date) -> timedelta:
    """The shift that puts five to eleven days of the edition behind today; whole weeks keep every weekday what it was."""
    return timedelta(weeks=((today - FIRST_EVENING).days - EVENINGS_BEHIND) // 7)


def shifted_csv(kind: str, shift: timedelta) -> bytes:
    """A sample file with every date in it moved."""
    rows = list(csv.DictReader(io.StringIO((FOLDER / f"{kind}.csv").read_text(encoding="utf-8"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    for row in rows:
        for column in ("tanggal", "hari_tidak_bisa"):
            if column in row:
                row[column] = "; ".join(_shifted_words(row[column], shift))
        writer.writerow(row)
    return out.getvalue().encode()


def _shifted_words(cell: str, shift: timedelta) -> Iterator[str]:
    for word in filter(None, (part.strip() for part in cell.split(";"))):
        yield (date.fromisoformat(word) + shift).isoformat() if word[0].isdigit() else word


def _create(shift: timedelta, at: datetime) -> tuple[int, int]:
    with transaction() as session:
        if session.scalar(select(Edition.id).where(Edition.slug == SLUG)) is not None:
            raise Refusal("demo_exists", slug=SLUG)
        if session.scalar(select(Edition.id).limit(1)) is not None:
            raise Refusal("demo_beside_others")
        bazaar = session.scalar(select(Bazaar).where(Bazaar.slug == "pasar-virtual-jember"))
        if bazaar is None:
            bazaar = Bazaar(
                slug="pasar-virtual-jember", name="Pasar Virtual Jember", city="Jember", help_phone="+62331000100", created_at=at
            )
            session.add(bazaar)
        organizer = session.scalar(select(Account).where(Account.email == ORGANIZER_EMAIL))
        if organizer is None:
            organizer = Account(email=ORGANIZER_EMAIL, name="Panitia Contoh", password_hash="!", created_at=at)  # noqa: S106 (matches no password)
            session.add(organizer)
        session.flush()
        if not session.scalar(select(Membership.id).where(Membership.bazaar_id == bazaar.id, Membership.account_id == organizer.id)):
            session.add(Membership(bazaar_id=bazaar.id, account_id=organizer.id, role=Role.ORGANIZER, created_at=at))
        edition = Edition(
            bazaar_id=bazaar.id,
            slug=SLUG,
            name="Bazar Ramadhan 1442 H",
            timezone=TIMEZONE,
            starts_on=FIRST_EVENING + shift,
            ends_on=LAST_EVENING + shift,
            is_demo=True,
            created_at=at,
        )
        session.add(edition)
        session.flush()
        note(session, "create_edition", "edition", edition.id, now=at, bazaar_id=bazaar.id, by=organizer.id, after={"slug": SLUG})
        return edition.id, organizer.id
