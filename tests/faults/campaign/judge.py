"""Compares what the services remember with what the database says, message by message."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bazaar.database import reading
from bazaar.reminders.channels.kinds import KINDS, AfterCrash
from bazaar.reminders.guard import JOURNALLED_NOTE
from bazaar.reminders.keys import message_key
from bazaar.states import ChannelName, DeliveryState
from models import Delivery, DeliveryEvent, Reminder, Vendor
from tests.faults.campaign.stage import CampaignStage, mark_of, mark_of_mail

D = DeliveryState
TOLD = frozenset({D.ACCEPTED, D.DELIVERED, D.READ})
"""The database says that the message reached its service."""
SHOWN = frozenset({D.DEAD, D.UNRESOLVED, D.UNKNOWN, D.EXPIRED, D.WAITING_FOR_HAND})
"""An organizer sees on a page that it did not, or may not have."""
KEYED = frozenset({ChannelName.WHATSAPP, ChannelName.WEBHOOK, ChannelName.EMAIL})
"""Channels over which our key travels: a service's memory can be matched with a delivery one by one."""


@dataclass
class Verdict:
    """What came of a campaign. Everything under `faults` must be empty."""

    reminders: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    shown: int = 0
    settled: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    journalled: Counter[str] = field(default_factory=Counter)
    doubles: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def lines(self) -> list[str]:
        """For a person."""
        found = [
            f"{self.reminders} reminders, {sum(self.deliveries.values())} deliveries: {_list(self.deliveries)}",
            f"reached a service: {self.arrived}; not, and a page says so: {self.shown}; withdrawn or overtaken: {self.settled}",
            f"in flight at a kill: {_list(self.in_flight)}",
            f"unknown: {_list(self.unknown)}",
            f"known by the journal alone: {_list(self.journalled)}",
            f"doubles: {_list(self.doubles)}",
        ]
        return found + [f"FAULT {what}: {len(which)}, first {which[:3]}" for what, which in self.faults.items()]


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def judge(stage: CampaignStage, cut_off: Iterable[tuple[int, int]], *, is_over: bool = True) -> Verdict:
    """`cut_off`: (delivery, attempt) of the calls that were under way when their scheduler was killed.

    Lost silently: a reminder of which the database says that it went and no service has it, or that nothing will come of and no page
    shows. `is_over`: nothing is due any more, so whatever is still under way is lost as well.
    """
    verdict = Verdict()
    rows, unknown, noted = _rows()
    in_flight = Counter(delivery_id for delivery_id, _attempt in set(cut_off))
    arrivals, references = _memory(stage)
    calls: dict[tuple[ChannelName, str], list[datetime]] = defaultdict(list)
    for one in stage.seen:
        calls[one.channel, one.mark].append(one.at)
    by_reminder: dict[int, list[tuple[Delivery, bool]]] = defaultdict(list)
    now = stage.clock()
    for delivery, reminder, vendor in rows:
        name = f"{delivery.channel} delivery {delivery.id}"
        mark = (delivery.channel, message_key(delivery, reminder))
        copies = arrivals[mark] if delivery.channel in KEYED else _copies_to(arrivals, delivery, vendor)
        if (
            delivery.channel in references
            and delivery.state in TOLD
            and delivery.provider_ref  # the journal, and reports that come by our key, know of none
            and _last_part(delivery.provider_ref) not in references[delivery.channel]
        ):
            verdict.faults["told, and its reference is not the service's"].append(name)
        by_reminder[reminder.id].append((delivery, copies > 0))
        verdict.deliveries[delivery.channel] += 1
        verdict.unknown[delivery.channel] += unknown[delivery.id]
        verdict.journalled[delivery.channel] += noted[delivery.id]
        verdict.in_flight[delivery.channel] += in_flight[delivery.id]
        if delivery.state in TOLD and not copies and delivery.channel is not ChannelName.HAND:
            verdict.faults["told, but no service has it"].append(name)
        if unknown[delivery.id] + noted[delivery.id] < in_flight[delivery.id]:
            verdict.faults["in flight at a kill, and never unknown"].append(name)
        if any(at >= reminder.stale_at for at in calls[mark]) or (delivery.called_at and delivery.called_at >= reminder.stale_at):
            verdict.faults["called at or after its staleness"].append(name)
        if delivery.channel in KEYED and copies > 1:
            verdict.doubles[delivery.channel] += copies - 1
            if copies - 1 > unknown[delivery.id]:
                verdict.faults["more copies than calls whose end nobody saw"].append(name)
    for channel, mark in arrivals:
        if channel not in KEYED and arrivals[channel, mark] > 1:
            verdict.doubles[channel] += arrivals[channel, mark] - 1
    for channel, count in verdict.doubles.items():
        if count and KINDS[ChannelName(channel)].after_crash is AfterCrash.UNKNOWN:
            verdict.faults["double over a channel that must not"].append(f"{channel}: {count}")
    due = {reminder.id: reminder.due_at <= now for _, reminder, _ in rows}
    verdict.reminders = len(due)
    for reminder_id, ways in by_reminder.items():
        _settle(verdict, reminder_id, ways, is_due=due[reminder_id] and is_over)
    return verdict


def _settle(verdict: Verdict, reminder_id: int, ways: list[tuple[Delivery, bool]], *, is_due: bool) -> None:
    states = {delivery.state for delivery, _ in ways}
    if any(has for _, has in ways):
        verdict.arrived += 1
    elif states & SHOWN:
        verdict.shown += 1
    elif states <= {D.CANCELLED, D.SUPERSEDED, D.SUPPRESSED}:
        verdict.settled += 1
    elif is_due:
        verdict.faults["lost silently"].append(f"reminder {reminder_id}: {sorted(states)}")


def _memory(stage: CampaignStage) -> tuple[Counter[tuple[ChannelName, str]], dict[ChannelName, set[str]]]:
    """How often each message reached its phone or mailbox, and the numbers that services gave their messages."""
    arrivals = Counter((ChannelName.EMAIL, mark_of_mail(mail)) for mail in stage.sink.mails)
    for name, service in stage.services.items():
        arrivals.update((name, mark_of(message)) for message in service.delivered)
    return arrivals, {name: {message.reference for message in service.delivered} for name, service in stage.services.items()}


def _last_part(reference: str | None) -> str:
    """Telegram counts its messages chat by chat: ours says which chat's it is."""
    return (reference or "").rpartition(":")[2]


def _copies_to(arrivals: Counter[tuple[ChannelName, str]], delivery: Delivery, vendor: Vendor) -> int:
    """Of a service that knows no key of ours: whether this vendor has these words."""
    where = vendor.telegram_chat if delivery.channel is ChannelName.TELEGRAM else vendor.phone
    return max(
        (count for (channel, mark), count in arrivals.items() if channel is delivery.channel and mark.startswith(f"{where} ")), default=0
    )


def _rows() -> tuple[list[Any], Counter[int], Counter[int]]:
    """Every delivery, how often its end was unknown, and how often the journal knew what the database had not been told."""
    with reading() as session:
        rows = session.execute(select(Delivery, Reminder, Vendor).join(Reminder, Reminder.id == Delivery.reminder_id).join(Vendor)).all()
        unknown = session.scalars(select(DeliveryEvent.delivery_id).where(DeliveryEvent.state == D.UNKNOWN))
        noted = session.scalars(select(DeliveryEvent.delivery_id).where(DeliveryEvent.note == JOURNALLED_NOTE))
        return [tuple(row) for row in rows], Counter(unknown), Counter(noted)
