"""Devices: a key shown once, good for one live session, ended at once when revoked."""

from datetime import timedelta

import pytest
from flask import Flask

from bazaar.accounts.visitor import device_of
from bazaar.refusals import Refusal
from bazaar.sales.devices import KEY_OUTLIVES_SESSION, add_device, device_lines, revoke_device
from bazaar.tokens import hash_token
from tests import factories
from tests.conftest import START


@pytest.fixture
def live_session_id(app: Flask) -> int:
    return factories.make_live_session(factories.make_edition(), starts_at=START, slot_count=6)


def test_a_key_outlives_its_live_session_by_two_days(live_session_id: int) -> None:
    made = add_device(live_session_id, "  HP   Rina ", now=START)

    ends_at = START + timedelta(minutes=90)
    assert (made.name, made.expires_at) == ("HP Rina", ends_at + KEY_OUTLIVES_SESSION)
    known = device_of(hash_token(made.key), now=made.expires_at - timedelta(seconds=1))
    assert known is not None
    assert (known.id, known.live_session_id) == (made.id, live_session_id)
    assert device_of(hash_token(made.key), now=made.expires_at) is None


def test_a_key_made_long_after_the_evening_lasts_two_days_from_then(live_session_id: int) -> None:
    late = START + timedelta(days=30)

    assert add_device(live_session_id, "HP Rina", now=late).expires_at == late + KEY_OUTLIVES_SESSION


def test_a_name_is_good_once_in_a_live_session_also_after_it_was_revoked(live_session_id: int) -> None:
    add_device(live_session_id, "HP Rina", now=START)
    revoke_device(live_session_id, "HP Rina", now=START)

    with pytest.raises(Refusal, match="device_name_taken"):
        add_device(live_session_id, "HP Rina", now=START)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "HP\x07"])
def test_a_device_needs_a_name_that_people_can_read(live_session_id: int, name: str) -> None:
    with pytest.raises(Refusal, match="device_name_missing"):
        add_device(live_session_id, name, now=START)


def test_a_revoked_key_ends_at_once_and_only_once(live_session_id: int) -> None:
    made = add_device(live_session_id, "HP Rina", now=START)

    revoke_device(live_session_id, "HP Rina", now=START)

    assert device_of(hash_token(made.key), now=START) is None
    assert [line.revoked_at for line in device_lines(live_session_id)] == [START]
    with pytest.raises(Refusal, match="device_unknown"):
        revoke_device(live_session_id, "HP Rina", now=START)


def test_a_live_session_that_does_not_exist_has_no_devices(app: Flask) -> None:
    for act in (lambda: add_device(99, "HP", now=START), lambda: revoke_device(99, "HP", now=START), lambda: device_lines(99)):
        with pytest.raises(Refusal, match="not_found"):
            act()
