"""How long to wait after a failed attempt, and when to give up. Pure; the dice are passed in."""

from datetime import timedelta
from random import Random  # noqa: TID251 (only ever seeded: by the delivery and its attempt)

MAX_ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 300
_FIRST_WAIT_SECONDS = 5


def longest_wait(attempt_count: int) -> timedelta:
    """The ceiling after that many attempts: 10 s, 20 s, 40 s ... at most 5 minutes."""
    return timedelta(seconds=min(LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**attempt_count))


def wait_after(attempt_count: int, dice: Random) -> timedelta:
    """Full jitter: anything from nothing to the ceiling, so that many failures do not come back as one wave."""
    return longest_wait(attempt_count) * dice.random()


def dice_for(delivery_id: int, attempt_count: int) -> Random:
    """Dice that fall the same way for the same attempt, and differently for the next delivery."""
    return Random(f"{delivery_id}:{attempt_count}")  # noqa: S311 (jitter, not a secret)


def is_last(attempt_count: int) -> bool:
    """Whether no attempt is left."""
    return attempt_count >= MAX_ATTEMPTS
