"""Plays what lies behind in the sample edition: reminders, answers, sales, closings, lost minutes, viewers, each at its own instant.

The amounts follow what organizers of such bazaars report: a median of three orders in a turn, about one turn in seven
without any, three to five in a hundred entries voided, a few claims that arrive after the turn.
"""

import random  # noqa: TID251 (seeded dice only: a draw can be replayed)
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select

from bazaar.closings.close import close_due_turns
from bazaar.database import reading
from bazaar.editions.air_reports import note_loss
from bazaar.editions.audience import note_viewers
from bazaar.outside import Outside
from bazaar.reminders.channels.base import Channel, Message, Receipt
from bazaar.reminders.dispatch import dispatch_due
from bazaar.reminders.hand import hand_list, tick_off
from bazaar.sales.entry import store_entries
from bazaar.states import AnswerKind, ChannelName
from bazaar.turns import PublishedTurn, published_turns
from bazaar.vendors.answers import answer_turn
from models import Product, Reminder, Slot

BUYERS = ("Mbak Laras", "Bu Yuliana", "Pak Warsito", "Mas Bayu", "Bu Endang", "Kak Nisa", "Pak Hendra", "Bu Wulan", "Mbak Tika", "Om Rudi")
BUYERS_ABROAD = ("Mbak Rini (Hong Kong)", "Mas Joko (Malaysia)", "Bu Lastri (Taiwan)")
ORDERS_IN_A_TURN = (0, 0, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8, 11)
PAYMENT_METHODS = ("qris", "qris", "qris", "transfer", "transfer", "ewallet")
READY_SHARE, UNABLE_SHARE = 0.9, 0.03
VOID_SHARE, LATE_SHARE = 0.04, 0.04
LOST = ((4, 6, "Internet putus"), (13, 14, "Listrik padam"))
"""Which turns broke off: (place among all turns, minutes lost, why). The second failed, so its vendor is owed another."""
VIEWERS_AT_LEAST, VIEWERS_AT_MOST = 35, 140
CLOSED_AFTER = timedelta(seconds=130)
"""Two minutes of grace, then the next beat."""


@dataclass(frozen=True)
class Moment:
    """Something that happened at an instant."""

    at: datetime
    order: int
    happen: Callable[[datetime], None]


@dataclass
class SilentChannel:
    """Takes every message and tells nobody."""

    name: ChannelName

    def send(self, message: Message) -> Receipt:
        return Receipt()


def play_history(edition_id: int, outside: Outside, dice: random.Random, *, by: int, now: datetime) -> None:
    """Everything that happened in the edition before `now`, in order. Nothing is sent anywhere; no other edition may exist yet."""
    stage = _stage(edition_id)
    order = count()
    channels: Mapping[ChannelName, Channel] = {name: SilentChannel(name) for name in (ChannelName.EMAIL, ChannelName.CONSOLE)}

    def send(at: datetime) -> None:
        dispatch_due(replace(outside, clock=lambda: at, channels=channels), now=at)
        for line in hand_list(edition_id, outside.links, now=at):
            if at < now - timedelta(hours=1):
                tick_off(edition_id, line.delivery_id, by=by, now=at)

    moments = [Moment(at, next(order), send) for at in _reminder_instants(edition_id, now)]
    for turn in stage.turns:
        moments += _moments_of_turn(edition_id, turn, stage, dice, order, now)
    moments += [Moment(ends_at + CLOSED_AFTER, next(order), _close) for ends_at in sorted({turn.ends_at for turn in stage.turns})]
    moments += [Moment(at, next(order), happen) for at, happen in (*_breakdowns(stage, by), *_audiences(stage, by))]
    _play(moments, now)


def play_live_session(edition_id: int, live_session_id: int, dice: random.Random, *, now: datetime) -> None:
    """Answers and sales of one live session before `now`; its messages and closings are left to the scheduler."""
    stage = _stage(edition_id)
    order = count()
    moments: list[Moment] = []
    for turn in stage.turns:
        if turn.live_session_id == live_session_id:
            moments += _moments_of_turn(edition_id, turn, stage, dice, order, now)
    _play(moments, now)


def _play(moments: list[Moment], now: datetime) -> None:
    for moment in sorted(moments, key=lambda moment: (moment.at, moment.order)):
        if moment.at < now:
            moment.happen(moment.at)


def _close(at: datetime) -> None:
    close_due_turns(now=at)


@dataclass(frozen=True)
class Stage:
    """What the players need: the turns, what each vendor sells (code, price), and where each slot lies."""

    turns: list[PublishedTurn]
    products: dict[int, list[tuple[str, int]]]
    places: dict[int, tuple[int, int]]  # slot id -> (live session id, position)


def _stage(edition_id: int) -> Stage:
    with reading() as session:
        products: dict[int, list[tuple[str, int]]] = {}
        for vendor_id, code, price in session.execute(
            select(Product.vendor_id, Product.code, Product.price_idr).where(Product.edition_id == edition_id).order_by(Product.id)
        ):
            products.setdefault(vendor_id, []).append((code, price))
        rows = session.execute(select(Slot.id, Slot.live_session_id, Slot.position).where(Slot.edition_id == edition_id))
        places = {slot_id: (live_session_id, position) for slot_id, live_session_id, position in rows}
        return Stage(published_turns(session, edition_id), products, places)


def _breakdowns(stage: Stage, by: int) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """A connection that was lost, and one that failed: noted when the turn was over."""
    for place, minutes, why in LOST:
        if place < len(stage.turns):
            turn = stage.turns[place]

            def note(at: datetime, slot_id: int = turn.slot_id, minutes: int = minutes, why: str = why) -> None:
                note_loss(slot_id, lost_minutes=minutes, reason=why, by=by, now=at)

            yield turn.ends_at + timedelta(minutes=1), note


def _audiences(stage: Stage, by: int) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """How many watched each evening, noted at its end."""
    ends = {stage.places[turn.slot_id][0]: turn.ends_at for turn in stage.turns}
    for live_session_id, ends_at in ends.items():
        dice = random.Random(live_session_id)  # noqa: S311 (seeded dice: the same in every demonstration)

        def note(at: datetime, live_session_id: int = live_session_id, dice: random.Random = dice) -> None:
            note_viewers(live_session_id, dice.randint(VIEWERS_AT_LEAST, VIEWERS_AT_MOST), by=by, now=at)

        yield ends_at + timedelta(minutes=2), note


def _reminder_instants(edition_id: int, now: datetime) -> list[datetime]:
    with reading() as session:
        return list(
            session.scalars(
                select(Reminder.due_at).where(Reminder.edition_id == edition_id, Reminder.due_at < now).distinct().order_by(Reminder.due_at)
            )
        )


def _moments_of_turn(
    edition_id: int,
    turn: PublishedTurn,
    stage: Stage,
    dice: random.Random,
    order: "count[int]",
    now: datetime,
) -> list[Moment]:
    moments = []
    products, place = stage.products.get(turn.vendor_id, []), stage.places[turn.slot_id]
    lot = dice.random()
    if lot < READY_SHARE + UNABLE_SHARE:
        kind = AnswerKind.READY if lot < READY_SHARE or turn.starts_at < now else AnswerKind.UNABLE

        def answer(at: datetime) -> None:
            answer_turn(edition_id, turn.slot_id, turn.vendor_id, kind, now=at)

        moments.append(Moment(turn.starts_at - timedelta(hours=dice.randint(2, 22)), next(order), answer))
    if products:
        entries = _entries(products, place[1], dice)
        for offset, entry in entries:
            moments.append(Moment(turn.starts_at + offset, next(order), _log(place[0], entry)))
    return moments


def _log(live_session_id: int, entry: dict[str, object]) -> Callable[[datetime], None]:
    def log(at: datetime) -> None:
        store_entries(live_session_id, [{**entry, "recorded_at": at.isoformat()}], device_name="hp-contoh", now=at)

    return log


def _entries(products: list[tuple[str, int]], position: int, dice: random.Random) -> list[tuple[timedelta, dict[str, object]]]:
    """(seconds after the start of the turn, entry) for one turn."""
    entries: list[tuple[timedelta, dict[str, object]]] = []
    for _ in range(dice.choice(ORDERS_IN_A_TURN)):
        code, price = dice.choice(products)
        offset = dice.randint(90, 15 * 60 + 60) if dice.random() > LATE_SHARE else dice.randint(17 * 60 + 5, 19 * 60)
        sale_uuid = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        sale: dict[str, object] = {
            "uuid": sale_uuid,
            "kind": "sale",
            "slot_position": position,
            "product_code": code,
            "qty": dice.choice((1, 1, 1, 2, 2, 3)),
            "unit_price_idr": price,
            "buyer_alias": dice.choice(BUYERS if dice.random() < 0.85 else BUYERS_ABROAD),
            "payment_method": dice.choice(PAYMENT_METHODS),
            "device": "hp-contoh",
        }
        entries.append((timedelta(seconds=offset), sale))
        if dice.random() < VOID_SHARE:
            void_uuid = str(uuid.UUID(int=dice.getrandbits(128), version=4))
            void = {
                "uuid": void_uuid,
                "kind": "void",
                "void_of": sale_uuid,
                "slot_position": position,
                "reason": "salah catat",
                "device": "hp-contoh",
            }
            entries.append((timedelta(seconds=offset + 20), void))
    return entries
