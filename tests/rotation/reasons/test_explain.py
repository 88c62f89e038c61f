"""Reasons are exact: each counted level is what the score of that other plan says."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, ProblemError, read_problem
from bazaar.rotation.reasons.explain import explain, explain_vendor
from bazaar.rotation.reasons.variation import Variations
from bazaar.rotation.score import PARTS, Score, score_plan
from tests.rotation.examples import NAMES, load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor, problems_with_plans

Plan = dict[str, str | None]


def first_loss(score: Score, other: Score) -> str | None:
    """The definition, read off two scores."""
    level = next((part for part in PARTS if getattr(score, part) != getattr(other, part)), None)
    return level if other > score else None


def levels_by_scoring(problem: Problem, plan: Mapping[str, str | None], slot_id: str) -> Counter[str | None]:
    base = score_plan(problem, plan)
    others = [vendor.id for vendor in problem.vendors if vendor.id != plan.get(slot_id)]
    return Counter(first_loss(base, score_plan(problem, {**plan, slot_id: other})) for other in others)


@settings(max_examples=60, deadline=None)
@given(problems_with_plans())
def test_every_counted_level_is_what_scoring_says(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    for slot in problem.slots:
        counted: Counter[str | None] = Counter()
        for loss in explain(problem, plan, slot.id).loses:
            counted[loss.level] += len(loss.ids)

        assert counted == levels_by_scoring(problem, plan, slot.id)


@settings(max_examples=60, deadline=None)
@given(problems_with_plans())
def test_a_change_is_scored_as_the_changed_plan(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    variations = Variations(problem, plan)
    names = [vendor.id for vendor in problem.vendors]
    for one, two in zip(problem.slots, problem.slots[1:], strict=False):
        swap = {one.id: plan.get(two.id), two.id: plan.get(one.id)}
        for changes in (swap, {one.id: None}, {one.id: "stranger"}, {one.id: names[-1], two.id: names[0]}):
            assert variations.score_with(changes) == score_plan(problem, {**plan, **changes})


@settings(max_examples=40, deadline=None)
@given(problems_with_plans())
def test_one_turn_more_costs_what_scoring_says(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    base, vendor = score_plan(problem, plan), problem.vendors[0]

    reasons = explain_vendor(problem, plan, vendor.id)

    told = {slot_id: loss.level for loss in reasons.one_more for slot_id in loss.ids}
    assert told == {
        slot.id: first_loss(base, score_plan(problem, {**plan, slot.id: vendor.id}))
        for slot in problem.slots
        if plan.get(slot.id) != vendor.id
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_reasons_of_a_known_plan_are_exact(name: str) -> None:
    example = load_example(name)
    problem, plan = read_problem(example["problem"]), example["plan"]
    slot = problem.slots[len(problem.slots) // 2]

    loses = explain(problem, plan, slot.id).loses

    assert sum((Counter({loss.level: len(loss.ids)}) for loss in loses), Counter()) == levels_by_scoring(problem, plan, slot.id)


def test_a_hard_loss_names_the_rule() -> None:
    away, late = plain_vendor("away", days_off=frozenset({0})), plain_vendor("late", start_from=1300)
    other = plain_vendor("other", language="jv")
    near, full, here = plain_vendor("near", gap=3), plain_vendor("full", max_turns=1, gap=1), plain_vendor("here")
    problem = plain_problem([plain_slot("a", day=0), plain_slot("b", day=1), plain_slot("c", day=2)], [away, late, other, near, full, here])

    loses = explain(problem, {"a": "here", "b": "near", "c": "full"}, "a").loses

    assert {loss.reason: loss.ids for loss in loses if loss.level == "hard"} == {
        "away": ("away",),
        "hours": ("late",),
        "language": ("other",),
        "near": ("near",),
        "full": ("full",),
    }


def test_a_pin_and_a_day_that_is_over_are_reasons_of_their_own() -> None:
    slots = [plain_slot("a", day=0), plain_slot("b", day=5, pin="v")]
    problem = plain_problem(slots, [plain_vendor("v"), plain_vendor("w")], published={"a": "v", "b": "v"}, now=3)
    plan = {"a": "v", "b": "v"}

    assert [loss.reason for loss in explain(problem, plan, "a").loses] == ["over"]
    assert [loss.reason for loss in explain(problem, plan, "b").loses] == ["pinned"]


def test_whoever_could_change_places_is_as_good_and_said_so() -> None:
    problem = plain_problem([plain_slot("a", day=0), plain_slot("b", day=5)], [plain_vendor("v"), plain_vendor("w")])

    reasons = explain(problem, {"a": "v", "b": "w"}, "a")

    assert [(loss.level, loss.ids) for loss in reasons.loses] == [("spread", ("w",))]
    assert [(loss.level, loss.gains, loss.ids) for loss in reasons.swaps] == [(None, None, ("w",))]


def test_nobody_is_said_to_be_able_to_come_whose_own_turn_is_pinned_or_beside_whom_goods_of_the_kind_would_stand() -> None:
    vendors = [
        plain_vendor("pinned", gap=3, category="tape"),
        plain_vendor("twin", gap=3, category="kopi"),
        plain_vendor("kopi", category="kopi"),
    ]
    slots = [plain_slot("a"), plain_slot("b", position=1), plain_slot("c", day=1, pin="pinned"), plain_slot("d", day=2)]
    problem = plain_problem(slots, vendors, adjacent="hard")

    reasons = explain(problem, {"b": "kopi", "c": "pinned", "d": "twin"}, "a")

    assert {loss.reason for loss in reasons.loses if {"pinned", "twin"} & set(loss.ids)} == {"near"}
    assert reasons.give_way == (("kopi", ("b",)),)


def test_an_empty_slot_tells_who_is_kept_away_and_whose_turn_would_have_to_move() -> None:
    near, away, free = plain_vendor("near", gap=3), plain_vendor("away", days_off=frozenset({0})), plain_vendor("free")
    problem = plain_problem([plain_slot("a", day=0), plain_slot("b", day=1)], [near, away, free])

    reasons = explain(problem, {"b": "near"}, "a")

    assert (reasons.vendor, reasons.give_way) == (None, (("near", ("b",)),))
    assert [(loss.level, loss.reason, loss.gains, loss.ids) for loss in reasons.loses] == [
        ("hard", "away", None, ("away",)),
        ("hard", "near", None, ("near",)),
        (None, None, "unfilled", ("free",)),
    ]


def test_a_vendor_with_few_turns_learns_which_own_rule_holds_them_down() -> None:
    slots = [plain_slot(f"s{day}", day=day) for day in range(6)]
    rare = plain_vendor("rare", days_off=frozenset(range(1, 6)))
    problem = plain_problem(slots, [rare, plain_vendor("w", gap=1), plain_vendor("x", gap=1)])
    plan = {"s0": "rare", "s1": "w", "s2": "x", "s3": "w", "s4": "x", "s5": "w"}

    reasons = explain_vendor(problem, plan, "rare")

    assert (reasons.turn_count, reasons.ceiling, reasons.is_at_ceiling) == (1, 1, True)
    assert [rule for rule, _ceiling in reasons.limits] == ["days_off"]
    assert (reasons.share, reasons.same_count, reasons.fewer_count, reasons.more_count) == ((2, 2), 0, 0, 2)
    assert [(loss.level, loss.reason) for loss in reasons.one_more] == [("hard", "away")]


def test_what_was_carried_over_is_told_with_the_points() -> None:
    slots = [plain_slot("a", day=0, weight=30), plain_slot("b", day=1, weight=10)]
    problem = plain_problem(slots, [plain_vendor("v", past=(100,)), plain_vendor("w", past=(0,))])

    reasons = explain_vendor(problem, {"a": "w", "b": "v"}, "v")

    assert (reasons.credit, reasons.points, reasons.mean_points) == (30, 10, 20)


def test_the_command_line_explains_a_slot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = load_example("T2")
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(example["problem"]))
    plan.write_text(json.dumps(example["plan"]))
    slot = next(slot_id for slot_id, vendor in example["plan"].items() if vendor)

    code = main(["explain", str(problem), str(plan), slot])

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["slot"], answer["vendor"]) == (0, slot, example["plan"][slot])
    assert sum(loss["count"] for loss in answer["loses"]) == len(example["problem"]["vendors"]) - 1


def test_a_slot_or_vendor_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = load_example("T2")
    path, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    path.write_text(json.dumps(example["problem"]))
    plan.write_text(json.dumps(example["plan"]))

    code = main(["explain", str(path), str(plan), "nowhere"])

    assert (code, capsys.readouterr().err) == (2, "there is no slot 'nowhere'\n")
    with pytest.raises(ProblemError, match="no vendor"):
        explain_vendor(replace(read_problem(example["problem"])), {}, "nobody")


@settings(max_examples=60, deadline=None)
@given(problems_with_plans())
def test_a_ceiling_below_one_turn_a_day_has_a_reason_that_holds(drawn: tuple[Problem, Plan]) -> None:
    problem, plan = drawn
    every_day = min(len({slot.day for slot in problem.slots}), len(problem.slots))

    for vendor in problem.vendors:
        reasons = explain_vendor(problem, plan, vendor.id)
        alone = [rule for rule, _ceiling in reasons.limits]

        assert bool(alone or reasons.joint_limits) == (reasons.ceiling < every_day)
        assert not (alone and reasons.joint_limits)


def test_a_maximum_and_a_gap_that_both_bind_are_the_reason_together() -> None:
    problem = plain_problem(
        [plain_slot("a", day=0), plain_slot("b", day=1), plain_slot("c", day=2)], [plain_vendor("v", max_turns=1, gap=9)]
    )

    reasons = explain_vendor(problem, {"a": "v", "b": None, "c": None}, "v")

    assert (reasons.limits, reasons.joint_limits) == ((), ("gap", "max"))
