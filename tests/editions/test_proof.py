"""The proof of a draw says what is proved, what is not and how far from it, and notices when what it stands on was changed."""

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bazaar.database import reading, transaction
from bazaar.editions.build import build_rotation
from bazaar.editions.proof import newest_proof_number, plan_file, problem_file, proof_page
from bazaar.editions.publish import publish_rotation
from bazaar.refusals import Refusal
from bazaar.rotation.problem import read_problem
from bazaar.rotation.result import digest_of
from bazaar.rotation.score import PARTS, score_plan
from bazaar.rotation.solve import solve
from bazaar.states import RotationState
from models import Edition, Rotation, Slot, Turn, Vendor
from tests import factories
from tests.editions.draws import NOW, change_draw, draw, make_draw, make_fair

pytestmark = pytest.mark.usefixtures("app")
ALL_PROVED = {"proved": list(PARTS)}


@pytest.fixture
def edition_id() -> int:
    return make_fair(slug="ramadhan")


def test_a_draw_proved_in_all_that_is_fair_is_called_the_fairest(edition_id: int) -> None:
    make_draw(edition_id, proved=list(PARTS[:8]))

    page = proof_page("ramadhan", 1)

    assert page.verdict == "fairest"
    assert page.unproved == ()
    assert page.turns == ((2, 4),)
    assert page.seal == "holds"
    assert page.is_planner_same is True
    assert page.is_problem_as_drawn is True


def test_building_and_publishing_keep_what_the_proof_needs(edition_id: int) -> None:
    built = build_rotation(edition_id, seed=3, planner=solve, by=None, now=NOW)
    publish_rotation(built.rotation_id, by=None, now=NOW)

    page = proof_page("ramadhan", built.number)

    assert (page.seed, page.effort, page.extra_changes, page.digest, page.seal) == (3, 1, 0, built.digest, "holds")
    assert (page.is_planner_same, page.is_problem_as_drawn) == (True, True)
    assert draw(built.rotation_id).plan == json.loads(plan_file("ramadhan", built.number).content)["plan"]


def test_one_part_short_of_its_proof_and_it_is_not_called_the_fairest(edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    value = rotation.score["dev_max"]
    change_draw(rotation.id, proved=[part for part in PARTS if part != "dev_max"], bounds={**rotation.bounds, "dev_max": value - 2})

    page = proof_page("ramadhan", 1)

    assert page.verdict == "near"
    assert [(level.part, level.apart) for level in page.unproved] == [("dev_max", 0.5)]  # two, shared by four vendors: half a point


def test_a_gap_is_never_told_as_smaller_than_it_is_and_an_unknown_bound_is_told_as_unknown(edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    value = rotation.score["dev_max"]
    change_draw(rotation.id, proved=[], bounds={**rotation.bounds, "dev_max": value - 1, "dev_sq": None})

    page = proof_page("ramadhan", 1)

    assert page.level("dev_max").apart == 0.3  # a quarter, rounded up
    assert (page.level("dev_sq").least, page.level("dev_sq").apart) == (None, None)


def test_a_broken_rule_is_said_first_whatever_is_proved(edition_id: int) -> None:
    rotation = draw(make_draw(edition_id, **ALL_PROVED))
    change_draw(rotation.id, score={**rotation.score, "hard": 1})

    assert proof_page("ramadhan", 1).verdict == "broken"


@pytest.mark.parametrize(
    ("proved", "changes", "verdict"),
    [(PARTS, 2, "fairest_repair"), ([part for part in PARTS if part != "changes"], 4, "fairest_of_more_changes"), (PARTS, 0, "unchanged")],
)
def test_a_repair_is_fair_only_for_so_many_changes(edition_id: int, proved: list[str], changes: int, verdict: str) -> None:
    make_draw(edition_id)
    rotation = draw(make_draw(edition_id, keep_published=True, proved=list(proved), at=NOW + timedelta(hours=1)))
    change_draw(rotation.id, score={**rotation.score, "changes": changes})

    page = proof_page("ramadhan", 2)

    assert (page.is_repair, page.verdict, page.level("changes").value) == (True, verdict, changes)


def test_every_publication_keeps_its_page_and_a_draft_has_none(edition_id: int) -> None:
    make_draw(edition_id)
    make_draw(edition_id, state=RotationState.DRAFT, at=NOW + timedelta(hours=1))
    make_draw(edition_id, at=NOW + timedelta(hours=2))

    first, newest = proof_page("ramadhan", 1), proof_page("ramadhan", 3)

    assert (first.replaced_by, first.replaced_at) == (3, NOW + timedelta(hours=2))
    assert (newest.replaced_by, newest.numbers, newest_proof_number("ramadhan")) == (None, (3, 1), 3)
    for number in (2, 4):
        with pytest.raises(Refusal, match="not_found"):
            proof_page("ramadhan", number)


def test_every_draft_since_the_publication_before_is_counted_with_its_seed(edition_id: int) -> None:
    make_draw(edition_id)
    make_draw(edition_id, seed=99, state=RotationState.DISCARDED, at=NOW + timedelta(hours=1))
    lost = make_draw(edition_id, state=RotationState.DISCARDED, at=NOW + timedelta(hours=2))
    make_draw(edition_id, at=NOW + timedelta(hours=3))
    make_draw(edition_id, state=RotationState.DRAFT, at=NOW + timedelta(hours=4))
    with transaction() as session:
        session.execute(delete(Rotation).where(Rotation.id == lost))

    page = proof_page("ramadhan", 4)

    assert [(line.number, line.seed, line.is_seed_chosen, line.is_this) for line in page.drafts] == [
        (2, 99, True, False),
        (4, 4, False, True),
    ]
    assert page.lost_numbers == (3,)


def test_an_older_draft_that_is_published_late_was_chosen_among_the_newer_ones(edition_id: int) -> None:
    make_draw(edition_id, at=NOW, published_at=NOW + timedelta(hours=2))
    make_draw(edition_id, state=RotationState.DRAFT, at=NOW + timedelta(hours=1))

    assert [line.number for line in proof_page("ramadhan", 1).drafts] == [1, 2]


def test_what_the_organizers_gave_away_is_named_but_not_what_had_begun(edition_id: int) -> None:
    with reading() as session:
        slots = list(session.scalars(select(Slot).order_by(Slot.starts_at)))
        vendors = list(session.scalars(select(Vendor.id).order_by(Vendor.id)))
    with transaction() as session:
        session.execute(update(Slot).where(Slot.id == slots[5].id).values(pinned_vendor_id=vendors[1]))
    make_draw(edition_id)
    make_draw(edition_id, at=slots[1].starts_at)  # two turns have begun

    pins = proof_page("ramadhan", 2).asked.pins

    assert [(pin.vendor_number, pin.day.day, pin.minute) for pin in pins] == [(vendors[1], 8, 20 * 60 + 15)]


def test_turns_that_were_spared_because_they_are_near_are_no_gifts(edition_id: int) -> None:
    make_draw(edition_id)
    evening = NOW + timedelta(hours=20)  # the first evening is 17 hours later

    make_draw(edition_id, keep_soon=True, at=evening)

    asked = proof_page("ramadhan", 2).asked
    assert (asked.pins, asked.kept_count, asked.is_kept_sure) == ((), 4, True)


def test_a_pin_on_a_near_turn_is_told_as_a_pin_and_in_an_older_draw_together_with_what_was_kept(edition_id: int) -> None:
    make_draw(edition_id)
    with reading() as session:
        near, holder = session.execute(
            select(Turn.slot_id, Turn.vendor_id).join(Slot, Slot.id == Turn.slot_id).order_by(Slot.starts_at).limit(1)
        ).one()
    with transaction() as session:
        session.execute(update(Slot).where(Slot.id == near).values(pinned_vendor_id=holder))
    second = make_draw(edition_id, keep_soon=True, at=NOW + timedelta(hours=20))

    told, file = proof_page("ramadhan", 2).asked, json.loads(plan_file("ramadhan", 2).content)
    change_draw(second, hand_pins=None)
    older, older_file = proof_page("ramadhan", 2).asked, json.loads(plan_file("ramadhan", 2).content)

    assert ([pin.vendor_number for pin in told.pins], told.kept_count, told.is_kept_sure) == ([holder], 3, True)
    assert (older.pins, older.kept_count, older.is_kept_sure) == ((), 4, False)
    assert (file["pinned_by_people"], "pinned_by_people" in older_file) == ([f"s{near}"], False)


def test_the_file_has_the_hash_that_the_page_tells_and_gives_the_digest(edition_id: int) -> None:
    make_draw(edition_id, seed=7)
    page, question, answer = proof_page("ramadhan", 1), problem_file("ramadhan", 1), plan_file("ramadhan", 1)

    problem, result = read_problem(json.loads(question.content)), json.loads(answer.content)

    assert (question.name, answer.name) == ("undian-1-soal.json", "undian-1-hasil.json")
    assert hashlib.sha256(question.content).hexdigest() == page.problem_hash
    assert digest_of(problem, 0, 1, result["plan"]) == result["digest"] == page.digest
    assert score_plan(problem, result["plan"]).as_dict() == result["score"]


def test_a_problem_changed_after_the_draw_breaks_the_seal(edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    problem = json.loads(json.dumps(rotation.problem))
    problem["vendors"][0]["off"] = [0]

    change_draw(rotation.id, problem=problem)

    page = proof_page("ramadhan", 1)
    assert (page.seal, page.is_problem_as_drawn) == ("broken", False)


def test_another_seed_than_the_one_drawn_with_breaks_the_seal(edition_id: int) -> None:
    change_draw(make_draw(edition_id), seed=4711)

    assert proof_page("ramadhan", 1).seal == "broken"


@pytest.mark.parametrize("claim", ["score", "proof", "bound"])
def test_a_claim_that_the_plan_does_not_bear_out_is_noticed(edition_id: int, claim: str) -> None:
    rotation = draw(make_draw(edition_id))
    before = proof_page("ramadhan", 1).is_score_right

    if claim == "score":
        change_draw(rotation.id, score={**rotation.score, "dev_sq": 0})
    elif claim == "bound":
        change_draw(rotation.id, proved=[], bounds={**rotation.bounds, "dev_max": rotation.score["dev_max"] + 1})
    else:
        change_draw(rotation.id, proved=list(PARTS), bounds={**rotation.bounds, "dev_max": rotation.score["dev_max"] - 1})

    assert (before, proof_page("ramadhan", 1).is_score_right) == (True, False)


def test_turns_changed_by_hand_are_counted_and_the_plan_stays_as_it_was_drawn(edition_id: int) -> None:
    rotation = draw(make_draw(edition_id))
    with transaction() as session:
        turn = session.scalars(select(Turn).limit(1)).one()
        others = select(Vendor.id).where(Vendor.id != turn.vendor_id).limit(1)
        turn.vendor_id = session.scalars(others).one()

    page = proof_page("ramadhan", 1)

    assert (page.since.changed_count, page.since.carried_count, page.seal) == (1, 0, "holds")
    assert json.loads(plan_file("ramadhan", 1).content)["plan"] == rotation.plan


def test_turns_called_off_since_are_counted_while_the_publication_is_in_force(edition_id: int) -> None:
    make_draw(edition_id)
    with transaction() as session:
        leaving = session.scalars(select(Vendor.id).limit(1)).one()
        session.execute(update(Vendor).where(Vendor.id == leaving).values(withdrawn_at=NOW))

    assert proof_page("ramadhan", 1).since.dropped_count == 2


def test_a_draw_of_a_time_that_kept_less_says_what_it_does_not_know(edition_id: int) -> None:
    make_draw(edition_id, plan=None, problem_hash=None, effort=None, extra_changes=None, planner_version=None)

    page = proof_page("ramadhan", 1)

    assert (page.effort, page.extra_changes, page.planner_version, page.is_planner_same, page.is_problem_as_drawn) == (None,) * 5
    assert page.seal == "holds"  # the turns still give the digest that was written down


def test_another_version_of_the_planner_is_told(edition_id: int) -> None:
    make_draw(edition_id, planner_version="0123456789ab, numpy 1, scipy 1")

    assert proof_page("ramadhan", 1).is_planner_same is False


def test_a_rotation_without_its_problem_has_no_proof(edition_id: int) -> None:
    factories.make_rotation(edition_id)

    for asked in (proof_page, problem_file, plan_file):
        with pytest.raises(Refusal, match="draw_unreadable"):
            asked("ramadhan", 1)


def test_an_archived_edition_keeps_its_proof_and_an_unpublished_one_has_none(edition_id: int) -> None:
    assert newest_proof_number("ramadhan") is None

    make_draw(edition_id)
    with transaction() as session:
        session.execute(update(Edition).values(archived_at=NOW))

    assert newest_proof_number("ramadhan") == 1
    assert proof_page("ramadhan", 1).edition.state == "archived"


def test_turns_that_had_begun_before_the_draw_are_counted_also_where_the_problem_names_them_as_facts(edition_id: int) -> None:
    make_draw(edition_id)
    make_draw(edition_id, keep_published=True, at=NOW + timedelta(days=3))

    page = proof_page("ramadhan", 2)

    assert (page.since.carried_count, page.asked.pins) == (sum(slot.pin is not None for slot in read_problem(draw(2).problem).slots), ())
    assert page.since.carried_count > 0
