"""Every page that reads an edition, in an edition far larger than any bazaar: 300 vendors, 400 slots, 3,000 sales.

    python -m benchmarks.large_edition [--rounds N]

The rows are put straight into a temporary SQLite file; then each page is asked for through the whole application (guard, queries,
template), in one process without a network. What is printed is what the processor spent, the median of the rounds after a first one
that compiles the templates. Limits: 500 ms for any page, 300 ms for the public timetable, 200 ms for the state of the console,
1 s for the slips to print with a drawing for each vendor.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import create_app
from bazaar.database import db, migrate_database, transaction
from bazaar.editions.build import read_problem_of
from bazaar.outside import real_outside
from bazaar.rotation.problem import write_problem
from bazaar.rotation.score import score_plan
from bazaar.settings import read_settings
from bazaar.states import (
    AnswerKind,
    ChannelName,
    DeliveryState,
    EntryKind,
    LinkKind,
    PaymentMethod,
    ReminderKind,
    Role,
    RotationState,
    Verdict,
)
from bazaar.tokens import hash_token, new_token, token_of_link
from benchmarks.machine import describe_machine
from models import (
    Account,
    Answer,
    Audit,
    Availability,
    Bazaar,
    Closing,
    Delivery,
    DeliveryEvent,
    Device,
    Edition,
    Entry,
    EntryConflict,
    ImportDraft,
    Link,
    LiveSession,
    Membership,
    PastTurn,
    Product,
    Reminder,
    Rotation,
    Sale,
    SignIn,
    Slot,
    Supplement,
    Turn,
    Vendor,
    Void,
    Wish,
)

NOW = datetime(2027, 3, 15, 12, 20, tzinfo=UTC)
"""19.20 WIB: the second slot of the evening in the middle of the edition is on air, the third one ten minutes away."""
_SLOT = timedelta(minutes=15)
_ENDLESS = NOW + timedelta(days=1000)
_LONG_AGO = NOW - timedelta(days=100)
_CATEGORIES = ("Camilan", "Kopi", "Batik", "Kerajinan", "Kue")
_SECRET_KEY = "for-measuring-only-0123456789-abcdef"

MOST_MS = 500.0
LIMITS_MS = {"public.timetable": 300.0, "api_events.state": 200.0, "links.print_slips": 1000.0}
"""Other than `MOST_MS`, by endpoint. The slips are 300 drawings, printed once."""

_READING = {
    *("overview", "results", "importing", "vendors", "board", "editions", "messages", "live_sessions", "links", "members", "account"),
    *("host", "api_events", "public", "vendor"),
}
"""Blueprints whose pages are about an edition."""
_LEFT_OUT = {"api_events.events", "account.totp", "editions.ask_to_leave hapus"}
"""An answer without an end, and pages that lead elsewhere: the password first; what was published stays."""
_PLACE = re.compile(r"<(?:any\(([^)]*)\):|int:)?(\w+)>")
_QUERIES = {
    "board.show": ("", "?minggu=semua"),
    "vendors.index": ("", "?cari=lapak"),
    "live_sessions.index": ("", "?status=selesai"),
    "public.timetable": ("", "?cari=kopi"),
    "public.stalls": ("", "?cari=kopi"),
}
"""What else a page is asked for with."""


@dataclass(frozen=True)
class Size:
    """How large an edition is."""

    vendors: int = 300
    live_sessions: int = 40
    slots: int = 10  # of each live session
    products: int = 2  # of each vendor
    sales: int = 3000
    members: int = 10


@dataclass(frozen=True)
class Page:
    """A page to ask for."""

    name: str  # its endpoint, with what tells several addresses of it apart
    endpoint: str
    path: str


@dataclass(frozen=True)
class Filled:
    """An edition that was filled: its organizer's sign-in, and what its addresses name."""

    sign_in: str
    tokens: dict[str, str]  # by blueprint
    values: dict[str, Any]  # by the name in the address
    several: dict[str, list[int]]  # where one is not enough
    slots: dict[str, int]  # by endpoint; elsewhere any will do

    def pages(self, app: Flask) -> list[Page]:
        """Every page about the edition, by address. Raises KeyError for an address that names something unknown here."""
        rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        return [page for rule in rules if _is_read(rule) for page in self._pages(rule) if page.name not in _LEFT_OUT]

    def _pages(self, rule: Rule) -> Iterator[Page]:
        blueprint = rule.endpoint.split(".")[0]
        values = {**self.values, "token": self.tokens.get(blueprint)}
        if rule.endpoint in self.slots:
            values["slot_id"] = self.slots[rule.endpoint]
        places = [(match[2], _choices(match[1], match[2]) or self.several.get(match[2])) for match in _PLACE.finditer(rule.rule)]
        for chosen in product(*(choices or [values[name]] for name, choices in places)):
            path = _fill(rule.rule, chosen)
            words = [_word(part, choices) for part, (_name, choices) in zip(chosen, places, strict=True) if choices]
            for query in _QUERIES.get(rule.endpoint, ("",)):
                yield Page(" ".join((rule.endpoint, *words, query)).strip(), rule.endpoint, path + query)


def _is_read(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and rule.endpoint.split(".")[0] in _READING


def _word(part: str | int, choices: Sequence[Any]) -> str:
    """The word in an address, or which one of several: the same in editions of any size."""
    return part if isinstance(part, str) else str(choices.index(part) + 1)


def _fill(address: str, chosen: Sequence[Any]) -> str:
    parts = iter(chosen)
    return _PLACE.sub(lambda _match: str(next(parts)), address)


def _choices(words: str | None, name: str) -> list[str]:
    """The words that an address offers. Workbooks are left out: they hold what the plain sheets hold."""
    offered = [word.strip() for word in words.split(",")] if words else []
    return [word for word in offered if (name, word) != ("form", "xlsx")]


# --- Filling an edition --------------------------------------------------------------------------------------------------


def fill_edition(size: Size, *, secret_key: str) -> Filled:
    """A bazaar with one edition of that size, half of it over, one evening on air."""
    with transaction() as session:
        filler = _Filler(session, size, secret_key)
        filler.add_people()
        filler.add_vendors()
        filler.add_live_sessions()
    problem = read_problem_of(filler.edition_id, now=NOW)
    plan = {f"s{slot.id}": f"v{slot.vendor_id}" for slot in filler.slots}
    with transaction() as session:
        filler.session = session
        for state in (RotationState.PUBLISHED, RotationState.DRAFT):
            filler.add_rotation(state, write_problem(problem), score_plan(problem, plan).as_dict())
        filler.add_answers()
        filler.add_messages()
        filler.add_links()
        filler.add_sales()
        filler.add_drafts()
    return filler.filled()


@dataclass(frozen=True)
class _Slot:
    id: int
    live_session_id: int
    position: int
    starts_at: datetime
    vendor_id: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + _SLOT

    @property
    def is_over(self) -> bool:
        return self.ends_at + timedelta(minutes=2) < NOW


class _Filler:
    """Bulk inserts, table by table."""

    def __init__(self, session: Session, size: Size, secret_key: str) -> None:
        self.session, self.size, self.secret_key = session, size, secret_key
        self.name = uuid.uuid4().hex[:8]
        self.tokens: dict[str, str] = {}

    def add(self, model: Any, rows: list[dict[str, Any]]) -> list[int]:
        """Insert the rows; returns their ids in order."""
        return list(self.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), rows)) if rows else []

    def add_people(self) -> None:
        day = NOW.date()
        half = timedelta(days=self.size.live_sessions // 2 + 1)
        (self.bazaar_id,) = self.add(
            Bazaar, [{"slug": f"bazar-{self.name}", "name": f"Bazar {self.name}", "help_phone": "+62331000100", "created_at": _LONG_AGO}]
        )
        (self.edition_id,) = self.add(
            Edition,
            [
                {
                    "bazaar_id": self.bazaar_id,
                    "slug": f"edisi-{self.name}",
                    "name": "Edisi besar",
                    "starts_on": day - half,
                    "ends_on": day + half,
                    "rotation_count": 2,
                    "created_at": _LONG_AGO,
                }
            ],
        )
        numbers = range(self.size.members)
        accounts = self.add(
            Account,
            [
                {"email": f"{self.name}-{n}@example.org", "name": f"Orang {n}", "password_hash": "!", "created_at": _LONG_AGO}
                for n in numbers
            ],
        )
        self.account_id = accounts[0]
        role = Role.ORGANIZER
        self.add(Membership, [{"bazaar_id": self.bazaar_id, "account_id": id_, "role": role, "created_at": _LONG_AGO} for id_ in accounts])
        sign_ins = [new_token() for _ in numbers]
        times = {"created_at": NOW, "last_seen_at": NOW, "expires_at": _ENDLESS}
        self.add(SignIn, [{"token_hash": hash_token(token), "account_id": self.account_id, **times} for token in sign_ins])
        self.sign_in = sign_ins[0]

    def add_vendors(self) -> None:
        numbers = range(self.size.vendors)
        self.vendors = self.add(
            Vendor,
            [
                {
                    "edition_id": self.edition_id,
                    "business_name": f"Lapak Berkah {n}",
                    "owner_name": f"Bu Penjual {n}",
                    "category": _CATEGORIES[n % len(_CATEGORIES)],
                    "district": "Kaliwates",
                    "phone": f"+62812{n:08d}",
                    "featured_product": "Tape bakar keju",
                    "languages": ["Indonesia", "Jawa"],
                    "created_at": _LONG_AGO,
                }
                for n in numbers
            ],
        )
        self.products = self.add(
            Product,
            [
                {
                    "edition_id": self.edition_id,
                    "vendor_id": vendor_id,
                    "code": f"{'ABCDEFGH'[n]}{index:03d}",
                    "name": f"Tape isi {n}",
                    "price_idr": 15_000,
                    "unit": "kotak",
                    "stock": 100,
                    "created_at": _LONG_AGO,
                }
                for index, vendor_id in enumerate(self.vendors)
                for n in range(self.size.products)
            ],
        )
        self.add(Availability, [{"vendor_id": id_, "weekday": id_ % 7} for id_ in self.vendors[::3]])
        self.add(Wish, [{"vendor_id": id_, "from_minute": 19 * 60, "weekdays": [id_ % 7]} for id_ in self.vendors[::2]])
        past = {"edition_name": "Edisi dulu", "started_at": _LONG_AGO, "minutes_aired": 15}
        self.add(PastTurn, [{"vendor_id": id_, **past} for id_ in self.vendors])
        traced = {"bazaar_id": self.bazaar_id, "account_id": self.account_id, "actor": "Orang 0", "subject_kind": "vendor"}
        self.add(Audit, [{"at": _LONG_AGO, **traced, "action": "change_vendor", "subject_id": id_} for id_ in self.vendors])

    def add_live_sessions(self) -> None:
        first = NOW.replace(hour=12, minute=0) - timedelta(days=self.size.live_sessions // 2)
        starts = [first + timedelta(days=n) for n in range(self.size.live_sessions)]
        seqs = {"edition_id": self.edition_id, "slot_minutes": 15, "host_name": "Mbak Rani", "zoom_url": "https://zoom.example.org/j/1"}
        ids = self.add(
            LiveSession,
            [{**seqs, "starts_at": at, "ends_at": at + self.size.slots * _SLOT, "created_at": _LONG_AGO} for at in starts],
        )
        self.live_session_id = ids[self.size.live_sessions // 2]
        rows: list[dict[str, Any]] = [
            {
                "edition_id": self.edition_id,
                "live_session_id": id_,
                "position": n + 1,
                "starts_at": at + n * _SLOT,
                "ends_at": at + (n + 1) * _SLOT,
                "points": 22,
            }
            for id_, at in zip(ids, starts, strict=True)
            for n in range(self.size.slots)
        ]
        self.slots = [
            _Slot(slot_id, row["live_session_id"], row["position"], row["starts_at"], self.vendors[n % len(self.vendors)])
            for n, (slot_id, row) in enumerate(zip(self.add(Slot, rows), rows, strict=True))
        ]

    def add_rotation(self, state: RotationState, problem: dict[str, Any], score: dict[str, Any]) -> None:
        row: dict[str, Any] = {"edition_id": self.edition_id, "number": 2 if state is RotationState.DRAFT else 1, "state": state, "seed": 1}
        judged = {"problem": problem, "score": score, "bounds": dict.fromkeys(score), "proved": [], "digest": "0" * 64}
        (rotation_id,) = self.add(
            Rotation, [{**row, **judged, "created_at": _LONG_AGO, "published_at": None if row["number"] == 2 else _LONG_AGO}]
        )
        alike = {"edition_id": self.edition_id, "rotation_id": rotation_id, "points": 22}
        self.add(Turn, [{**alike, "slot_id": slot.id, "vendor_id": slot.vendor_id} for slot in self.slots])

    def add_answers(self) -> None:
        kinds = (AnswerKind.READY, AnswerKind.READY, AnswerKind.UNABLE)
        answered = [(slot, kinds[n % 3]) for n, slot in enumerate(self.slots) if n % 4]
        self.add(Answer, [{"slot_id": slot.id, "vendor_id": slot.vendor_id, "kind": kind, "answered_at": NOW} for slot, kind in answered])

    def add_messages(self) -> None:
        rows: list[dict[str, Any]] = [
            {
                "edition_id": self.edition_id,
                "key": f"before:{slot.id}:{lead}",
                "vendor_id": slot.vendor_id,
                "slot_id": slot.id,
                "kind": ReminderKind.BEFORE,
                "lead_minutes": lead,
                "turn_starts_at": slot.starts_at,
                "due_at": slot.starts_at - timedelta(minutes=lead),
                "stale_at": slot.starts_at,
                "created_at": _LONG_AGO,
            }
            for slot in self.slots
            for lead in (1440, 30, 10)
        ]
        deliveries: list[dict[str, Any]] = []
        for n, (reminder_id, row) in enumerate(zip(self.add(Reminder, rows), rows, strict=True)):
            state = DeliveryState.ACCEPTED if row["due_at"] <= NOW else DeliveryState.PLANNED
            channel = ChannelName.HAND if n % 2 else ChannelName.EMAIL
            if channel is ChannelName.HAND and row["turn_starts_at"] > NOW and row["due_at"] <= NOW + timedelta(hours=3):
                state = DeliveryState.WAITING_FOR_HAND
            at = {"next_at": row["due_at"], "created_at": _LONG_AGO}
            deliveries.append({"reminder_id": reminder_id, "channel": channel, "state": state, **at})
        ids = self.add(Delivery, deliveries)
        self.add(DeliveryEvent, [{"delivery_id": id_, "at": NOW, "state": row["state"]} for id_, row in zip(ids, deliveries, strict=True)])

    def add_links(self) -> None:
        rows: list[dict[str, Any]] = []
        for vendor_id in self.vendors:
            nonce = new_token()
            token = token_of_link(self.secret_key, nonce)
            self.tokens.setdefault("vendor", token)
            rows.append({"kind": LinkKind.VENDOR, "vendor_id": vendor_id, "nonce": nonce, "token_hash": hash_token(token)})
        for _ in range(self.size.members):
            nonce = new_token()
            token = token_of_link(self.secret_key, nonce)
            self.tokens.setdefault("host", token)
            rows.append({"kind": LinkKind.HOST, "live_session_id": self.live_session_id, "nonce": nonce, "token_hash": hash_token(token)})
        for kind in (LinkKind.VENDOR, LinkKind.HOST):
            alike = {"edition_id": self.edition_id, "label": "Tamu", "created_at": _LONG_AGO}
            self.add(Link, [{**row, **alike} for row in rows if row["kind"] is kind])
        times = {"created_at": _LONG_AGO, "expires_at": _ENDLESS}
        names = [f"hp-{n}" for n in range(self.size.members)]
        self.add(
            Device, [{"live_session_id": self.live_session_id, "name": n, "key_hash": hash_token(new_token()), **times} for n in names]
        )

    def add_sales(self) -> None:
        """Every third on the evening that runs, the others over all that have begun; every tenth is voided, every seventh was late."""
        begun = [slot for slot in self.slots if slot.starts_at <= NOW]
        tonight = [slot for slot in begun if slot.live_session_id == self.live_session_id]
        places = [tonight[n // 3 % len(tonight)] if n % 3 == 0 else begun[n % len(begun)] for n in range(self.size.sales)]
        seqs: Counter[int] = Counter()
        uuids = [str(uuid.uuid4()) for _ in places]
        late = [slot.is_over and n % 7 == 0 for n, slot in enumerate(places)]
        entries = [self._entry(slot, uuids[n], EntryKind.SALE, seqs, is_late=late[n]) for n, slot in enumerate(places)]
        ids = self.add(Entry, entries)
        by_vendor = dict(zip(self.vendors, self.products[:: self.size.products], strict=True))
        sold = {"product_name": "Tape isi 0", "unit": "kotak", "quantity": 2, "unit_price_idr": 15_000, "amount_idr": 30_000}
        bought = {**sold, "buyer_alias": "Mbak Laras", "payment_method": PaymentMethod.QRIS, "edition_id": self.edition_id}
        codes = {vendor_id: f"A{index:03d}" for index, vendor_id in enumerate(self.vendors)}
        whose = [
            {
                "vendor_id": slot.vendor_id,
                "product_id": by_vendor[slot.vendor_id],
                "product_code": codes[slot.vendor_id],
                "slot_id": slot.id,
            }
            for slot in places
        ]
        self.session.execute(insert(Sale), [{"entry_id": id_, **bought, **whose[n]} for n, id_ in enumerate(ids)])
        voided = [(slot, uuids[n]) for n, slot in enumerate(places) if n % 10 == 0]
        voids = self.add(Entry, [self._entry(slot, str(uuid.uuid4()), EntryKind.VOID, seqs) for slot, _ in voided])
        rows = [{"entry_id": id_, "void_of": of, "reason": "Salah ketik"} for id_, (_, of) in zip(voids, voided, strict=True)]
        self.session.execute(insert(Void), rows)
        conflicts = [
            {
                "uuid": of,
                "payload_hash": "1" * 64,
                "payload": {"uuid": of, "kind": "sale", "slot_position": slot.position, "product_code": codes[slot.vendor_id], "qty": 3},
            }
            for slot, of in voided[::5]
        ]
        where = {"bazaar_id": self.bazaar_id, "live_session_id": self.live_session_id, "received_at": NOW}
        self.add(EntryConflict, [{**row, **where} for row in conflicts])
        for live_session_id, seq in seqs.items():
            self.session.get_one(LiveSession, live_session_id).last_server_seq = seq
        self._add_closings([(slot.id, id_) for slot, id_, was_late in zip(places, ids, late, strict=True) if was_late])

    def _entry(self, slot: _Slot, uuid_: str, kind: EntryKind, seqs: Counter[int], *, is_late: bool = False) -> dict[str, Any]:
        seqs[slot.live_session_id] += 1
        return {
            "bazaar_id": self.bazaar_id,
            "live_session_id": slot.live_session_id,
            "server_seq": seqs[slot.live_session_id],
            "uuid": uuid_,
            "kind": kind,
            "payload_hash": "0" * 64,
            "verdict": Verdict.LATE if is_late else Verdict.STORED,
            "received_at": min(NOW, slot.starts_at + timedelta(minutes=5)),
            "device_name": "hp-1",
            "flags": ["price_differs"] if seqs[slot.live_session_id] % 9 == 0 else [],
        }

    def _add_closings(self, late: list[tuple[int, int]]) -> None:
        self.closed = [slot for slot in self.slots if slot.is_over]
        counted = {"cut_server_seq": 1, "sale_count": 2, "item_count": 4, "amount_idr": 60_000, "void_count": 0, "void_amount_idr": 0}
        rows: list[dict[str, Any]] = [
            {
                "edition_id": self.edition_id,
                "number": n + 1,
                "slot_id": slot.id,
                "vendor_id": slot.vendor_id,
                "planned_at": slot.ends_at,
                "closed_at": slot.ends_at,
                "by_payment_method": {"qris": 60_000},
                **counted,
            }
            for n, slot in enumerate(self.closed)
        ]
        closings = dict(zip((slot.id for slot in self.closed), self.add(Closing, rows), strict=True))
        numbers: dict[int, int] = defaultdict(int)
        supplements = []
        for slot_id, entry_id in late:
            numbers[slot_id] += 1
            row: dict[str, Any] = {"closing_id": closings[slot_id], "number": numbers[slot_id], "entry_id": entry_id, "amount_idr": 30_000}
            supplements.append({**row, "created_at": NOW})
        self.add(Supplement, supplements)
        self.session.get_one(Edition, self.edition_id).closing_count = len(closings)

    def add_drafts(self) -> None:
        """Vendors with a new number, and evenings that end later, as two sheets."""
        vendors = [[n + 2, f"Lapak Berkah {n}", "Bu Baru", "Kopi", f"0812{n:08d}"] for n in range(self.size.vendors)]
        days: list[date] = sorted({slot.starts_at.date() for slot in self.slots})
        evenings = [[n + 2, day.isoformat(), "19.00", "23.45", "15"] for n, day in enumerate(days)]
        sheets = {
            "vendors": (["nama_usaha", "pemilik", "kategori", "telepon"], vendors),
            "sessions": (["tanggal", "mulai", "selesai", "menit_per_giliran"], evenings),
        }
        self.drafts = self.add(
            ImportDraft,
            [
                {
                    "edition_id": self.edition_id,
                    "kind": kind,
                    "file_name": f"{kind}.csv",
                    "rows": {"columns": columns, "rows": rows},
                    "created_at": NOW,
                }
                for kind, (columns, rows) in sheets.items()
            ],
        )

    def filled(self) -> Filled:
        vendor_id = self.slots[-1].vendor_id
        ahead = next(slot for slot in self.slots if slot.starts_at > NOW)
        own = next(slot for slot in self.slots if slot.vendor_id == self.vendors[0])
        return Filled(
            sign_in=self.sign_in,
            tokens=self.tokens,
            values={
                "edition": f"edisi-{self.name}",
                "bazaar": f"bazar-{self.name}",
                "vendor_id": vendor_id,
                "product_id": self.products[self.vendors.index(vendor_id) * self.size.products],
                "live_session_id": self.live_session_id,
                "slot_id": ahead.id,
                "number": 2,
                "published_number": 1,
            },
            several={"draft_id": self.drafts},
            slots={"results.turn": self.closed[-1].id, "vendor.calendar_of_turn": own.id},
        )


# --- Measuring -----------------------------------------------------------------------------------------------------------


def main() -> int:
    """Measure, print, and fail where a limit is passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is asked for (default 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        app = _large_app(Path(folder))
        with app.app_context():
            migrate_database()
            filled = fill_edition(Size(), secret_key=_SECRET_KEY)
        times = {page: _processor_ms(app, filled, page, rounds) for page in filled.pages(app)}
        with app.app_context():
            db.engine.dispose()
    print(describe_machine())
    slow = [page for page, ms in times.items() if ms > LIMITS_MS.get(page.endpoint, MOST_MS)]
    for page, ms in sorted(times.items(), key=lambda item: -item[1]):
        print(f"{ms:7.1f} ms  {page.name}{'  <- above its limit' if page in slow else ''}")
    return 1 if slow else 0


def _large_app(folder: Path) -> Flask:
    settings = read_settings({"INSTANCE_DIR": str(folder), "LOG_LEVEL": "ERROR", "SECRET_KEY": _SECRET_KEY})
    app = create_app(settings, replace(real_outside(settings), channels={}, clock=lambda: NOW))
    app.config["RATELIMIT_ENABLED"] = False
    return app


def _processor_ms(app: Flask, filled: Filled, page: Page, rounds: int) -> float:
    """The median of the rounds after the first."""
    client = app.test_client()
    client.set_cookie("giliran", filled.sign_in)
    spent = []
    for _ in range(rounds + 1):
        before = time.process_time()
        answer = client.get(page.path)
        spent.append((time.process_time() - before) * 1000)
        assert answer.status_code == 200, (page.path, answer.status)
    return statistics.median(spent[1:])


if __name__ == "__main__":
    sys.exit(main())
