"""What cannot be satisfied is found with a group that shows it, in which nobody can be spared, and with repairs that really help."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from bazaar.rotation.__main__ import main
from bazaar.rotation.problem import Problem, day_gap, read_problem
from bazaar.rotation.reasons.blocking import hall_groups, smallest_group, smallest_stretch
from bazaar.rotation.reasons.diagnose import diagnose
from bazaar.rotation.reasons.diagnosis import Conflict, Diagnosis
from bazaar.rotation.reasons.ground import Ground, ground_of
from bazaar.rotation.reasons.shortfall import shortfall
from bazaar.rotation.solve import solve
from tests.rotation.examples import load_example
from tests.rotation.problems import plain_problem, plain_slot, plain_vendor, problems


def shortfall_by_trying(ground: Ground, slots: Iterable[str], vendors: Iterable[str]) -> int:
    """The same by trying every way to fill the open slots."""
    wanted, owed = set(slots), {vendor_id: ground.owed(vendor_id) for vendor_id in vendors}
    best = [10_000]

    def fill(index: int, plan: dict[str, str | None]) -> None:
        if index == len(ground.open_slots):
            counts = {vendor_id: sum(holder == vendor_id for holder in plan.values()) for vendor_id in owed}
            missing = sum(plan[slot_id] is None for slot_id in wanted)
            best[0] = min(best[0], missing + sum(max(0, owing - counts[vendor_id]) for vendor_id, owing in owed.items()))
            return
        slot = ground.open_slots[index]
        fill(index + 1, {**plan, slot.id: None})
        for vendor_id in ground.takers(slot):
            if is_free(vendor_id, index, plan):
                fill(index + 1, {**plan, slot.id: vendor_id})

    def is_free(vendor_id: str, index: int, plan: dict[str, str | None]) -> bool:
        slot, vendor = ground.open_slots[index], ground.standing.vendors[vendor_id]
        own = [ground.standing.slots[other] for other, holder in plan.items() if holder == vendor_id]
        if len(own) >= ground.room(vendor_id) or any(abs(other.day - slot.day) < day_gap(vendor) for other in own):
            return False
        if ground.problem.rules.adjacent == "soft":
            return True
        beside = [
            other for other in ground.open_slots[:index] if other.session == slot.session and abs(other.position - slot.position) == 1
        ]
        return all(plan[other.id] is None or ground.standing.vendors[plan[other.id] or ""].category != vendor.category for other in beside)

    fill(0, {})
    return best[0]


def wish_of(conflict: Conflict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the group asks for: its slots filled, its guarantees kept, or both."""
    return ((), conflict.vendors) if conflict.kind == "few_slots" else (conflict.slots, conflict.vendors if conflict.kind == "both" else ())


def distinct_positions(problem: Problem) -> Problem:
    """No two slots at one place of a live session: such a file cannot come from an edition."""
    first = {(slot.session, slot.position): slot for slot in reversed(problem.slots)}
    kept = [slot for slot in problem.slots if first[slot.session, slot.position] is slot]
    return replace(problem, slots=tuple(kept))


@settings(max_examples=40, deadline=None)
@given(problems(most_slots=5, most_vendors=4))
def test_each_conflict_is_real_and_nobody_in_it_can_be_spared(problem: Problem) -> None:
    problem = distinct_positions(problem)
    plan = solve(problem).plan
    ground = ground_of(problem, plan)

    for conflict in diagnose(problem, plan).conflicts:
        if conflict.level == "hard":
            assert conflict.slots[0] in {pin.slot for pin in ground.broken_pins}
            continue
        slots, vendors = wish_of(conflict)
        assert shortfall_by_trying(ground, slots, vendors) == conflict.missing > 0
        for spared in slots:
            assert shortfall_by_trying(ground, [each for each in slots if each != spared], vendors) < conflict.missing
        for spared in vendors:
            assert shortfall_by_trying(ground, slots, [each for each in vendors if each != spared]) < conflict.missing


@settings(max_examples=40, deadline=None)
@given(problems(most_slots=5, most_vendors=4))
def test_where_not_everything_can_be_had_something_is_found(problem: Problem) -> None:
    problem = distinct_positions(problem)
    plan = solve(problem).plan
    ground = ground_of(problem, plan)

    levels = {conflict.level for conflict in diagnose(problem, plan).conflicts}

    assume(not ground.broken_pins)  # a slot pinned to somebody who does not fit is the pin's conflict first
    is_fillable = shortfall_by_trying(ground, [slot.id for slot in ground.open_slots], []) == 0
    assert (not is_fillable) == ("unfilled" in levels)
    if shortfall_by_trying(ground, [], [vendor.id for vendor in problem.vendors]):
        assert "short" in levels


@settings(max_examples=40, deadline=None)
@given(problems(most_slots=5, most_vendors=4))
def test_the_exact_model_agrees_with_trying_everything(problem: Problem) -> None:
    problem = distinct_positions(problem)
    ground = Ground(problem)
    slots, vendors = [slot.id for slot in ground.open_slots], [vendor.id for vendor in problem.vendors]

    for some_slots, some_vendors in ((slots, []), ([], vendors), (slots[::2], vendors[:2])):
        assert shortfall(ground, some_slots, some_vendors) == shortfall_by_trying(ground, some_slots, some_vendors)


def test_six_slots_on_an_evening_to_which_two_vendors_can_come() -> None:
    conflicts = diagnose(read_problem(load_example("T4")["problem"])).conflicts

    assert [(len(each.slots), len(each.vendors), each.missing) for each in conflicts] == [(1, 0, 1), (6, 2, 4)]
    assert [(len(each.core_slots), len(each.core_vendors)) for each in conflicts] == [(1, 0), (3, 2)]
    assert conflicts[0].repairs[0].kind == "drop_language"  # nobody speaks what is asked for there


def test_three_guarantees_and_one_slot_that_these_vendors_can_use() -> None:
    (conflict,) = diagnose(read_problem(load_example("T2")["problem"])).conflicts

    assert (conflict.level, conflict.kind, len(conflict.vendors), len(conflict.slots), conflict.missing) == ("short", "few_slots", 3, 1, 2)
    assert all(repair.leaves < 2 for repair in conflict.repairs)


def test_slots_that_only_the_distance_keeps_empty_are_found_without_the_rest() -> None:
    slots = [plain_slot("a", day=0), plain_slot("b", day=1), plain_slot("far", day=9)]
    problem = plain_problem(slots, [plain_vendor("v", gap=3)])

    (conflict,) = diagnose(problem).conflicts

    assert (conflict.slots, conflict.vendors, conflict.missing) == (("a", "b"), ("v",), 1)
    assert [(repair.kind, repair.details, repair.leaves) for repair in conflict.repairs] == [
        ("lower_gap", {"gap": 1}, 0),
        ("close_slot", {"slots": ["b"], "count": 1}, 0),
    ]


@settings(max_examples=40, deadline=None)
@given(problems(most_slots=6, most_vendors=3))
def test_what_a_repair_leaves_missing_is_what_is_missing_then_and_no_larger_step_is_told_for_the_same(problem: Problem) -> None:
    problem = distinct_positions(problem)
    plan = solve(problem).plan
    ground = ground_of(problem, plan)

    for conflict in diagnose(problem, plan).conflicts:
        gaps = [repair.leaves for repair in conflict.repairs if repair.kind == "lower_gap"]
        assert gaps == sorted(set(gaps), reverse=True)
        for repair in conflict.repairs:
            assert repair.leaves < conflict.missing
            if repair.kind == "close_slot":
                closed = set(repair.details["slots"])
                without = Ground(replace(problem, slots=tuple(slot for slot in problem.slots if slot.id not in closed)), ground.favoured)
                assert shortfall_by_trying(without, [each for each in conflict.slots if each not in closed], []) == repair.leaves == 0
                assert len(closed) == conflict.missing


@pytest.mark.parametrize(("gap", "evenings"), [(4, 5), (3, 8), (7, 12), (20, 21)])
def test_without_the_slots_that_stay_empty_nothing_is_missing(gap: int, evenings: int) -> None:
    slots = [plain_slot(f"{day}-{place}", day=day, position=place) for day in range(evenings) for place in range(3)]
    problem = plain_problem(slots, [plain_vendor(f"v{number}", gap=gap, max_turns=2 + number) for number in range(4)])

    (conflict,) = (each for each in diagnose(problem).conflicts if each.reason == "gap")

    closed = next(repair for repair in conflict.repairs if repair.kind == "close_slot")
    assert (closed.details["count"], closed.leaves) == (conflict.missing, 0)
    left = replace(problem, slots=tuple(slot for slot in slots if slot.id in conflict.slots and slot.id not in closed.details["slots"]))
    assert solve(left).score.unfilled == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"days_off": frozenset({0, 1})}, "away"), ({"gap": 5}, "near"), ({"max_turns": 1}, "full")],
)
def test_a_guarantee_that_the_vendors_own_rules_forbid(changes: dict[str, object], reason: str) -> None:
    slots = [plain_slot("a", day=0), plain_slot("b", day=1)]
    vendor = replace(plain_vendor("v", min_turns=2, gap=1), **changes)  # type: ignore[arg-type]

    conflicts = diagnose(plain_problem(slots, [vendor, plain_vendor("w", gap=1)])).conflicts

    assert [(each.level, each.vendors, each.reason) for each in conflicts] == [("short", ("v",), reason)]
    assert {repair.kind for repair in conflicts[0].repairs} & {"ask_day", "lower_gap", "raise_max"}
    assert "lower_guarantee" in {repair.kind for repair in conflicts[0].repairs}


def test_pins_that_contradict_are_told_with_what_they_contradict() -> None:
    slots = [
        plain_slot("a", day=0, pin="v"),
        plain_slot("b", day=1, pin="v"),
        plain_slot("c", day=5, pin="gone"),
        plain_slot("d", day=6, pin="w"),
    ]
    problem = plain_problem(slots, [plain_vendor("v", gap=3), plain_vendor("w", days_off=frozenset({6})), plain_vendor("x", gap=1)])

    conflicts = diagnose(problem).conflicts

    assert [(each.level, each.kind, each.reason, each.slots, each.vendors) for each in conflicts] == [
        ("hard", "pin_obstacle", "near", ("b", "a"), ("v",)),
        ("hard", "pin_stranger", "", ("c",), ("gone",)),
        ("hard", "pin_obstacle", "away", ("d",), ("w",)),
    ]
    assert [{repair.kind for repair in each.repairs} for each in conflicts] == [
        {"withdraw_pin", "lower_gap"},
        {"withdraw_pin"},
        {"withdraw_pin", "ask_day"},
    ]


def test_one_question_about_an_hour_comes_before_everything_else() -> None:
    late = plain_vendor("late", start_from=1230)
    problem = plain_problem(
        [plain_slot("a"), plain_slot("b", position=1)], [plain_vendor("v"), late, plain_vendor("away", days_off=frozenset({0}))]
    )

    (conflict,) = diagnose(problem).conflicts

    assert [(repair.kind, repair.details.get("vendor"), repair.details.get("start")) for repair in conflict.repairs][:2] == [
        ("ask_hours", "late", 1215),
        ("ask_day", "away", 1200),
    ]


def test_one_more_slot_is_offered_where_a_guarantee_could_use_it() -> None:
    slots = [plain_slot("a", day=0), plain_slot("b", day=5)]
    only_first = {"days_off": frozenset({5}), "min_turns": 1}
    problem = plain_problem(slots, [plain_vendor("v", **only_first), plain_vendor("w", **only_first), plain_vendor("x")])

    (conflict,) = diagnose(problem).conflicts

    opened = next(repair for repair in conflict.repairs if repair.kind == "open_slot")
    assert (opened.details["day"], opened.details["count"], opened.leaves) == (0, 1, 0)


@pytest.mark.parametrize("name", ["S1", "M1", "T3", "T5"])
def test_where_everything_can_be_had_nothing_is_told(name: str) -> None:
    assert diagnose(read_problem(load_example(name)["problem"])) == Diagnosis(())


def test_nothing_and_nobody_is_no_conflict_but_slots_without_vendors_are() -> None:
    nothing = plain_problem([], [])

    assert diagnose(nothing).conflicts == diagnose(plain_problem([], [plain_vendor("v")])).conflicts == ()
    assert [each.slots for each in diagnose(plain_problem([plain_slot("a")], [])).conflicts] == [("a",)]


def test_a_diagnosis_survives_json() -> None:
    diagnosis = diagnose(read_problem(load_example("T4")["problem"]))

    assert Diagnosis.from_dict(json.loads(json.dumps(diagnosis.as_dict()))) == diagnosis


def test_the_command_line_diagnoses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(load_example("T2")["problem"]))

    code = main(["diagnose", str(path)])

    (conflict,) = json.loads(capsys.readouterr().out)["conflicts"]
    assert (code, conflict["level"]) == (0, "short")
    assert {"level", "vendors", "slots", "repairs"} <= set(conflict)


def test_groups_of_a_matching_do_not_depend_on_the_order_of_those_who_ask() -> None:
    asked = [[0], [0, 1], [1], [5, 6], [], [0]]

    forward, backward = hall_groups(asked), hall_groups(asked[::-1])

    last = len(asked) - 1
    assert {(group.members, group.neighbours) for group in forward} == {((0, 1, 2, 5), (0, 1)), ((4,), ())}
    assert {(tuple(sorted(last - member for member in group.members)), group.neighbours) for group in backward} == {
        (group.members, group.neighbours) for group in forward
    }


def test_a_deletion_filter_spares_nobody_who_is_needed() -> None:
    assert smallest_group(range(20), lambda some: {3, 11, 12} <= set(some)) == [3, 11, 12]


def test_the_shortest_stretch_that_blocks_ends_where_the_first_one_does() -> None:
    pieces = [[1], [2, 3], [4], [5], [6, 7]]

    assert smallest_stretch(pieces, lambda some: {3, 5} <= set(some)) == (1, 4)


def test_a_large_problem_is_told_by_stretches_of_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bazaar.rotation.reasons.diagnose.EXACT_PAIRS", 0)
    slots = [plain_slot(f"s{day}-{place}", day=day, position=place) for day in range(9) for place in range(2)]
    problem = plain_problem(slots, [plain_vendor(f"v{number}", gap=4) for number in range(5)])

    conflicts = diagnose(problem).conflicts

    assert [(conflict.slots[0][:2], len(conflict.slots), len(conflict.vendors), conflict.missing) for conflict in conflicts] == [
        ("s0", 6, 5, 1),
        ("s3", 6, 5, 1),
    ]
