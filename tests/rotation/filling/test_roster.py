"""A roster answers in arrays what the rules say in words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import Instance, instance_of
from bazaar.rotation.problem import Problem, day_gap, fits
from bazaar.rotation.stage import NOBODY
from tests.rotation.small import small_problems


def filled_at_random(data: st.DataObject, instance: Instance) -> Roster:
    roster = Roster(instance)
    for slot in range(instance.slot_count):
        vendor = data.draw(st.integers(NOBODY, instance.vendor_count - 1))
        if vendor != NOBODY and roster.may_take(vendor, slot):
            roster.put(vendor, slot)
    return roster


def is_allowed(problem: Problem, roster: Roster, vendor: int, slot: int, leaving: int = NOBODY) -> bool:
    """By the rules, turn for turn."""
    who, where = problem.vendors[vendor], problem.slots[slot]
    own = [row for row, holder in enumerate(roster.holders) if holder == vendor and row != leaving]
    beside = [
        row
        for row, other in enumerate(problem.slots)
        if other.session == where.session and abs(other.position - where.position) == 1 and roster.holders[row] != NOBODY
    ]
    likes = [row for row in beside if problem.vendors[roster.holders[row]].category == who.category]
    return (
        fits(who, where)
        and all(abs(problem.slots[row].day - where.day) >= day_gap(who) for row in own)
        and len(own) < who.max_turns
        and not (problem.rules.adjacent == "hard" and likes)
    )


@settings(max_examples=60, deadline=None)
@given(small_problems(), st.data())
def test_who_may_take_a_slot_and_what_a_vendor_may_take_is_what_the_rules_allow(problem: Problem, data: st.DataObject) -> None:
    roster = filled_at_random(data, instance_of(problem))
    vendor, slot = data.draw(st.integers(0, len(problem.vendors) - 1)), data.draw(st.integers(0, len(problem.slots) - 1))
    leaving = data.draw(st.sampled_from([NOBODY, *roster.own[vendor]]))

    who, what = roster.who_may_take(slot), roster.what_may_be_taken(vendor, leaving)

    assert who.tolist() == [is_allowed(problem, roster, row, slot) for row in range(len(problem.vendors))]
    assert what.tolist() == [is_allowed(problem, roster, vendor, row, leaving) for row in range(len(problem.slots))]


@settings(max_examples=30, deadline=None)
@given(small_problems(), st.data())
def test_clearing_everything_leaves_no_trace(problem: Problem, data: st.DataObject) -> None:
    roster = filled_at_random(data, instance_of(problem))

    for slot, holder in enumerate(roster.holders.tolist()):
        if holder != NOBODY:
            roster.clear(slot)

    assert not roster.near.any()
    assert not roster.turns.any()
    assert roster.own == [[] for _ in problem.vendors]
