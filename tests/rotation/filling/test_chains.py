"""Chains move those who can move for those who cannot."""

from bazaar.rotation.filling.chains import even_turns, fill_empty
from bazaar.rotation.filling.roster import Roster
from bazaar.rotation.instance import instance_of
from bazaar.rotation.stage import NOBODY
from tests.rotation.tiny import problem_of

EARLY, LATE = {"end_until": 1215}, {"start_from": 1215}


def roster_of(slots: list[tuple[int, int]], vendors: list[dict[str, object]], holders: list[int]) -> Roster:
    roster = Roster(instance_of(problem_of(slots=slots, vendors=vendors)))
    for slot, vendor in enumerate(holders):
        if vendor != NOBODY:
            roster.put(vendor, slot)
    return roster


def test_somebody_moves_over_for_one_who_fits_only_there() -> None:
    roster = roster_of([(0, 0), (0, 1)], [{}, EARLY], [0, NOBODY])

    fill_empty(roster, tries=10)

    assert roster.holders.tolist() == [1, 0]


def test_a_chain_over_three_vendors_evens_turns() -> None:
    # v2 can take only the first slot of v1, v1 only one of v0, who has two.
    slots = [(0, 0), (1, 0), (2, 0)]
    vendors: list[dict[str, object]] = [{}, {"days_off": frozenset({2})}, {"days_off": frozenset({1, 2})}]
    roster = roster_of(slots, vendors, [1, 0, 0])

    even_turns(roster, tries=10)

    assert roster.turns.tolist() == [1, 1, 1]


def test_what_is_fixed_does_not_move() -> None:
    roster = roster_of([(0, 0), (0, 1)], [{}, EARLY], [0, NOBODY])
    roster.is_movable[0] = False

    fill_empty(roster, tries=10)

    assert roster.holders.tolist() == [0, NOBODY]


def test_a_guarantee_is_kept_at_the_price_of_evenness() -> None:
    roster = roster_of([(0, 0), (1, 0)], [{}, {"min_turns": 2}], [0, 1])

    even_turns(roster, tries=10)

    assert roster.turns.tolist() == [0, 2]


def test_a_chain_that_a_rule_stops_half_way_leaves_everything_as_it_was() -> None:
    # v0 would have to stand twice too near; nobody else can come.
    roster = roster_of([(0, 0), (1, 0), (2, 0)], [{"gap": 3}], [NOBODY, 0, NOBODY])

    fill_empty(roster, tries=10)

    assert roster.holders.tolist() == [NOBODY, 0, NOBODY]
    assert roster.turns.tolist() == [1]
