"""Who may send: one at a time, fenced by an epoch, never for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.reminders.lease import TTL, is_held, keep_lease, release_lease, renew_in, take_lease
from models import WorkerLease
from tests.conftest import START

pytestmark = pytest.mark.usefixtures("app")

LATER = START + TTL


def lease() -> tuple[str, int]:
    with reading() as session:
        row = session.scalars(select(WorkerLease)).one()
        return row.owner, row.epoch


def test_the_first_one_takes_it_and_keeps_its_epoch() -> None:
    assert [take_lease("one", now=START), take_lease("one", now=START + timedelta(seconds=19))] == [1, 1]


def test_the_second_one_waits_until_it_ends() -> None:
    take_lease("one", now=START)

    assert take_lease("two", now=LATER - timedelta(microseconds=1)) is None
    assert take_lease("two", now=LATER) == 2
    assert lease() == ("two", 2)


def test_whoever_slept_through_the_end_comes_back_under_a_new_epoch() -> None:
    take_lease("one", now=START)

    assert take_lease("one", now=LATER) == 2


def test_a_lease_given_back_is_free_at_once() -> None:
    take_lease("one", now=START)
    release_lease("one", now=START)

    assert take_lease("two", now=START) == 2


def test_nobody_gives_back_the_lease_of_another() -> None:
    take_lease("one", now=START)
    release_lease("two", now=START)

    assert take_lease("two", now=START) is None


def test_a_lease_of_a_clock_that_was_set_back_does_not_hold_for_ever() -> None:
    take_lease("one", now=START + timedelta(days=1))

    assert take_lease("two", now=START) == 2


def test_only_its_owner_under_its_epoch_renews_it() -> None:
    take_lease("one", now=START)

    def renews(owner: str, epoch: int) -> bool:
        with transaction() as session:
            return renew_in(session, owner, epoch, now=START + timedelta(seconds=5))

    assert [renews("one", 1), renews("one", 2), renews("two", 1)] == [True, False, False]
    assert is_held("one", 1, now=LATER + timedelta(seconds=4))
    assert not is_held("one", 1, now=LATER + timedelta(seconds=5))


def test_the_last_look_sees_that_another_took_over() -> None:
    take_lease("one", now=START)
    take_lease("two", now=LATER)

    assert not is_held("one", 1, now=LATER)
    assert is_held("two", 2, now=LATER)


def test_keeping_extends_ones_own_and_takes_none() -> None:
    assert not keep_lease("one", now=START)
    take_lease("one", now=START)

    assert keep_lease("one", now=START + timedelta(seconds=15))
    assert not keep_lease("two", now=START + timedelta(seconds=15))
    assert is_held("one", 1, now=START + timedelta(seconds=34))
    assert not keep_lease("one", now=START + timedelta(seconds=35))
