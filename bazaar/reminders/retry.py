"""How long to wait after a failed attempt, when a person is asked to help, and when to give up. Pure; the dice are passed in."""

from datetime import datetime, timedelta
from random import Random  # noqa: TID251 (only ever seeded: by the delivery and its attempt)

MAX_ATTEMPTS = 6
"""So often a message is tried that breaks the process or cannot be written: then the fault is the message's."""

MAX_REFUSALS = 100
"""So often one is tried that the server does not take for now. Servers are away for hours, and that is nobody's fault."""

MOST_AMBIGUOUS = 3
"""After so many calls whose end nobody saw, a person takes over: each may have reached the vendor."""

LONGEST_WAIT_SECONDS = 300
_FIRST_WAIT_SECONDS = 5
_PATIENCE = timedelta(minutes=30)
_CHANCES = 3


def longest_wait(attempt_count: int) -> timedelta:
    """The ceiling after that many attempts: 10 s, 20 s, 40 s ... at most 5 minutes."""
    return timedelta(seconds=min(LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(attempt_count, 10)))


def wait_after(attempt_count: int, dice: Random, *, left: timedelta | None = None) -> timedelta:
    """Full jitter: anything from nothing to the ceiling, so that many failures do not come back as one wave.

    `left` is the time in which the message is still useful: never more than half of it is waited away.
    """
    wait = longest_wait(attempt_count) * dice.random()
    return wait if left is None else min(wait, left / 2)


def dice_for(delivery_id: int, attempt_count: int) -> Random:
    """Dice that fall the same way for the same attempt, and differently for the next delivery."""
    return Random(f"{delivery_id}:{attempt_count}")  # noqa: S311 (jitter, not a secret)


def is_last(attempt_count: int, *, most: int = MAX_ATTEMPTS) -> bool:
    """Whether no attempt is left."""
    return attempt_count >= most


def needs_person(attempt_count: int, now: datetime, *, due_at: datetime, stale_at: datetime) -> bool:
    """Whether a machine that keeps failing has had its chance: three attempts, and half of the message's life, at most half an hour."""
    return attempt_count >= _CHANCES and now >= due_at + min((stale_at - due_at) / 2, _PATIENCE)
