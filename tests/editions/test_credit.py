"""What is carried over from earlier editions: from sheets and from editions that ran here, for the right vendor, in plain figures."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.database import reading, transaction
from bazaar.editions.air_reports import note_loss
from bazaar.editions.credit import CreditRow, Person, credit_account, credit_rows, earlier_editions, same_vendors
from bazaar.editions.problem import problem_of_edition
from bazaar.states import RotationState
from models import Edition, LiveSession, PastTurn, Rotation, Turn, Vendor, usual_weights
from tests.factories import make_bazaar, make_edition, make_live_session, make_rotation, make_vendor, slot_ids

MARCH = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 29)}
TUESDAY_IN_MARCH = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)  # 20.00 WIB: 23 points for a quarter of an hour
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SRI, ALI, NEW = "+6281200000001", "+6281200000002", "+6281200000003"


def pasts(edition_id: int) -> list[tuple[str, dict[int, int]]]:
    with reading() as session:
        return [(each.name, dict(each.points)) for each in earlier_editions(session, session.get_one(Edition, edition_id))]


def two_editions(**fields: object) -> tuple[int, int, int, dict[str, int], dict[str, int]]:
    """(bazaar, edition in March, edition in May, vendors then, vendors now): Bu Sri had two turns in March, Pak Ali one."""
    bazaar_id = make_bazaar()
    march, may = make_edition(bazaar_id=bazaar_id, name="Maret", **{**MARCH, **fields}), make_edition(bazaar_id=bazaar_id)
    then = {phone: make_vendor(march, phone=phone) for phone in (SRI, ALI)}
    now = {phone: make_vendor(may, phone=phone) for phone in (SRI, ALI, NEW)}
    first, second, third = slot_ids(make_live_session(march, starts_at=TUESDAY_IN_MARCH, slot_count=3))
    make_rotation(march, [(first, then[SRI]), (second, then[ALI]), (third, then[SRI])])
    return bazaar_id, march, may, then, now


PEOPLE = st.lists(
    st.builds(Person, st.integers(1, 99), st.sampled_from("abc"), st.sampled_from(("Tape", "tape ", "Kopi"))),
    max_size=6,
    unique_by=lambda p: p.id,
)


@given(PEOPLE, PEOPLE)
def test_nobody_is_taken_for_a_vendor_with_another_number_and_no_two_for_the_same(now: list[Person], then: list[Person]) -> None:
    same = same_vendors(now, then)

    numbers_now, numbers_then = {person.id: person.phone for person in now}, {person.id: person.phone for person in then}
    assert all(numbers_now[current] == numbers_then[earlier] for current, earlier in same.items())
    assert len(set(same.values())) == len(same)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=9))
def test_what_a_reader_subtracts_on_an_account_comes_out(points: list[int]) -> None:
    (row,) = credit_rows(["Maret"], [60], [points[0]], [[each] for each in points])

    assert 10 * points[0] - row.mean_tenths == row.difference_tenths
    assert abs(60 * row.difference_tenths - 100 * row.carried_tenths) <= 100  # rounded on the way, by a tenth of a point at most


def test_a_number_that_is_shared_needs_the_same_business_name() -> None:
    then = [Person(1, SRI, "Tape Bu Sri"), Person(2, SRI, "Kopi Bu Sri"), Person(3, ALI, "Batik")]
    now = [Person(11, SRI, "kopi  bu sri"), Person(12, SRI, "Keripik"), Person(13, ALI, "Batik Baru"), Person(14, NEW, "Tape Bu Sri")]

    assert same_vendors(now, then) == {11: 2, 13: 3}


@pytest.mark.usefixtures("app")
class TestEarlierEditions:
    def test_an_edition_that_ran_here_counts_by_phone_number_and_a_newcomer_has_none(self) -> None:
        _, _, may, _, now = two_editions()

        assert pasts(may) == [("Maret", {now[SRI]: 46, now[ALI]: 23})]

    def test_lost_minutes_are_carried_over_by_the_weights_of_their_own_edition(self) -> None:
        weights = [{**band, "weights": [200] * 7} for band in usual_weights()]
        _, march, may, _, now = two_editions(audience_weights=weights)
        with reading() as session:
            live_session_id = session.query(LiveSession.id).filter_by(edition_id=march).scalar()
        note_loss(slot_ids(live_session_id)[1], lost_minutes=7, reason="Putus", by=None, now=NOW)

        assert pasts(may) == [("Maret", {now[SRI]: 60, now[ALI]: 16})]

    @pytest.mark.parametrize("is_made_up", [False, True], ids=["not made up", "made up"])
    @pytest.mark.parametrize(
        ("lost_minutes", "is_failed", "counted"),
        [(3, None, 18), (3, False, 18), (3, True, 0), (12, None, 0), (12, False, 5), (15, True, 0)],
        ids=["kept", "kept by word", "failed by word", "failed by minutes", "kept by word against the minutes", "nothing on air"],
    )
    def test_a_turn_counts_next_time_as_it_does_in_its_own_edition_whatever_was_lost_of_it(
        self, lost_minutes: int, is_failed: bool | None, counted: int, is_made_up: bool
    ) -> None:
        _, march, may, then, now = two_editions()
        with transaction() as session:
            [rotation] = session.query(Rotation).filter_by(edition_id=march)
            turns = [(turn.slot_id, turn.vendor_id) for turn in session.query(Turn).filter_by(rotation_id=rotation.id)]
        (lost,) = [slot_id for slot_id, vendor_id in turns if vendor_id == then[ALI]]
        note_loss(lost, lost_minutes=lost_minutes, is_failed=is_failed, reason="Putus", by=None, now=TUESDAY_IN_MARCH + timedelta(hours=2))
        extra = make_live_session(march, starts_at=TUESDAY_IN_MARCH + timedelta(days=7), slot_count=1)
        if is_made_up:
            with transaction() as session:
                session.get_one(Rotation, rotation.id).state = RotationState.SUPERSEDED
            make_rotation(march, [*turns, (slot_ids(extra)[0], then[ALI])])

        with reading() as session:
            edition = session.get_one(Edition, march)
            problem = problem_of_edition(session, edition, seed=0, keep_published=True, now=NOW)
        own = sum(slot.weight for slot in problem.slots if slot.pin == f"v{then[ALI]}" and slot.id != f"s{slot_ids(extra)[0]}")

        assert own == counted
        assert pasts(may)[0][1][now[ALI]] == counted + 23 * is_made_up

    def test_a_cancelled_day_is_carried_over_as_a_loss_and_a_vendor_who_left_took_no_part(self) -> None:
        _, march, may, _, now = two_editions()
        called_off = make_live_session(march, starts_at=TUESDAY_IN_MARCH + timedelta(days=1), withdrawn_at=TUESDAY_IN_MARCH)
        waiting, left = make_vendor(march, phone=NEW), make_vendor(march, phone="+6281200000009", withdrawn_at=TUESDAY_IN_MARCH)
        also_now = make_vendor(may, phone="+6281200000009")
        first, second = slot_ids(called_off)[:2]
        with transaction() as session:
            [rotation] = session.query(Rotation).filter_by(edition_id=march)
            turns = [(turn.slot_id, turn.vendor_id) for turn in session.query(Turn).filter_by(rotation_id=rotation.id)]
            rotation.state = RotationState.SUPERSEDED
        make_rotation(march, [*turns, (first, waiting), (second, left)])

        assert pasts(may) == [("Maret", {now[SRI]: 46, now[ALI]: 23, now[NEW]: 0})]
        assert also_now not in pasts(may)[0][1]

    def test_other_bazaars_later_editions_and_the_sample_do_not_count(self) -> None:
        bazaar_id, _, may, _, _ = two_editions()
        for of in ({}, {"bazaar_id": bazaar_id, "ends_on": date(2026, 5, 4)}, {"bazaar_id": bazaar_id, "is_demo": True}):
            edition_id = make_edition(**{**MARCH, **of})
            vendor_id = make_vendor(edition_id, phone=NEW)
            live_session_id = make_live_session(edition_id, starts_at=TUESDAY_IN_MARCH)
            make_rotation(edition_id, [(slot_ids(live_session_id)[0], vendor_id)])

        assert [name for name, _ in pasts(may)] == ["Maret"]

    def test_the_newest_two_count_whether_they_ran_here_or_came_from_a_sheet(self) -> None:
        _, _, may, _, now = two_editions()
        with transaction() as session:
            for name, month in (("Januari", 1), ("Februari", 2), ("Maret", 3)):
                at = datetime(2026, month, 3, 13, tzinfo=UTC)
                session.add(PastTurn(vendor_id=now[NEW], edition_name=name, started_at=at, minutes_aired=10))

        assert pasts(may) == [("Maret", {now[SRI]: 46, now[ALI]: 23, now[NEW]: 15}), ("Februari", {now[NEW]: 15})]

    def test_the_account_tells_edition_by_edition_what_is_carried_over(self) -> None:
        _, _, may, _, now = two_editions()

        rich, poor, newcomer = (credit_account(may, now[phone]) for phone in (SRI, ALI, NEW))

        assert rich is not None
        assert poor is not None
        assert newcomer is not None
        # The mean of the two who took part is 34.5; 60 parts of a hundred of 11.5 are 6.9.
        assert (rich.total, rich.rows) == (7, (CreditRow("Maret", 60, 46, 345, 115, 69),))
        assert (poor.total, poor.rows[0].points, poor.rows[0].carried_tenths) == (-7, 23, -69)
        assert (newcomer.total, newcomer.is_newcomer) == (0, True)

    def test_the_decay_is_the_editions_own(self) -> None:
        _, _, may, _, now = two_editions()
        with transaction() as session:
            session.get_one(Edition, may).decay_pct = [100, 0]

        account = credit_account(may, now[SRI])

        assert account is not None
        assert account.total == 12  # 11.5

    def test_a_vendor_who_left_has_no_account(self) -> None:
        _, _, may, _, now = two_editions()
        with transaction() as session:
            session.get_one(Vendor, now[SRI]).withdrawn_at = NOW

        assert credit_account(may, now[SRI]) is None
