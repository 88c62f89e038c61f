"""Cutting live sessions into slots."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.editions.slots import cut
from bazaar.refusals import Refusal

STARTS_AT = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)


@settings(deadline=None, max_examples=50)
@given(minutes=st.integers(1, 16 * 60), slot_minutes=st.integers(-5, 16 * 60))
def test_slots_are_whole_follow_each_other_and_leave_less_than_one_over(minutes: int, slot_minutes: int) -> None:
    ends_at = STARTS_AT + timedelta(minutes=minutes)

    try:
        slots = cut(STARTS_AT, ends_at, slot_minutes)
    except Refusal:
        assert slot_minutes < 1 or not 1 <= minutes // slot_minutes <= 96
        return

    assert [slot.position for slot in slots] == list(range(1, len(slots) + 1))
    assert [slot.starts_at for slot in slots[1:]] == [slot.ends_at for slot in slots[:-1]]
    assert timedelta(0) <= ends_at - slots[-1].ends_at < timedelta(minutes=slot_minutes)


def test_a_live_session_without_room_for_one_slot_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        cut(STARTS_AT, STARTS_AT + timedelta(minutes=10), 15)

    assert refused.value.code == "slots_do_not_fit"
