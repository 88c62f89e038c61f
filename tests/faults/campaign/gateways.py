"""Every fault of every service, each with a bazaar and a service of its own, so that none is judged by its neighbour's breaker."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy import select

from bazaar.database import reading
from bazaar.reminders.channels.kinds import KINDS, AfterCrash
from bazaar.states import ChannelName, DeliveryState
from models import Delivery, DeliveryEvent, Reminder
from tests.faults.campaign.kills import let_finish
from tests.faults.campaign.stage import MADE_BY, CampaignStage, Group
from tests.reminders.channels.doubles.server import DELIVERS_FIRST, Fault, Service, running

WAITS_SECONDS = (25, 25, 25, 25, 95, 25, 300, 400, 25)
"""From one scheduler's end to the next one's start: past pauses, the wait for a provider's word, and ten minutes' silence."""
LATER_WORDS = ("sent", "delivered", "read")


@dataclass(frozen=True)
class Case:
    """One fault of one service, and what came of the message."""

    channel: ChannelName
    fault: Fault | None
    calls: int
    arrived: int
    mails: int
    states: dict[str, str]
    was_unknown: bool

    def wrong(self) -> str:
        """What must not be; empty where all is well."""
        if self.arrived > 1:
            return "doubled"
        if KINDS[self.channel].after_crash is AfterCrash.UNKNOWN and self.fault in DELIVERS_FIRST and self.calls > 1:
            return "called again over a channel that must not"
        told = {"accepted", "delivered", "read"}
        if not self.arrived and not self.mails and not set(self.states.values()) & {"dead", "unresolved", "waiting_for_hand", "expired"}:
            return "lost silently"
        if self.states[self.channel] in told and not self.arrived and self.fault is not Fault.SWALLOWED:
            return "told, and the service does not have it"
        if self.fault is Fault.SWALLOWED and not self.mails:
            return "silence was not noticed"
        return ""

    def line(self) -> str:
        """A row of the table."""
        states = ", ".join(f"{channel} {state}" for channel, state in self.states.items())
        seen = "unknown, then " if self.was_unknown else ""
        return (
            f"{self.channel:9} {self.fault or 'no fault':13} calls {self.calls}, arrived {self.arrived}, mails {self.mails}: {seen}{states}"
        )


def run_gateways(
    stage: CampaignStage, dice: Random, *, channels: tuple[ChannelName, ...] = tuple(MADE_BY), faults: tuple[Fault, ...] = tuple(Fault)
) -> list[Case]:
    """A vendor for each fault: the first call of the vendor's service goes wrong, the others are well. Reports come shuffled and twice."""
    with ExitStack() as stack:
        played: list[tuple[Group, Fault | None, Service]] = []
        for channel in channels:
            for fault in (None, *faults):
                service = stack.enter_context(running(MADE_BY[channel]()))
                service.faults.extend([] if fault is None else [fault])
                group = stage.settle(
                    Group(channel, 1, has_email=True),
                    first_turn_in=timedelta(minutes=30, seconds=2),
                    every=timedelta(minutes=10),
                    leads=(30,),
                    service=service,
                )
                played.append((group, fault, service))
        stage.clock.step(3)
        for seconds in WAITS_SECONDS:
            pid = stage.start()
            let_finish(stage, seconds=90)
            stage.stop(pid)
            for group, fault, service in played:
                if fault is not Fault.SWALLOWED:
                    _report(stage, group, service, dice)
            stage.clock.step(seconds)
        mails = Counter(str(mail["To"]) for mail in stage.sink.mails)
        return [_case(group, fault, service, mails) for group, fault, service in played]


def _report(stage: CampaignStage, group: Group, service: Service, dice: Random) -> None:
    """What the service says afterwards, in any order and some of it twice; of everything it delivered, again and again."""
    if group.channel is ChannelName.TELEGRAM:
        return  # it reports nothing
    path = {ChannelName.FONNTE: "fonnte/kata-rahasia-webhook", ChannelName.WEBHOOK: "webhook"}.get(group.channel, group.channel.value)
    words = ["accepted", "delivered", "read"] if group.channel is ChannelName.WEBHOOK else list(LATER_WORDS)
    for message in service.delivered:
        told = [*words, dice.choice(words)]
        dice.shuffle(told)
        for word in told:
            posted = service.report(message, word)
            stage.post(f"/api/v1/kabar/{group.slug}/{path}", data=posted.body, headers=dict(posted.headers))


def _case(group: Group, fault: Fault | None, service: Service, mails: Counter[str]) -> Case:
    with reading() as session:
        mine = (
            select(Delivery)
            .join(Reminder)
            .where(Reminder.edition_id == group.edition_id, Reminder.lead_minutes == 30)
            .order_by(Delivery.id)
        )
        deliveries = list(session.scalars(mine))
        unknown = select(DeliveryEvent.id).where(
            DeliveryEvent.delivery_id.in_([one.id for one in deliveries]), DeliveryEvent.state == DeliveryState.UNKNOWN
        )
        was_unknown = session.scalar(unknown.limit(1)) is not None
    return Case(
        group.channel,
        fault,
        calls=len(service.calls),
        arrived=len(service.delivered),
        mails=sum(count for to, count in mails.items() if f"<{group.first_email}>" in to or to == group.first_email),
        states={one.channel.value: one.state.value for one in deliveries},
        was_unknown=was_unknown,
    )
