"""Why somebody cannot stand in a slot: the first rule in the way, counted over everybody."""

from dataclasses import replace

import pytest

from bazaar.rotation.problem import Problem, ProblemSlot, ProblemVendor, Rules
from bazaar.rotation.reasons.standing import Standing


def slot(number: int, *, day: int = 0, position: int = 0) -> ProblemSlot:
    return ProblemSlot(f"s{number}", day, f"l{day}", position, 1200 + 15 * position, 15, 20, frozenset({"id"}), None)


def vendor(number: int, **changes: object) -> ProblemVendor:
    plain = ProblemVendor(f"v{number}", "Kriya", frozenset(), None, None, None, 0, 9, 3, None, ())
    return replace(plain, **changes)  # type: ignore[arg-type]


def standing(*vendors: ProblemVendor, plan: dict[str, str | None] | None = None, adjacent: str = "soft") -> Standing:
    slots = (slot(1), slot(2, position=1), slot(3, day=2), slot(4, day=5))
    return Standing(Problem("x", 0, 6, Rules(3, 10, adjacent, (60, 30)), slots, vendors), plan or {})


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({}, None),
        ({"days_off": frozenset({0})}, "away"),
        ({"start_from": 1201}, "hours"),
        ({"end_until": 1214}, "hours"),
        ({"start_from": 1200, "end_until": 1215}, None),
        ({"language": "en"}, "language"),
        ({"language": "id"}, None),
        ({"max_turns": 0}, "full"),
    ],
)
def test_each_rule_has_its_word(changes: dict[str, object], obstacle: str | None) -> None:
    view = standing(vendor(1, **changes))

    assert view.obstacle(view.vendors["v1"], view.slots["s1"]) == obstacle


def test_a_turn_too_close_is_an_obstacle_and_the_slot_itself_is_not() -> None:
    view = standing(vendor(1), vendor(2), plan={"s3": "v1", "s4": "v2"})
    one, two = view.vendors["v1"], view.vendors["v2"]

    assert (view.obstacle(one, view.slots["s1"]), [own.id for own in view.near(one, view.slots["s1"])]) == ("near", ["s3"])
    assert view.obstacle(one, view.slots["s3"]) is None
    assert view.obstacle(two, view.slots["s1"]) is None


def test_goods_of_one_kind_side_by_side_matter_only_where_forbidden() -> None:
    one, two, other = vendor(1), vendor(2), vendor(3, category="Kuliner")

    forbidding = standing(one, two, other, plan={"s2": "v2"}, adjacent="hard")

    assert forbidding.obstacle(one, forbidding.slots["s1"]) == "twin"
    assert forbidding.obstacle(other, forbidding.slots["s1"]) is None
    assert standing(one, two, plan={"s2": "v2"}).obstacle(one, slot(1)) is None


def test_obstacles_are_counted_most_first() -> None:
    view = standing(vendor(1, days_off=frozenset({0})), vendor(2, days_off=frozenset({0})), vendor(3), plan={"s3": "v3"})

    assert view.count_obstacles(view.slots["s1"]) == (("away", 2), ("near", 1))


def test_a_plan_may_name_what_is_no_longer_there() -> None:
    view = standing(vendor(1), plan={"s99": "v1", "s1": "v99", "s2": None})

    assert view.holders == {}
