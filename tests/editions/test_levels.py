"""What all parts of the score prove together."""

import pytest

from bazaar.editions.levels import FAIRNESS, Verdict, verdict_of
from models import Rotation


def rotation(*, hard: int = 0, changes: int = 0, unproved: tuple[str, ...] = (), is_repair: bool = False) -> Rotation:
    score = {**dict.fromkeys(FAIRNESS, 0), "hard": hard, "changes": changes}
    problem = {"published": {"s1": None}} if is_repair else {}
    return Rotation(problem=problem, score=score, proved=[part for part in FAIRNESS if part not in unproved])


@pytest.mark.parametrize(
    ("drawn", "verdict"),
    [
        (rotation(), "fairest"),
        (rotation(unproved=("changes",)), "fairest"),  # nothing was published that could change
        (rotation(unproved=("dev_sq",)), "near"),
        (rotation(hard=1), "broken"),
        (rotation(is_repair=True), "fairest"),
        (rotation(is_repair=True, changes=4), "fairest_repair"),
        (rotation(is_repair=True, changes=6, unproved=("changes",)), "fairest_of_more_changes"),
        (rotation(is_repair=True, changes=6, unproved=("changes", "spread")), "near"),
        (Rotation(problem={}, score={}, proved=[]), "near"),
    ],
)
def test_the_verdict_is_no_better_than_what_is_proved(drawn: Rotation, verdict: Verdict) -> None:
    assert verdict_of(drawn) == verdict
