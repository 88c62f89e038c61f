"""Evening after evening of the sample edition, until all 73 vendors have stood there, on a clock moved by hand.

(On PostgreSQL for a week: another database might lose a message or a sale on any evening, not only on the fifteenth.)

Organizer, vendors and phones act through the doors they really use; the beats are the scheduler's own. What must come out is
worked out here from the published turns alone: every message, every total, and nobody gets anything twice.
"""

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bazaar.database import reading
from bazaar.demo.load import shifted_csv
from bazaar.editions.bazaars import create_bazaar
from bazaar.editions.build import build_rotation
from bazaar.editions.edition_settings import EditionData, create_edition
from bazaar.editions.importing.run import run_import
from bazaar.editions.importing.table import read_table
from bazaar.editions.publish import publish_rotation
from bazaar.editions.scope import bazaar_id_of, edition_ref
from bazaar.outside import Outside
from bazaar.reminders.hand import hand_list
from bazaar.rotation.solve import solve
from bazaar.sales.devices import add_device
from bazaar.states import ReminderKind
from bazaar.turns import PublishedTurn, published_turns
from bazaar.vendors.links import vendor_link
from models import Answer, Closing, Delivery, Product, Reminder, Slot, Supplement, Vendor
from scheduler import run_beat
from tests import factories
from tests.conftest import KIND, World

SHIFT = timedelta(weeks=264)  # 13 April 2021 becomes 5 May 2026, a Tuesday too
FIRST_DAY, LAST_DAY = date(2021, 4, 13) + SHIFT, date(2021, 5, 12) + SHIFT
TICK = timedelta(minutes=5)
GRACE = timedelta(seconds=120)
LEADS = (timedelta(hours=24), timedelta(minutes=30), timedelta(minutes=10))


@dataclass
class Books:
    """What one turn should come to, by the test's own reckoning. Rupiah and pieces."""

    amount: int = 0
    pieces: int = 0
    orders: int = 0
    voided: int = 0
    late_amounts: list[int] = field(default_factory=list)


@dataclass
class Stage:
    """The edition on the table and everybody's way in."""

    app: Flask
    world: World
    organizer: FlaskClient
    slug: str
    edition_id: int
    organizer_id: int
    turns: list[PublishedTurn]
    has_email: dict[int, bool]
    products: dict[int, list[tuple[str, int]]]
    positions: dict[int, int]
    by_hand: Counter[tuple[int, str, datetime]] = field(default_factory=Counter)
    books: dict[int, Books] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    ready_since: dict[int, datetime] = field(default_factory=dict)  # by slot: when its vendor said siap

    @property
    def outside(self) -> Outside:
        found: Outside = self.app.extensions["giliran.outside"]
        return found


def set_the_stage(app: Flask, world: World) -> Stage:
    """A bazaar, its edition, the four sheets, a rotation, published a week before."""
    world.now = datetime(2026, 4, 28, 3, 0, tzinfo=world.now.tzinfo)
    organizer_id = factories.make_account(name="Rani Prameswari")
    bazaar = create_bazaar("Pasar Virtual Jember", "Jember", "0812 0000 1999", by=organizer_id, now=world.now)
    data = EditionData("Bazar Ramadhan", FIRST_DAY, LAST_DAY)
    slug = create_edition(bazaar_id_of(bazaar), data, by=organizer_id, now=world.now)
    edition_id = edition_ref(slug).id
    for kind in ("vendors", "products", "history", "sessions"):
        run_import(edition_id, kind, read_table(f"{kind}.csv", shifted_csv(kind, SHIFT)), by=organizer_id, now=world.now)
    built = build_rotation(edition_id, seed=3, planner=solve, by=organizer_id, now=world.now)
    publish_rotation(built.rotation_id, by=organizer_id, now=world.now)
    client = app.test_client()
    factories.sign_in(client, factories.make_sign_in(account_id=organizer_id, at=datetime(2026, 5, 4, tzinfo=world.now.tzinfo)))
    with reading() as session:
        products: dict[int, list[tuple[str, int]]] = {}
        for vendor_id, code, price in session.execute(select(Product.vendor_id, Product.code, Product.price_idr).order_by(Product.id)):
            products.setdefault(vendor_id, []).append((code, price))
        return Stage(
            app=app,
            world=world,
            organizer=client,
            slug=slug,
            edition_id=edition_id,
            organizer_id=organizer_id,
            turns=published_turns(session, edition_id),
            has_email={vendor.id: bool(vendor.email) for vendor in session.scalars(select(Vendor))},
            products=products,
            positions=dict(session.execute(select(Slot.id, Slot.position)).all()),
        )


def evenings_until_everybody_stood_there(stage: Stage) -> list[PublishedTurn]:
    """The turns up to the end of the day on which the last vendor has a first turn; on PostgreSQL those of seven days."""
    first: dict[int, datetime] = {}
    for turn in stage.turns:
        first.setdefault(turn.vendor_id, turn.starts_at)
    assert len(first) == 73
    end = max(first.values()) + timedelta(hours=4) if KIND == "sqlite" else min(first.values()) + timedelta(days=7)
    return [turn for turn in stage.turns if turn.starts_at < end]


def beat(stage: Stage) -> None:
    """One pass of the beats that matter at this hour, then the organizer sends what waits by hand and ticks it off."""
    for name in ("close", "pump") if stage.world.now.minute else ("close", "plan", "pump"):
        while run_beat(stage.app, name):
            pass
    for line in hand_list(stage.edition_id, stage.outside.links, now=stage.world.now):
        assert line.url.startswith("https://wa.me/62812")
        answer = stage.organizer.post(f"/panitia/{stage.slug}/pesan/{line.delivery_id}/terkirim")
        assert answer.status_code == 303
        assert line.turn_starts_at is not None
        stage.by_hand[line.vendor_id, _occasion(line.kind, line.lead_minutes), line.turn_starts_at] += 1


def _occasion(kind: ReminderKind, lead_minutes: int | None) -> str:
    return f"{kind.value}:{lead_minutes}" if kind is ReminderKind.BEFORE else kind.value


def confirm(stage: Stage, turn: PublishedTurn) -> None:
    """The vendor opens the link, as messengers' previews do too, and presses Siap."""
    nonce = vendor_link(stage.edition_id, turn.vendor_id, stage.outside.links.secret_key, now=stage.world.now)
    path = stage.outside.links.vendor(nonce).removeprefix(stage.outside.links.public_url)
    phone = stage.app.test_client()
    for _ in range(2):
        assert phone.get(path).status_code == 200
    assert phone.post(path, data={"slot_id": turn.slot_id, "answer": "ready"}).status_code == 303
    stage.ready_since.setdefault(turn.slot_id, stage.world.now)


def sell(stage: Stage, turn: PublishedTurn, dice: random.Random) -> None:
    """What the phone at the host's hand logs during a turn: sales, sometimes a void, and the whole batch once more for good measure."""
    books = stage.books.setdefault(turn.slot_id, Books())
    entries: list[dict[str, Any]] = []
    for _ in range(dice.choice((0, 1, 2, 3, 5))):
        entries.append(_sale(stage, turn, dice))
    voided = entries[:1] if entries and dice.random() < 0.3 else []
    for sale in entries:
        if sale in voided:
            books.voided += sale["qty"] * sale["unit_price_idr"]
        else:
            books.orders += 1
            books.pieces += sale["qty"]
            books.amount += sale["qty"] * sale["unit_price_idr"]
    entries += [_void(turn, sale, dice, stage) for sale in voided]
    if entries:
        assert _post(stage, turn, entries) == ["stored"] * len(entries)
        assert _post(stage, turn, entries) == ["duplicate"] * len(entries)


def sell_late(stage: Stage, turn: PublishedTurn, dice: random.Random) -> None:
    """A claim that arrives after the grace: a supplement of its own turn."""
    sale = _sale(stage, turn, dice)
    stage.books.setdefault(turn.slot_id, Books()).late_amounts.append(sale["qty"] * sale["unit_price_idr"])
    assert _post(stage, turn, [sale]) == ["late"]


def _sale(stage: Stage, turn: PublishedTurn, dice: random.Random) -> dict[str, Any]:
    code, price = dice.choice(stage.products[turn.vendor_id])
    return {
        "uuid": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "kind": "sale",
        "slot_position": stage.positions[turn.slot_id],
        "product_code": code,
        "qty": dice.randint(1, 3),
        "unit_price_idr": price,
        "buyer_alias": "Mbak Laras",
        "payment_method": dice.choice(("qris", "transfer", "ewallet")),
        "recorded_at": stage.world.now.isoformat(),
        "device": "hp-1",
    }


def _void(turn: PublishedTurn, sale: dict[str, Any], dice: random.Random, stage: Stage) -> dict[str, Any]:
    return {
        "uuid": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "kind": "void",
        "void_of": sale["uuid"],
        "slot_position": stage.positions[turn.slot_id],
        "reason": "salah ketik",
        "recorded_at": stage.world.now.isoformat(),
        "device": "hp-1",
    }


def _post(stage: Stage, turn: PublishedTurn, entries: list[dict[str, Any]]) -> list[str]:
    if turn.live_session_id not in stage.keys:
        stage.keys[turn.live_session_id] = add_device(turn.live_session_id, "hp-1", by=stage.organizer_id, now=stage.world.now).key
    answer = stage.app.test_client().post(
        f"/api/v1/live-sessions/{turn.live_session_id}/entries",
        json={"device": "hp-1", "entries": entries},
        headers={"Authorization": f"Bearer {stage.keys[turn.live_session_id]}"},
    )
    assert answer.status_code == 200, answer.text
    return [verdict["verdict"] for verdict in answer.json["verdicts"]]


def instants_to_play(stage: Stage, turns: list[PublishedTurn]) -> list[datetime]:
    """Every five minutes while anything can happen, none in between: a day off the air needs no ticking."""
    busy: set[datetime] = set()
    for turn in stage.turns:
        for at in (*(turn.starts_at - lead for lead in LEADS), turn.starts_at + TICK, turn.ends_at + TICK):
            busy.add(at)
    end = max(turn.ends_at for turn in turns) + TICK
    return sorted(at for at in busy if stage.world.now < at <= end)


@pytest.mark.timeout(400)
def test_every_message_and_every_total_is_right_and_nobody_gets_anything_twice(app: Flask, world: World) -> None:
    stage = set_the_stage(app, world)
    turns = evenings_until_everybody_stood_there(stage)
    dice = random.Random(1442)
    lately = {turn.slot_id for turn in turns if dice.random() < 0.15}
    instants = instants_to_play(stage, turns)

    for at in instants:
        world.now = at
        for turn in stage.turns:
            if at == turn.starts_at - LEADS[0] + TICK or (at == turn.starts_at - LEADS[1] and dice.random() < 0.5):
                confirm(stage, turn)
            if at == turn.starts_at + TICK:
                sell(stage, turn, dice)
            if at == turn.ends_at + TICK and turn.slot_id in lately:
                sell_late(stage, turn, dice)
        beat(stage)

    assert messages_that_went(stage) == messages_that_ought_to_go(stage, turns, instants[-1])
    assert_books(stage, turns)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) > (73 if KIND == "sqlite" else 30)


def messages_that_ought_to_go(stage: Stage, turns: list[PublishedTurn], end: datetime) -> Counter[tuple[int, str, datetime]]:
    """The reminders before each turn whose time has come and that its vendor's answer left of use, one summary after each closed turn."""
    wanted: Counter[tuple[int, str, datetime]] = Counter()
    for turn in stage.turns:
        for lead in LEADS:
            if turn.starts_at - lead <= end and is_of_use(turn, lead, stage.ready_since.get(turn.slot_id)):
                wanted[turn.vendor_id, f"before:{int(lead.total_seconds()) // 60}", turn.starts_at] += 1
    for turn in turns:
        wanted[turn.vendor_id, "recap", turn.starts_at] += 1
    return wanted


def is_of_use(turn: PublishedTurn, lead: timedelta, ready_since: datetime | None) -> bool:
    """What went before the answer went; after it only the half hour's, where siap was said more than half a day before."""
    if ready_since is None or turn.starts_at - lead < ready_since:
        return True
    return lead == LEADS[1] and turn.starts_at - ready_since > timedelta(hours=12)


def messages_that_went(stage: Stage) -> Counter[tuple[int, str, datetime]]:
    """What the mail channel took and what was ticked off, each with the address it went to."""
    with reading() as session:
        rows = session.execute(
            select(Delivery.provider_ref, Reminder, Vendor)
            .join(Reminder, Reminder.id == Delivery.reminder_id)
            .join(Vendor, Vendor.id == Reminder.vendor_id)
            .where(Delivery.provider_ref.is_not(None))
        ).all()
    about = {reference: (reminder, vendor) for reference, reminder, vendor in rows}
    went = Counter(stage.by_hand)
    for number, message in enumerate(stage.world.email.sent, start=1):
        reminder, vendor = about[f"email-{number}"]
        assert message.to_address == vendor.email
        assert vendor.owner_name.split()[-1] in message.text
        went[vendor.id, _occasion(reminder.kind, reminder.lead_minutes), reminder.turn_starts_at] += 1
    assert stage.world.console.sent == []
    return went


def assert_books(stage: Stage, turns: list[PublishedTurn]) -> None:
    """Each turn has one closing with exactly its sales; late ones stand beside it; numbers run without a gap."""
    with reading() as session:
        closings = {closing.slot_id: closing for closing in session.scalars(select(Closing))}
        supplements: dict[int, list[int]] = {}
        for slot_id, amount in session.execute(
            select(Closing.slot_id, Supplement.amount_idr).join(Supplement, Supplement.closing_id == Closing.id).order_by(Supplement.id)
        ):
            supplements.setdefault(slot_id, []).append(amount)
    assert set(closings) == {turn.slot_id for turn in turns}
    assert sorted(closing.number for closing in closings.values()) == list(range(1, len(turns) + 1))
    for turn in turns:
        closing, books = closings[turn.slot_id], stage.books.get(turn.slot_id, Books())
        assert closing.vendor_id == turn.vendor_id
        assert (closing.amount_idr, closing.item_count, closing.sale_count) == (books.amount, books.pieces, books.orders)
        assert closing.void_amount_idr == books.voided
        assert sum(closing.by_payment_method.values()) == books.amount
        assert supplements.get(turn.slot_id, []) == books.late_amounts
        assert closing.planned_at == turn.ends_at + GRACE
