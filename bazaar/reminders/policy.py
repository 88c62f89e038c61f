"""When a message is due, from when it would do harm, and how it travels. Pure: plain values in, plain values out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bazaar.localtime import local_date, minute_of_day, to_utc
from bazaar.reminders.channels.kinds import KINDS, Address
from bazaar.states import AnswerKind, ChannelName

DEBOUNCE = timedelta(seconds=90)
"""How long a change of plan waits before it is told: organizers often correct themselves."""

LOST_TURN_LIFE = timedelta(minutes=30)
"""So long into a lost turn it still helps to say that it is off: the vendor may be waiting."""

URGENT_WITHIN = timedelta(minutes=60)
"""So near a turn nothing waits: whoever lost it may be dressing for it already."""

RECAP_LIFE = timedelta(hours=72)
_LONG_LEAD_MINUTES = 12 * 60
_SHORT_LEAD_MINUTES = 15
_NEVER = timedelta(seconds=1)  # the schema wants stale after due; a window this short is only a place in the history


@dataclass(frozen=True)
class Window:
    """From `due_at` on a message may go, from `stale_at` on it must not. `is_missed`: there never was a useful moment."""

    due_at: datetime
    stale_at: datetime
    is_missed: bool = False

    def is_over(self, now: datetime) -> bool:
        """Whether nothing may be sent any more."""
        return self.is_missed or self.stale_at <= now


def window_before(starts_at: datetime, lead_minutes: int) -> Window:
    """The reminder `lead_minutes` before a turn.

    A long one (12 h or more) is good for 6 hours, but not in the last 2; one of more than 15 minutes until 5 minutes
    before; a shorter one until the last minute.
    """
    due_at = starts_at - timedelta(minutes=lead_minutes)
    if is_long(lead_minutes):
        stale_at = min(due_at + timedelta(hours=6), starts_at - timedelta(hours=2))
    elif lead_minutes > _SHORT_LEAD_MINUTES:
        stale_at = starts_at - timedelta(minutes=5)
    else:
        stale_at = starts_at - timedelta(minutes=1)
    return _window(due_at, stale_at)


def is_long(lead_minutes: int) -> bool:
    """Whether a reminder comes early enough to arrange a day by it."""
    return lead_minutes >= _LONG_LEAD_MINUTES


LATE_ANSWER = timedelta(hours=12)
"""An answer so near the turn was given with the turn in mind: it needs no reminder any more."""


def leads_after_answer(leads: Collection[int], answer: AnswerKind | None, *, ahead: timedelta) -> frozenset[int]:
    """Which reminders still help a vendor who answered that long before the turn.

    Whoever cannot come needs none, nor whoever said siap within the last 12 hours. Who said so earlier keeps one: the first of the
    short ones, because a word given yesterday is no alarm clock.
    """
    if answer is None:
        return frozenset(leads)
    if answer is AnswerKind.UNABLE or ahead <= LATE_ANSWER:
        return frozenset()
    return frozenset(sorted(lead for lead in leads if not is_long(lead))[-1:])


def window_changed(now: datetime, *, nearest_at: datetime, until: datetime) -> Window:
    """The notice of a moved turn: due after the debounce, or at once where the nearest old or new turn is near; stale at `until`."""
    return _window(now if nearest_at - now <= URGENT_WITHIN else now + DEBOUNCE, until)


def urgent_before(gone: Collection[datetime], added: Collection[datetime], stale_at: datetime, *, now: datetime) -> datetime:
    """Until when a message should have gone, which may be long before it does harm: the nearest turn that it is about.

    A lost turn presses until half an hour into it. What lies behind presses no more; then the next one does, at last `stale_at`.
    """
    ahead = [at for at in (*gone, *added) if at > now]
    begun = [at + LOST_TURN_LIFE for at in gone if at <= now < at + LOST_TURN_LIFE]
    return min((*ahead, *begun, stale_at))


def window_cancelled(now: datetime, old_starts_at: datetime) -> Window:
    """The notice of a turn that went away: due at once, still useful half an hour into the old turn."""
    return _window(now, old_starts_at + LOST_TURN_LIFE)


def window_recap(now: datetime, planned_closing_at: datetime) -> Window:
    """The summary after a closing: due at once, stale 72 hours after the turn should have been closed."""
    return _window(now, planned_closing_at + RECAP_LIFE)


def _window(due_at: datetime, stale_at: datetime) -> Window:
    return Window(due_at, stale_at) if stale_at > due_at else Window(due_at, due_at + _NEVER, is_missed=True)


UNKNOWN_PATIENCE = timedelta(seconds=90)
"""So long a provider's word is waited for where a call's end was not seen and the message must not go twice."""

SILENCE = timedelta(minutes=10)
LONG_SILENCE = timedelta(hours=3)
"""After so long without a sign of the vendor the next way is taken: hours where a day is left, minutes before a turn."""

MOST_IN_A_DAY = 12
"""Messages that machines send one vendor within 24 hours; more than that is a fault of ours, and a person should look."""


def is_silent(accepted_at: datetime, *, is_long: bool, now: datetime) -> bool:
    """Whether a message that was taken over has had its time to be seen."""
    return now - accepted_at >= (LONG_SILENCE if is_long else SILENCE)


def quiet_until(now: datetime, timezone: str, from_minute: int, until_minute: int) -> datetime | None:
    """When the quiet hours end that hold now; None outside of them, or where both are the same: no quiet.

    Minutes are local; from after until passes midnight.
    """
    today, minute = local_date(now, timezone), minute_of_day(now, timezone)
    if from_minute == until_minute:
        return None
    if from_minute < until_minute:
        ends_on = today if from_minute <= minute < until_minute else None
    elif minute >= from_minute:
        ends_on = today + timedelta(days=1)
    else:
        ends_on = today if minute < until_minute else None
    return None if ends_on is None else to_utc(ends_on, time(until_minute // 60, until_minute % 60), timezone)


@dataclass(frozen=True)
class Reach:
    """Where a vendor can be written to at all."""

    has_email: bool = False
    has_mobile: bool = False
    has_browser: bool = False
    has_chat: bool = False

    def has(self, address: Address) -> bool:
        """Whether a channel that writes to such an address finds one."""
        return {
            Address.EMAIL: self.has_email,
            Address.PHONE: self.has_mobile,
            Address.BROWSER: self.has_browser,
            Address.CHAT: self.has_chat,
            Address.NONE: self.has_email,  # the console stands in for e-mail
        }[address]


def planned_channel(*, has_email: bool) -> ChannelName:
    """What a message is planned for, by the vendor alone. Which channel really carries it is settled when it is due."""
    return ChannelName.EMAIL if has_email else ChannelName.HAND


def ways_to(
    reach: Reach, *, order: Sequence[ChannelName], available: Collection[ChannelName], is_demo: bool, is_mail_local: bool
) -> tuple[ChannelName, ...]:
    """The channels that can carry a message to somebody, the first to try first; a person's hand is always the last.

    A demo edition is full of invented people: nothing goes to their telephones, and mail only to a server on this machine. Where
    e-mail is not at hand the console (development) stands in.
    """
    possible = [name for name in order if name in available and name is not ChannelName.HAND and reach.has(KINDS[name].address)]
    if is_demo:
        possible = [name for name in possible if _is_safe_in_demo(name, is_mail_local=is_mail_local)]
    if ChannelName.EMAIL in possible:
        possible = [name for name in possible if name is not ChannelName.CONSOLE]
    return (*dict.fromkeys(possible), ChannelName.HAND)


def _is_safe_in_demo(name: ChannelName, *, is_mail_local: bool) -> bool:
    if name is ChannelName.EMAIL:
        return is_mail_local
    return KINDS[name].address is not Address.PHONE
