"""What all parts of the score prove together."""

import pytest

from bazaar.editions.levels import FAIRNESS, Verdict, verdict_of
from models import Rotation


def rotation(*, hard: int = 0, unfilled: int = 0, changes: int = 0, unproved: tuple[str, ...] = (), is_repair: bool = False) -> Rotation:
    score = {**dict.fromkeys(FAIRNESS, 0), "hard": hard, "unfilled": unfilled, "changes": changes}
    problem = {"slots": [{}, {}], **({"published": {"s1": None}} if is_repair else {})}
    return Rotation(problem=problem, score=score, proved=[part for part in FAIRNESS if part not in unproved])


@pytest.mark.parametrize(
    ("drawn", "verdict"),
    [
        (rotation(), "fairest"),
        (rotation(unproved=("changes",)), "fairest"),  # nothing was published that could change
        (rotation(unproved=("dev_sq",)), "near"),
        (rotation(hard=1), "broken"),
        (rotation(is_repair=True), "unchanged"),  # proved with no change at all; with some something fairer may exist
        (rotation(unfilled=2), "empty"),
        (rotation(unfilled=2, is_repair=True), "empty"),
        (rotation(unfilled=1), "fairest"),
        (rotation(is_repair=True, changes=4), "fairest_repair"),
        (rotation(is_repair=True, changes=6, unproved=("changes",)), "fairest_of_more_changes"),
        (rotation(is_repair=True, changes=6, unproved=("changes", "spread")), "near"),
        (Rotation(problem={}, score={}, proved=[]), "near"),
    ],
)
def test_the_verdict_is_no_better_than_what_is_proved(drawn: Rotation, verdict: Verdict) -> None:
    assert verdict_of(drawn) == verdict


@pytest.mark.parametrize("changes", [0, 1, 7])
@pytest.mark.parametrize("unproved", [(), ("changes",), ("dev_sq",)])
def test_no_repair_says_that_nothing_whatever_is_fairer(changes: int, unproved: tuple[str, ...]) -> None:
    assert verdict_of(rotation(is_repair=True, changes=changes, unproved=unproved)) != "fairest"
