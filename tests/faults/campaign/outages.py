"""What is away for a while: the database, a mail server, the scheduler itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from bazaar.database import db
from bazaar.states import ChannelName
from tests.faults.campaign.judge import Verdict, judge
from tests.faults.campaign.kills import is_dead, let_finish, settle_the_rest
from tests.faults.campaign.stage import CampaignStage, Group
from tests.faults.processes import wait_until

Tell = Callable[[str], None]


@dataclass
class Outage:
    """How it ended. `seconds`: from the end of the trouble until nothing was due any more."""

    verdict: Verdict
    seconds: float = 0.0
    survived: bool = True
    """Whether the scheduler lived on through it."""


def run_lock(stage: CampaignStage, *, seconds: float, tell: Tell = lambda _line: None) -> Outage:
    """Somebody holds the database's write lock for so long, while messages fall due and one call is under way."""
    for way in (ChannelName.WHATSAPP, ChannelName.EMAIL):
        stage.settle(Group(way, 12), first_turn_in=timedelta(minutes=30, seconds=3), every=timedelta(seconds=1), leads=(30,))
    pid = stage.start()
    wait_until(lambda: stage.seen, "a call is under way", seconds=60)
    with _locked():
        cut_off = stage.in_flight()
        time.sleep(seconds)
        survived = not is_dead(pid)
    began = time.monotonic()
    if not survived:
        tell(f"the scheduler ended itself ({stage.reap(pid)}) and was started again, as its supervisor would")
        stage.outlive_lease()
        pid = stage.start()
    let_finish(stage, seconds=120)
    ended = time.monotonic() - began
    stage.stop(pid)
    return Outage(_settled(stage, cut_off if not survived else set()), ended, survived)


@contextmanager
def _locked() -> Iterator[None]:
    """No other transaction can write meanwhile."""
    with db.engine.connect() as connection:
        if db.engine.name == "sqlite":
            connection.rollback()
            raw = connection.connection.cursor()
            raw.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                raw.execute("ROLLBACK")
                raw.close()
            return
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE delivery, worker_lease, beat IN ACCESS EXCLUSIVE MODE"))
        yield
        connection.rollback()
        connection.invalidate()  # its settings go with it


def run_slow_mail(stage: CampaignStage, *, stall: float, seconds: float, tell: Tell = lambda _line: None) -> Outage:
    """A mail server that keeps every mail and takes so long to say so; WhatsApp beside it must not notice."""
    stage.settle(Group(ChannelName.EMAIL, 6), first_turn_in=timedelta(minutes=30), every=timedelta(seconds=1), leads=(30,))
    stage.settle(Group(ChannelName.WHATSAPP, 20), first_turn_in=timedelta(minutes=30), every=timedelta(seconds=1), leads=(30,))
    stage.clock.step(21)
    stage.sink.stall_seconds = stall
    pid = stage.start()
    began = time.monotonic()
    whatsapp = stage.services[ChannelName.WHATSAPP]
    wait_until(lambda: len(whatsapp.delivered) == 20, "WhatsApp took its twenty", seconds=120)
    tell(f"20 messages over WhatsApp went within {time.monotonic() - began:.1f} s beside the slow mail server")
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    tell(f"after {seconds:.0f} s the mail server has {len(stage.sink.mails)} copies of 6 mails; from here on it is quick")
    stage.sink.stall_seconds = 0
    began = time.monotonic()
    let_finish(stage, seconds=120)
    ended, survived = time.monotonic() - began, not is_dead(pid)
    stage.stop(pid)
    return Outage(_settled(stage, set()), ended, survived)


def run_down(
    stage: CampaignStage,
    *,
    away: timedelta,
    over: timedelta = timedelta(days=3),
    vendor_count: int = 60,
    tell: Tell = lambda _line: None,
) -> Outage:
    """No scheduler for so long, in the midst of turns that are spread over some days; then one comes back."""
    for way in (ChannelName.WHATSAPP, ChannelName.EMAIL):
        stage.settle(
            Group(way, vendor_count // 2),
            first_turn_in=timedelta(minutes=45),
            every=over / (vendor_count // 2),
            leads=(1440, 30, 10),
        )
    pid = stage.start()
    let_finish(stage)
    stage.kill(pid)
    before = len(stage.seen)
    stage.clock.step(away.total_seconds())
    pid = stage.start()
    began = time.monotonic()
    let_finish(stage, seconds=120)
    ended, survived = time.monotonic() - began, not is_dead(pid)
    tell(f"back after {away}: {len(stage.seen) - before} messages that still help went within {ended:.1f} s")
    stage.stop(pid)
    return Outage(_settled(stage, set()), ended, survived)


def _settled(stage: CampaignStage, cut_off: set[tuple[int, int]]) -> Verdict:
    settle_the_rest(stage)
    return judge(stage, cut_off)
