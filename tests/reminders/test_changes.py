"""What changed between two plans, vendor by vendor. Pure."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bazaar.reminders.changes import Changes, News, compare_plans, news_of, starts_by_vendor
from bazaar.turns import PublishedTurn

A = datetime(2026, 5, 5, 13, 0, tzinfo=UTC)
B = A + timedelta(days=1)
C = A + timedelta(days=2)
NOW = A - timedelta(days=1)

instants = st.frozensets(st.integers(-5, 5).map(lambda days: A + timedelta(days=days)), max_size=4)
plans = st.dictionaries(st.integers(1, 6), instants.filter(bool))


def turn(vendor_id: int, starts_at: datetime, slot_id: int = 1) -> PublishedTurn:
    return PublishedTurn(slot_id, vendor_id, 1, starts_at, starts_at + timedelta(minutes=15))


def test_turns_are_told_by_when_they_begin() -> None:
    assert starts_by_vendor([turn(1, A), turn(2, B), turn(1, C)]) == {1: frozenset({A, C}), 2: frozenset({B})}


def test_every_vendor_is_new_moved_removed_or_unchanged() -> None:
    before = {1: frozenset({A}), 2: frozenset({A}), 3: frozenset({A, B})}
    after = {1: frozenset({A}), 2: frozenset({B}), 4: frozenset({C})}

    changes = compare_plans(before, after)

    assert changes == Changes(new=frozenset({4}), moved=frozenset({2}), removed=frozenset({3}), unchanged=frozenset({1}))


@given(before=plans, after=plans)
def test_no_vendor_is_lost_or_counted_twice(before: dict[int, frozenset[datetime]], after: dict[int, frozenset[datetime]]) -> None:
    changes = compare_plans(before, after)
    groups = [changes.new, changes.moved, changes.removed, changes.unchanged]

    assert frozenset().union(*groups) == before.keys() | after.keys()
    assert sum(map(len, groups)) == len(before.keys() | after.keys())


def test_what_lies_behind_is_no_news() -> None:
    news = news_of([NOW - timedelta(hours=1), A], [B], now=NOW)

    assert news == News(gone=(A,), added=(B,), staying=())


def test_a_turn_that_begins_this_instant_lies_behind() -> None:
    assert news_of([NOW], [], now=NOW).is_nothing


def test_losing_the_last_turn_is_a_cancellation_and_losing_one_of_two_is_not() -> None:
    assert news_of([A], [], now=NOW).is_cancelled
    assert not news_of([A, B], [B], now=NOW).is_cancelled
    assert not news_of([A], [B], now=NOW).is_cancelled


@given(old=instants, new=instants)
def test_there_and_back_is_nothing(old: frozenset[datetime], new: frozenset[datetime]) -> None:
    assert news_of(old, old, now=NOW).is_nothing
    assert news_of(old, new, now=NOW).gone == news_of(new, old, now=NOW).added
