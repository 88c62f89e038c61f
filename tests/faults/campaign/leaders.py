"""Several schedulers on one database, and the one that sends is killed or frozen again and again. Nothing is hurried: leases and beats
take the time that they take."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bazaar.states import ChannelName
from tests.faults.campaign.judge import Verdict, judge
from tests.faults.campaign.kills import let_finish
from tests.faults.campaign.stage import CampaignStage, Group
from tests.faults.processes import freeze_between_transactions, wait_until
from tests.reminders.channels.doubles.server import Delivered, Reply

SLOWEST_ANSWER_SECONDS = 1.5
GIVE_UP_SECONDS = 90


@dataclass
class Takeovers:
    """How long nobody could send, after each kill and each freeze."""

    verdict: Verdict
    killed: list[float] = field(default_factory=list)
    frozen: list[float] = field(default_factory=list)


def settle_for_leaders(stage: CampaignStage, count: int) -> None:
    """A WhatsApp that is slow to answer, and a message due every three seconds for as long as the rounds take."""
    whatsapp: Any = stage.services[ChannelName.WHATSAPP]
    answer, dice = whatsapp.yes, Random(count)

    def slowly(message: Delivered) -> Reply:
        time.sleep(dice.uniform(0, SLOWEST_ANSWER_SECONDS))
        reply: Reply = answer(message)
        return reply

    whatsapp.yes = slowly
    stage.settle(
        Group(ChannelName.WHATSAPP, 8 * count + 2),
        first_turn_in=timedelta(minutes=30, seconds=5),
        every=timedelta(seconds=3),
        leads=(30,),
    )


def run_leaders(stage: CampaignStage, dice: Random, count: int, *, tell: Callable[[str], None] = lambda _line: None) -> Takeovers:
    """Two to five schedulers; each round ends the leader's turn by a kill or a freeze, half of them in the middle of a call."""
    cut_off: set[tuple[int, int]] = set()
    killed: list[float] = []
    frozen: list[float] = []
    crew: list[int] = []
    for number in range(count):
        _man(stage, crew, dice.randint(2, 5))
        leader = _wait_for_leader(stage, crew)
        if dice.random() < 0.5:
            _wait_for_call(stage)
        else:
            time.sleep(dice.uniform(0, 6))
        is_kill = dice.random() < 0.5
        if is_kill:
            stage.kill(leader)
            crew.remove(leader)
            cut_off |= stage.in_flight(of=leader)
        else:
            freeze_between_transactions(leader, seconds=GIVE_UP_SECONDS)
        seconds = _takeover(stage, leader)
        (killed if is_kill else frozen).append(seconds)
        if not is_kill:
            time.sleep(dice.uniform(0, 3))  # the new leader may have looked at what the frozen one had in hand, or not yet
            os.kill(leader, signal.SIGCONT)
        tell(f"round {number + 1}: {len(crew)} left, {'killed' if is_kill else 'frozen'}, taken over after {seconds:.1f} s")
    _man(stage, crew, 1)
    let_finish(stage, seconds=60)
    for pid in crew:
        stage.stop(pid)
    return Takeovers(judge(stage, cut_off, is_over=False), killed, frozen)


def _man(stage: CampaignStage, crew: list[int], wanted: int) -> None:
    while len(crew) > wanted:
        stage.stop(crew.pop(0))
    while len(crew) < wanted:
        crew.append(stage.start())


def _leader(stage: CampaignStage) -> int:
    """The process that may send now; 0: none."""
    lease = stage.lease()
    return int(lease.owner.split(":")[1]) if lease is not None and lease.expires_at > stage.clock() else 0


def _wait_for_leader(stage: CampaignStage, crew: list[int]) -> int:
    seen: list[int] = []

    def one_leads() -> bool:
        seen.append(_leader(stage))
        return seen[-1] in crew

    wait_until(one_leads, "somebody took the lease", seconds=GIVE_UP_SECONDS)
    return seen[-1]


def _wait_for_call(stage: CampaignStage) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and not stage.in_flight():
        time.sleep(0.02)


def _takeover(stage: CampaignStage, old: int) -> float:
    began = time.monotonic()
    wait_until(lambda: _leader(stage) not in (0, old), "somebody took over", seconds=GIVE_UP_SECONDS)
    return time.monotonic() - began
