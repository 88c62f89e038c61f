"""Building stores a draft that keeps the rules, repeats itself, and never touches what is in force."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bazaar.database import reading, transaction
from bazaar.editions.build import Built, build_rotation, read_problem_of, request_build
from bazaar.editions.pins import pin_slot
from bazaar.outside import Outside
from bazaar.planner import PlannerError, ask_apart
from bazaar.refusals import Refusal
from bazaar.rotation.problem import Problem, read_problem
from bazaar.rotation.result import Result
from bazaar.rotation.solve import solve
from bazaar.states import RotationState
from models import Edition, Rotation, Slot, Turn, Vendor
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

NOW = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("app")


def small_edition(*, vendors: int = 6, evenings: int = 4, slots: int = 3, **fields: object) -> int:
    """Evenings two days apart, everybody free, a gap of three days."""
    edition_id = make_edition(**{"gap_days": 3, "wanted_gap_days": 5, **fields})
    for evening in range(evenings):
        make_live_session(edition_id, starts_at=datetime(2026, 5, 5, 13, tzinfo=UTC) + timedelta(days=2 * evening), slot_count=slots)
    for index in range(vendors):
        make_vendor(edition_id, category="AB"[index % 2])
    return edition_id


def turns_of(rotation_id: int) -> dict[int, int]:
    with reading() as session:
        return dict(session.execute(select(Turn.slot_id, Turn.vendor_id).where(Turn.rotation_id == rotation_id)).all())


def build(edition_id: int, **options: object) -> Built:
    return build_rotation(edition_id, **{"planner": solve, "by": None, "now": NOW, **options})  # type: ignore[arg-type]


def test_a_draft_fills_every_slot_evenly_and_keeps_the_distance() -> None:
    edition_id = small_edition()

    built = build(edition_id)

    turns = turns_of(built.rotation_id)
    assert (built.number, built.turn_count, built.open_slot_count) == (1, 12, 0)
    assert sorted(list(turns.values()).count(vendor) for vendor in set(turns.values())) == [2] * 6
    with reading() as session:
        starts = {slot.id: slot.starts_at for slot in session.scalars(select(Slot))}
        rotation = session.get_one(Rotation, built.rotation_id)
    for vendor in set(turns.values()):
        own = sorted(starts[slot] for slot, holder in turns.items() if holder == vendor)
        assert own[1] - own[0] >= timedelta(days=3)
    assert rotation.state is RotationState.DRAFT
    assert rotation.score["hard"] == 0
    assert set(rotation.proved) >= {"hard", "unfilled", "spread", "turns_sq"}


def test_the_same_seed_draws_the_same_and_the_number_is_the_seed_where_none_is_given() -> None:
    edition_id = small_edition()

    first, again, third = build(edition_id, seed=5), build(edition_id, seed=5), build(edition_id)

    assert turns_of(first.rotation_id) == turns_of(again.rotation_id)
    assert first.digest == again.digest
    assert [first.seed, third.seed, third.number] == [5, 3, 3]


def test_the_stored_problem_replays_to_the_same_plan() -> None:
    built = build(small_edition(), seed=11)
    with reading() as session:
        rotation = session.get_one(Rotation, built.rotation_id)
        document = rotation.problem

    result = solve(read_problem(document))

    assert result.digest == built.digest
    assert {slot: vendor for slot, vendor in result.plan.items() if vendor} == {
        f"s{slot}": f"v{vendor}" for slot, vendor in turns_of(built.rotation_id).items()
    }


def test_points_are_remembered_with_each_turn() -> None:
    edition_id = small_edition()

    built = build(edition_id)

    with reading() as session:
        assert session.scalar(select(func.sum(Turn.points)).where(Turn.rotation_id == built.rotation_id)) == 12 * 10


def test_a_build_beside_a_published_rotation_changes_only_what_it_must() -> None:
    edition_id = small_edition()
    first = build(edition_id)
    with transaction() as session:
        session.get_one(Rotation, first.rotation_id).state = RotationState.PUBLISHED
    leaver = next(iter(turns_of(first.rotation_id).values()))
    with transaction() as session:
        session.get_one(Vendor, leaver).withdrawn_at = NOW

    repaired = build(edition_id)

    before, after = turns_of(first.rotation_id), turns_of(repaired.rotation_id)
    kept = {slot for slot, vendor in before.items() if vendor != leaver}
    assert leaver not in after.values()
    assert all(after.get(slot) == before[slot] for slot in kept)


def test_what_has_begun_is_carried_over_even_of_a_vendor_who_left() -> None:
    edition_id = small_edition(evenings=1, slots=3, vendors=3)
    first, second, third = slot_ids(1)
    stood, other, spare = 1, 2, 3
    make_rotation(edition_id, [(first, stood), (second, other)])
    during = datetime(2026, 5, 5, 13, 5, tzinfo=UTC)
    with transaction() as session:
        session.get_one(Vendor, stood).withdrawn_at = during

    built = build_rotation(edition_id, planner=solve, by=None, now=during)

    assert turns_of(built.rotation_id) == {first: stood, second: other, third: spare}


def test_the_slot_of_an_impossible_pin_goes_to_somebody_who_can_come_and_is_counted() -> None:
    edition_id = small_edition(evenings=1, slots=2, vendors=2)
    with transaction() as session:
        for slot in session.scalars(select(Slot)):
            slot.pinned_vendor_id = 1  # twice on one evening

    built = build(edition_id)

    assert (built.turn_count, built.open_slot_count, built.score["hard"]) == (2, 0, 1)


def test_pins_are_kept() -> None:
    edition_id = small_edition()
    slot = slot_ids(2)[1]
    with transaction() as session:
        session.get_one(Slot, slot).pinned_vendor_id = 4

    assert turns_of(build(edition_id).rotation_id)[slot] == 4


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"vendors": 0}, "no_vendors"), ({"evenings": 0}, "no_slots"), ({"archived_at": NOW}, "edition_archived")],
)
def test_a_build_without_what_it_needs_is_refused(fields: dict[str, object], code: str) -> None:
    edition_id = small_edition(**fields)  # type: ignore[arg-type]

    with pytest.raises(Refusal) as refusal:
        build(edition_id)

    assert refusal.value.code == code


def test_an_edition_that_is_over_has_nothing_to_give_but_a_record_can_be_made_of_it() -> None:
    edition_id = small_edition()
    long_after = NOW + timedelta(days=60)

    with pytest.raises(Refusal, match="no_slots_ahead"):
        request_build(edition_id, by=None, now=long_after)

    assert build(edition_id, now=long_after).turn_count == 12


def test_a_first_build_in_the_middle_of_an_edition_gives_only_what_lies_ahead() -> None:
    edition_id = small_edition()
    midway = datetime(2026, 5, 7, 13, 10, tzinfo=UTC)  # the second evening runs

    built = build(edition_id, now=midway)

    with reading() as session:
        starts = session.scalars(
            select(Slot.starts_at).join(Turn, Turn.slot_id == Slot.id).where(Turn.rotation_id == built.rotation_id)
        ).all()
    assert len(starts) == 8
    assert min(starts) > midway


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(Refusal, match="seed_out_of_range"):
        build(small_edition(), seed=seed)


def test_an_unknown_edition_is_refused() -> None:
    with pytest.raises(Refusal, match="not_found"):
        build(12345)


def test_what_is_deleted_while_the_planner_thinks_makes_the_build_refuse() -> None:
    edition_id = small_edition()

    def slow_planner(problem: Problem) -> Result:
        with transaction() as session:
            session.delete(session.get_one(Vendor, 1))
        return solve(problem)

    with pytest.raises(Refusal, match="changed_meanwhile"):
        build(edition_id, planner=slow_planner)

    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Rotation)) == 0
        assert session.get_one(Edition, edition_id).rotation_count == 0


def test_a_planner_in_its_own_process_gives_the_same_result() -> None:
    problem = read_problem_of(small_edition(), seed=3, now=NOW)

    assert Result.from_dict(ask_apart("solve", problem)) == solve(problem)


def test_the_real_world_plans_in_a_process_of_its_own() -> None:
    assert Outside.__dataclass_fields__["ask_planner"].default is ask_apart


def test_a_planner_that_fails_says_why() -> None:
    problem = read_problem_of(small_edition(), now=NOW)
    twins = replace(problem, vendors=(problem.vendors[0], problem.vendors[0]))

    with pytest.raises(PlannerError, match=r"vendors\[1\].id: vendors\[0\] has the id"):
        ask_apart("solve", twins)


def test_a_draft_writes_down_which_pins_people_set_beside_those_of_the_clock() -> None:
    edition_id = make_edition(gap_days=1)
    evenings = [
        slot_ids(make_live_session(edition_id, starts_at=datetime(2026, 5, day, 13, tzinfo=UTC), slot_count=2)) for day in (5, 6, 12)
    ]
    one, two = make_vendor(edition_id), make_vendor(edition_id)
    make_rotation(edition_id, [(evening[place], vendor) for evening in evenings for place, vendor in enumerate((one, two))])
    for slot_id, vendor_id in ((evenings[0][0], one), (evenings[1][0], one), (evenings[2][0], two)):
        pin_slot(edition_id, slot_id, vendor_id, by=None, now=NOW)
    during = datetime(2026, 5, 5, 14, tzinfo=UTC)  # the first evening is over, the second begins within 24 hours

    built = build_rotation(edition_id, keep_soon=True, planner=solve, by=None, now=during)
    for evening in evenings[1:]:
        pin_slot(edition_id, evening[0], None, by=None, now=during)  # what people do later does not change what was

    with reading() as session:
        rotation = session.get_one(Rotation, built.rotation_id)
    assert {slot["id"] for slot in rotation.problem["slots"] if slot["pin"]} == {
        f"s{id_}" for id_ in (*evenings[0], *evenings[1], evenings[2][0])
    }
    assert rotation.hand_pins == [f"s{evenings[1][0]}", f"s{evenings[2][0]}"]
