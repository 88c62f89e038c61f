"""Sends what is due: claim, commit, then each message by itself (`sending`), several at once over different channels.

Safe in several processes: who holds the lease sends, and the epoch fences whoever held it before. A crash in the middle of a call leaves
`sending` behind, which the next pass takes up.
"""

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.database import carry_context, transaction
from bazaar.reminders.channels.base import DeliveryError, Receipt
from bazaar.reminders.channels.kinds import KINDS
from bazaar.reminders.lease import THIS_PROCESS, take_lease
from bazaar.reminders.provider_events import apply_events
from bazaar.reminders.rows import CLAIMABLE_STATES, by_urgency, move_deliveries
from bazaar.reminders.sending import CLAIM_LIFE, LostLease, Sender, send_one
from bazaar.reminders.upkeep import Upkeep, give_back_claims, tidy_outbox
from bazaar.reminders.world import World
from bazaar.states import ChannelName, DeliveryState, ReminderState
from models import Delivery, Edition, Reminder

log = logging.getLogger(__name__)

PASS_LIFE = timedelta(seconds=10)
"""A pass that has run so long takes no further row: beats stay short, whatever the mail server does."""


@dataclass(frozen=True)
class Dispatched:
    """What one pass did. `is_leader` is False where another process holds the lease; then nothing was touched."""

    is_leader: bool
    sent_count: int = 0
    failed_count: int = 0
    expired_count: int = 0
    to_hand_count: int = 0
    has_more: bool = False


@dataclass(frozen=True)
class _Claim:
    delivery_id: int
    bazaar_id: int
    channel: ChannelName

    @property
    def lane(self) -> tuple[int, ChannelName]:
        """Messages of one lane share a fate: where the channel of one is away, so it is for the next."""
        return self.bazaar_id, self.channel


def dispatch_due(
    outside: World,
    *,
    now: datetime,
    limit: int = 50,
    owner: str = THIS_PROCESS,
    should_stop: Callable[[], bool] = lambda: False,
    side_by_side: bool = False,
) -> Dispatched:
    """One pass over the outbox: at most `limit` messages, the most urgent first, every bazaar in its turn.

    `side_by_side` gives each channel of each bazaar threads of its own: a slow mail server holds up no WhatsApp.
    """
    epoch = take_lease(owner, now=now)
    if epoch is None:
        return Dispatched(is_leader=False)
    if not outside.guard.may_send(epoch, now=now):
        return Dispatched(is_leader=True)
    with transaction() as session:
        apply_events(session, outside, now=now)
        upkeep = tidy_outbox(session, outside, epoch, now=now)
        claimed = _claim(session, owner, epoch, limit, now)
    work = _Pass(outside, Sender(owner, epoch), now, should_stop)
    work.run(claimed, side_by_side=side_by_side)
    return work.result(upkeep, was_full=len(claimed) == limit)


def _claim(session: Session, owner: str, epoch: int, limit: int, now: datetime) -> list[_Claim]:
    """Take what is due, in rounds: the most urgent message of every bazaar, then everybody's second."""
    round_ = func.row_number().over(partition_by=Edition.bazaar_id, order_by=(by_urgency(now), Delivery.id))
    due = (
        select(Delivery.id, Edition.bazaar_id, round_.label("round"), by_urgency(now).label("urgency"))
        .join(Reminder, Reminder.id == Delivery.reminder_id)
        .join(Edition, Edition.id == Reminder.edition_id)
        .where(
            Delivery.state.in_(CLAIMABLE_STATES),
            Delivery.next_at <= now,
            Delivery.channel != ChannelName.HAND,
            Reminder.state == ReminderState.PLANNED,
            Reminder.stale_at > now,
        )
        .subquery()
    )
    rows = session.execute(select(due.c.id, due.c.bazaar_id).order_by(due.c.round, due.c.urgency, due.c.id).limit(limit)).all()
    free = set(session.scalars(select(Delivery.id).where(Delivery.id.in_([row.id for row in rows])).with_for_update(skip_locked=True)))
    claimed = move_deliveries(
        session,
        Delivery.id.in_(free),
        leaving=CLAIMABLE_STATES,
        to=DeliveryState.CLAIMED,
        now=now,
        owner=owner,
        owner_epoch=epoch,
        lease_until=now + CLAIM_LIFE,
    )
    channels = dict(session.execute(select(Delivery.id, Delivery.channel).where(Delivery.id.in_(claimed))).all())
    return [_Claim(row.id, row.bazaar_id, channels[row.id]) for row in rows if row.id in channels]


@dataclass
class _Pass:
    """The messages of one pass on their lanes, and what came of them."""

    outside: World
    sender: Sender
    began_at: datetime
    should_stop: Callable[[], bool]
    waiting: dict[tuple[int, ChannelName], deque[_Claim]] = field(default_factory=lambda: defaultdict(deque))
    away: set[tuple[int, ChannelName]] = field(default_factory=set)
    sent_count: int = 0
    failed_count: int = 0
    is_lost: bool = False
    has_left: bool = False
    """Something stays behind although its channel is not away: the time was up, or the process is to stop."""
    error: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, claimed: list[_Claim], *, side_by_side: bool) -> None:
        """Send until nothing waits, the time is up, the process is to stop, or the lease went to somebody else."""
        for claim in claimed:
            self.waiting[claim.lane].append(claim)
        try:
            if not side_by_side:
                while (one := self._next(None)) is not None:
                    self._send(one)
            else:
                self._run_apart()
        finally:
            self._give_back()
        if self.error is not None:
            raise self.error

    def result(self, upkeep: Upkeep, *, was_full: bool) -> Dispatched:
        """The pass in figures. There is more to do at once where the claim was full, unless a channel is away."""
        has_more = not self.is_lost and (was_full or self.has_left)
        return Dispatched(True, self.sent_count, self.failed_count, upkeep.expired_count, upkeep.to_hand_count, has_more)

    def _run_apart(self) -> None:
        carry = carry_context()
        workers = [
            threading.Thread(target=carry(self._work_lane), args=(lane,), name=f"send-{lane[1]}-{number}", daemon=True)
            for lane, line in self.waiting.items()
            for number in range(min(KINDS[lane[1]].at_once, len(line)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(1.0)
                if self.should_stop():  # asking is a sign of life as well, while a call takes its time
                    self._give_back()  # a call that hangs does not keep the others from whoever comes next

    def _work_lane(self, lane: tuple[int, ChannelName]) -> None:
        try:
            while (claim := self._next(lane)) is not None:
                self._send(claim)
        except Exception as error:  # noqa: BLE001 (raised again by whoever waits for this thread)
            with self.lock:
                self.error = self.error or error

    def _next(self, lane: tuple[int, ChannelName] | None) -> _Claim | None:
        with self.lock:
            if self.is_lost or self.error is not None or self.should_stop() or self.outside.clock() - self.began_at >= PASS_LIFE:
                return None
            lines = [lane] if lane is not None else list(self.waiting)
            for key in lines:
                if key not in self.away and self.waiting[key]:
                    return self.waiting[key].popleft()
        return None

    def _send(self, claim: _Claim) -> None:
        try:
            answer = send_one(self.outside, claim.delivery_id, self.sender)
        except LostLease:
            log.warning("another process took over sending; what is claimed is left to it")
            with self.lock:
                self.is_lost = True
            return
        except BaseException:
            with self.lock:
                self.waiting[claim.lane].appendleft(claim)
            raise
        with self.lock:
            self.sent_count += isinstance(answer, Receipt)
            self.failed_count += isinstance(answer, DeliveryError)
            if isinstance(answer, DeliveryError) and answer.unreachable:
                self.away.add(claim.lane)  # costs the others no attempt: the next pass knocks with one message again

    def _give_back(self) -> None:
        with self.lock:
            left = [claim for line in self.waiting.values() for claim in line]
            self.waiting.clear()
        self.has_left = self.has_left or any(claim.lane not in self.away for claim in left)
        if left and not self.is_lost:
            ids = [claim.delivery_id for claim in left]
            with transaction() as session:
                mine = (Delivery.id.in_(ids), Delivery.owner_epoch == self.sender.epoch, Delivery.owner == self.sender.owner)
                give_back_claims(session, *mine, now=self.outside.clock(), note="belum sempat")
