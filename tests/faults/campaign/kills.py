"""`kill -9` at named points and at random instants of an outbox at work."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from bazaar.database import reading
from bazaar.reminders.keys import message_key
from bazaar.states import ChannelName
from models import Beat, Delivery, Reminder
from tests.faults.campaign.judge import Verdict, judge
from tests.faults.campaign.nursery import POINTS
from tests.faults.campaign.stage import CampaignStage, Group
from tests.reminders.channels.doubles.server import Call, Delivered, Reply

IN_CALL = ("in call, before the service had it", "in call, when the service had it")
RANDOM = "at random"
ANYWHERE = (*POINTS, RANDOM, *IN_CALL, RANDOM)
"""One after the other: each kind gets its share."""
PATIENCE_SECONDS = 3.0
"""So long a scheduler may take to come to its point; then it is killed where it is."""


@dataclass
class Kills:
    """How many, and where each of them struck."""

    verdict: Verdict
    struck: Counter[str] = field(default_factory=Counter)
    rounds: int = 0


def settle_for_kills(stage: CampaignStage, deliveries: int, *, kill_count: int, every: timedelta | None = None) -> None:
    """Six bazaars, one for each way: each vendor has two reminders and a summary.

    Turns are spread over twice as long as the leases of so many kills take, unless told otherwise: nothing need pile up.
    """
    ways = (
        Group(ChannelName.WHATSAPP, 0),
        Group(ChannelName.WHATSAPP, 0, has_email=True),
        Group(ChannelName.WEBHOOK, 0),
        Group(ChannelName.EMAIL, 0),
        Group(ChannelName.TELEGRAM, 0),
        Group(ChannelName.FONNTE, 0, has_email=True),
    )
    each = -(-deliveries // (3 * len(ways)))
    every = every or timedelta(seconds=max(1.0, kill_count * 2 * 21 / each))
    for way in ways:
        stage.settle(Group(way.channel, each, has_email=way.has_email), first_turn_in=timedelta(minutes=30, seconds=5), every=every)


def run_kills(
    stage: CampaignStage,
    dice: Random,
    count: int,
    *,
    points: Sequence[str] = ANYWHERE,
    seconds: float = float("inf"),
    tell: Callable[[str], None] = lambda _line: None,
) -> Kills:
    """Start a scheduler, kill it, let its lease run out, start the next one; at the end one that is left alone settles the rest.

    After so many `seconds` nobody is killed any more, however few there were.
    """
    began = time.monotonic()
    cut_off: set[tuple[int, int]] = set()
    struck: Counter[str] = Counter()
    trap = _Trap(stage)
    for number in range(count):
        if time.monotonic() > began + seconds:
            break
        _wait_for_work(stage)
        struck[_strike(stage, trap, dice, points[number % len(points)])] += 1
        cut_off |= stage.in_flight()
        report(stage, dice)
        stage.outlive_lease()
        if number % 50 == 49:
            tell(f"{number + 1} kills, {len(stage.seen)} calls, {len(cut_off)} of them cut off")
    rounds = settle_the_rest(stage)
    return Kills(judge(stage, cut_off), struck, rounds)


class _Trap:
    """Kills the scheduler from inside a service, in the middle of a call."""

    def __init__(self, stage: CampaignStage) -> None:
        self.where = ""
        self.pid = 0
        self.left = 0
        for service in stage.services.values():
            service.fault_of = self._before
            self._listen_after(service)

    def set(self, where: str, pid: int, nth: int = 1) -> None:
        """Wait for a scheduler's nth call; '' takes the trap away."""
        self.pid, self.where, self.left = pid, where, nth

    def _before(self, _call: Call) -> None:
        if self.where == IN_CALL[0]:
            self._spring()

    def _listen_after(self, service: Any) -> None:
        answer = service.yes

        def yes(message: Delivered) -> Reply:
            if self.where == IN_CALL[1]:
                self._spring()
            reply: Reply = answer(message)
            return reply

        service.yes = yes

    def _spring(self) -> None:
        self.left -= 1
        if self.left:
            return
        self.where = ""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def _strike(stage: CampaignStage, trap: _Trap, dice: Random, where: str) -> str:
    """One life and its end; where it ended."""
    nth = dice.choice((1, 2, 3, 5, 8)) if where != POINTS[0] else 1
    pid = stage.start(where if where in POINTS else "-", nth)
    trap.set(where, pid, nth)
    if where == RANDOM:
        time.sleep(dice.uniform(0.0, 1.2))
        is_struck = True
    else:
        is_struck = _ended_by_itself(stage, pid)
    trap.set("", 0)
    stage.kill(pid)
    return where if is_struck else "idle, as it did not come to its point"


def _ended_by_itself(stage: CampaignStage, pid: int) -> bool:
    """Whether it came to its point; False as soon as nothing is left to do for it."""
    began = looked_at = time.monotonic()
    while time.monotonic() < began + PATIENCE_SECONDS:
        if is_dead(pid):
            return True
        if time.monotonic() > looked_at + 0.5:
            looked_at = time.monotonic()
            if not stage.is_busy():
                return is_dead(pid)
        time.sleep(0.01)
    return False


def is_dead(pid: int) -> bool:
    """It is the nursery's child: dead, but not yet reaped."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 (read often)
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _wait_for_work(stage: CampaignStage) -> None:
    """Set the clock to when the next message is due: a kill of somebody idle shows nothing."""
    due = stage.next_due()
    if due is not None and (left := (due - stage.clock()).total_seconds()) > 0:
        stage.clock.step(min(left, 600))


def report(stage: CampaignStage, dice: Random) -> None:
    """WhatsApp says of most of the newest messages that they arrived, also of those whose end no scheduler saw."""
    whatsapp = stage.services[ChannelName.WHATSAPP]
    fresh = whatsapp.delivered[stage.reported_count :]
    stage.reported_count += len(fresh)
    if any(message.key not in stage.slugs for message in fresh):
        stage.slugs.update(_slugs(stage))
    for message in fresh:
        if dice.random() < 0.8:
            posted = whatsapp.report(message, "delivered")
            stage.post(f"/api/v1/kabar/{stage.slugs[message.key]}/whatsapp", data=posted.body, headers=dict(posted.headers))


def _slugs(stage: CampaignStage) -> dict[str, str]:
    """The bazaar of each message, by its key."""
    slug_of = {group.edition_id: group.slug for group in stage.groups}
    with reading() as session:
        rows = session.execute(select(Delivery, Reminder).join(Reminder).where(Delivery.channel == ChannelName.WHATSAPP)).all()
        return {message_key(delivery, reminder): slug_of[reminder.edition_id] for delivery, reminder in rows}


def settle_the_rest(stage: CampaignStage) -> int:
    """Whatever is still to come, with schedulers that nobody kills: short lives, the clock set forward between them."""
    rounds = 0
    while rounds < 500:
        due = stage.next_due()
        if due is None and stage.last_turn_ends_at is not None and stage.clock() < stage.last_turn_ends_at + timedelta(minutes=5):
            due = stage.last_turn_ends_at + timedelta(minutes=5)  # the summaries are not planned yet
        if due is None:
            break
        rounds += 1
        stage.clock.step(max(120.0, (due - stage.clock()).total_seconds() + 20))
        pid = stage.start()
        let_finish(stage)
        stage.stop(pid)
    return rounds


def let_finish(stage: CampaignStage, *, seconds: float = 30.0) -> None:
    """Until every beat has had a pass of its own, and nothing is due or under way."""
    since, deadline = stage.clock(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if not stage.is_busy() and _beats_since(since) >= {"plan", "close", "pump"}:
            return


def _beats_since(at: datetime) -> set[str]:
    with reading() as session:
        return set(session.scalars(select(Beat.name).where(Beat.finished_at > at)))
