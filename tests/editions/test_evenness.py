"""How even a draft is: figures that agree with the plan, and reasons for what stays empty."""

from datetime import UTC, datetime, timedelta

import pytest

from bazaar.database import transaction
from bazaar.editions.build import build_rotation
from bazaar.editions.evenness import EvennessPage, evenness_page, evenness_sheet
from bazaar.editions.pins import pin_slot
from bazaar.refusals import Refusal
from bazaar.rotation.solve import solve
from bazaar.vendors.registry import delete_vendor
from models import Availability, PastTurn, Rotation, Vendor
from tests.factories import make_edition, make_live_session, make_rotation, make_vendor, slot_ids

EVENING = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
NOW = EVENING - timedelta(days=2)
pytestmark = pytest.mark.usefixtures("app")


def built(edition_id: int, **options: object) -> EvennessPage:
    number = build_rotation(edition_id, planner=solve, by=None, now=NOW).number
    return evenness_page(edition_id, number, now=NOW, **options)  # type: ignore[arg-type]


def away_always(vendor_id: int) -> None:
    with transaction() as session:
        session.add_all(Availability(vendor_id=vendor_id, weekday=day) for day in range(7))


def test_each_vendor_gets_turns_minutes_good_hours_and_points() -> None:
    edition_id = make_edition(good_from_minute=20 * 60, good_until_minute=20 * 60 + 10)
    make_live_session(edition_id, slot_count=2)
    make_vendor(edition_id, business_name="Satu")
    make_vendor(edition_id, business_name="Dua")

    page = built(edition_id)

    assert [(share.turn_count, share.minutes, share.points) for share in page.vendors] == [(1, 15, 10), (1, 15, 10)]
    assert sorted(share.good_turn_count for share in page.vendors) == [0, 1]
    assert (page.turns.least, page.turns.most, page.turns.spread) == (1, 1, 0)
    assert (page.asked.slot_count, page.open_slots) == (2, ())
    assert sorted(share.good_minutes for share in page.vendors) == [0, 10]


def test_credit_is_what_came_before_and_what_goes_on() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    lucky, poor = make_vendor(edition_id, business_name="Lama"), make_vendor(edition_id, business_name="Muda")
    with transaction() as session:
        for vendor_id, minutes in ((lucky, 40), (poor, 20)):
            session.add(
                PastTurn(vendor_id=vendor_id, edition_name="2025", started_at=datetime(2025, 3, 4, 13, tzinfo=UTC), minutes_aired=minutes)
            )

    page = built(edition_id)

    # 60 against 30 points, mean 45, six tenths of it; a year later three tenths, and this year both got ten.
    assert [(share.business_name, share.credit_before, share.credit_after) for share in page.vendors] == [("Lama", 9, 5), ("Muda", -9, -4)]


def test_an_open_slot_says_what_keeps_everybody_away() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=3))
    make_vendor(edition_id)
    away_always(make_vendor(edition_id))

    page = built(edition_id)

    assert [group.reasons for group in page.open_slots] == [(("away", 1), ("near", 1))]
    assert len({slot_id for slot_id, _starts_at in page.open_slots[0].slots} & set(slots)) == page.open_slot_count == 2
    assert page.is_proved("unfilled")
    assert [share.is_at_ceiling for share in page.vendors] == [True, True]
    assert [share.missing_count for share in page.short] == [1]


def test_a_pin_that_cannot_be_kept_is_named_as_the_reason() -> None:
    edition_id = make_edition()
    slots = slot_ids(make_live_session(edition_id, slot_count=3))
    make_vendor(edition_id)
    absent = make_vendor(edition_id, business_name="Tape Legi")
    away_always(absent)
    for slot_id in slots:  # the other vendor takes one, the absent one stands in one by the organizer's word, nobody is left for the third
        pin_slot(edition_id, slot_id, absent, by=None, now=NOW)

    page = built(edition_id)

    assert [(slot.pinned_name, slot.pin_obstacle) for slot in page.open_slots] == [("Tape Legi", "away")]


def test_the_vendors_come_in_the_order_asked_for() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    for name in ("Cokelat", "anyaman", "Batik"):
        make_vendor(edition_id, business_name=name)
    number = build_rotation(edition_id, planner=solve, by=None, now=NOW).number

    def names(**options: object) -> list[str]:
        return [share.business_name for share in evenness_page(edition_id, number, now=NOW, **options).vendors]  # type: ignore[arg-type]

    without = next(share.business_name for share in evenness_page(edition_id, number, now=NOW).vendors if not share.turn_count)
    assert names() == ["anyaman", "Batik", "Cokelat"]
    assert names(is_reversed=True) == ["Cokelat", "Batik", "anyaman"]
    assert names(order="turns")[-1] == without
    assert names(order="turns", is_reversed=True)[0] == without


def test_a_draft_whose_vendor_was_deleted_is_still_read() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id, business_name="Ada")
    vendor_id = make_vendor(edition_id, business_name="Hilang")
    away_always(vendor_id)
    number = build_rotation(edition_id, planner=solve, by=None, now=NOW).number
    with transaction() as session:
        session.delete(session.get_one(Vendor, vendor_id))

    page = evenness_page(edition_id, number, now=NOW)

    assert [share.business_name for share in page.vendors] == ["Ada", "Lapak yang sudah dihapus"]


def test_figures_of_a_draft_are_those_of_its_own_data_after_a_vendor_in_it_was_deleted() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    make_vendor(edition_id)
    gone_id = make_vendor(edition_id)
    before = built(edition_id)
    delete_vendor(edition_id, gone_id, by=None, now=NOW)

    page = evenness_page(edition_id, before.rotation.number, now=NOW)

    assert page.is_outdated
    assert ([share.turn_count for share in page.vendors], page.open_slot_count, page.levels) == ([1, 1], 0, before.levels)


def test_a_draft_overtaken_by_changes_says_so() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    vendor_id = make_vendor(edition_id)
    page = built(edition_id)
    away_always(vendor_id)

    later = evenness_page(edition_id, page.rotation.number, now=NOW)

    assert (page.is_outdated, later.is_outdated) == (False, True)


def test_a_draft_at_every_bound_is_the_fairest_and_one_part_in_doubt_is_named() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=2)
    make_vendor(edition_id)
    make_vendor(edition_id)
    page = built(edition_id)
    with transaction() as session:
        rotation = session.get_one(Rotation, page.rotation.id)
        rotation.score = {**rotation.score, "dev_max": 7}
        rotation.bounds = {**rotation.bounds, "dev_max": 4}
        rotation.proved = [part for part in rotation.proved if part != "dev_max"]

    doubted = evenness_page(edition_id, page.rotation.number, now=NOW)

    assert (page.verdict, page.is_proved("spread", "dev_max", "dev_sq")) == ("fairest", True)
    assert (doubted.verdict, doubted.is_proved("dev_max"), doubted.is_proved("spread")) == ("near", False, True)
    farthest = doubted.level("dev_max")
    assert farthest is not None
    # Told in points: two vendors share what the score multiplies by their number.
    assert (farthest.amount, farthest.least, farthest.apart) == (3.5, 2.0, 1.5)


def test_whoever_could_not_have_more_is_named_with_the_reason() -> None:
    edition_id = make_edition(gap_days=3)
    for day in (0, 1, 4, 8):
        make_live_session(edition_id, starts_at=EVENING + timedelta(days=day), slot_count=4)
    make_vendor(edition_id, business_name="Bebas")
    make_vendor(edition_id, business_name="Cukup", max_turns=1)
    seldom, close = make_vendor(edition_id, business_name="Jarang"), make_vendor(edition_id, business_name="Rapat")
    with transaction() as session:
        for vendor_id, days in ((seldom, (1, 4, 8)), (close, (4, 8))):
            session.add_all(Availability(vendor_id=vendor_id, off_on=(EVENING + timedelta(days=day)).date()) for day in days)

    page = built(edition_id)

    why = {share.business_name: share.ceiling and (share.ceiling.reason, share.ceiling.day_count) for share in page.vendors}
    assert why == {"Bebas": None, "Cukup": ("asked", 4), "Jarang": ("days", 1), "Rapat": ("gap", 2)}
    assert [share.business_name for share in page.limited] == ["Cukup", "Jarang", "Rapat"]


def test_the_sheet_says_what_the_table_says() -> None:
    edition_id = make_edition()
    make_live_session(edition_id, slot_count=1)
    make_vendor(edition_id, business_name="Tape Legi", owner_name="Bu Sri")
    page = built(edition_id)

    head, row = evenness_sheet(edition_id, page.rotation.number, now=NOW)

    share = page.vendors[0]
    assert dict(zip(head, row, strict=True)) == {
        "Lapak": "Tape Legi",
        "Pemilik": "Bu Sri",
        "Giliran": 1,
        "Menit": 15,
        "Giliran ramai": share.good_turn_count,
        "Menit ramai": share.good_minutes,
        "Nilai": share.points,
        "Bekal dulu": 0,
        "Bekal nanti": 0,
        "Kurang dari jatah": 0,
    }


def test_a_number_nobody_drew_is_not_found() -> None:
    edition_id, other = make_edition(), make_edition()
    make_rotation(other)

    with pytest.raises(Refusal, match="not_found"):
        evenness_page(edition_id, 1, now=NOW)
