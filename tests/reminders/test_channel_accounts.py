"""Accounts rest encrypted, are built once, and never break sending when they cannot be opened."""

from collections.abc import Mapping

import pytest
from flask import Flask

from bazaar.database import reading, transaction
from bazaar.reminders import channel_accounts
from bazaar.reminders.channel_accounts import ChannelRack, Unreadable, channels_of, open_fields, seal_fields
from bazaar.states import ChannelName
from models import ChannelAccount, Edition
from tests import factories
from tests.conftest import START, RecordingChannel, World

SECRET = "a key that is long enough for tests, 0123456789"
FIELDS = {"token": "rahasia-fonnte", "hook_secret": "kata"}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """Every call of the builder; each builds a channel that remembers."""
    calls: list[Mapping[str, str]] = []

    def build(name: ChannelName, fields: Mapping[str, str], **_options: object) -> RecordingChannel:
        calls.append(fields)
        return RecordingChannel(name)

    monkeypatch.setattr(channel_accounts, "build_channel", build)
    return calls


def _bazaar_with(channel: ChannelName, *, secret: str = SECRET, **values: object) -> int:
    edition_id = factories.make_edition()
    with transaction() as session:
        bazaar_id = session.get_one(Edition, edition_id).bazaar_id
        session.add(ChannelAccount(bazaar_id=bazaar_id, channel=channel, sealed=seal_fields(FIELDS, secret), created_at=START, **values))
    return bazaar_id


def test_sealed_fields_show_nothing_of_what_they_hold() -> None:
    sealed = seal_fields(FIELDS, SECRET)

    assert "rahasia" not in sealed
    assert open_fields(sealed, SECRET) == FIELDS


def test_fields_sealed_with_another_key_are_unreadable() -> None:
    sealed = seal_fields(FIELDS, SECRET)

    with pytest.raises(Unreadable):
        open_fields(sealed, SECRET + "x")


def test_a_channel_is_built_once_and_again_after_a_change(app: Flask, world: World, built: list[Mapping[str, str]]) -> None:
    bazaar_id = _bazaar_with(ChannelName.FONNTE)
    outside = app.extensions["giliran.outside"]

    with reading() as session:
        first = channels_of(session, outside, bazaar_id, secret_key=SECRET)[ChannelName.FONNTE]
        again = channels_of(session, outside, bazaar_id, secret_key=SECRET)[ChannelName.FONNTE]
    with transaction() as session:
        session.query(ChannelAccount).one().revision += 1
    with reading() as session:
        changed = channels_of(session, outside, bazaar_id, secret_key=SECRET)[ChannelName.FONNTE]

    assert first is again
    assert changed is not first
    assert built == [FIELDS, FIELDS]


@pytest.mark.parametrize("values", [{"is_paused": True}, {"withdrawn_at": START}, {"secret": "another key, just as long as the first one"}])
def test_what_is_paused_withdrawn_or_unreadable_is_left_out(
    app: Flask, world: World, built: list[Mapping[str, str]], values: dict[str, object]
) -> None:
    bazaar_id = _bazaar_with(ChannelName.FONNTE, **values)  # type: ignore[arg-type] # columns of an account

    with reading() as session:
        channels = channels_of(session, app.extensions["giliran.outside"], bazaar_id, secret_key=SECRET)

    assert set(channels) == {ChannelName.EMAIL, ChannelName.CONSOLE}


def test_one_bazaar_never_gets_the_channels_of_another(app: Flask, world: World, built: list[Mapping[str, str]]) -> None:
    _bazaar_with(ChannelName.FONNTE)
    other = _bazaar_with(ChannelName.TELEGRAM)

    with reading() as session:
        channels = channels_of(session, app.extensions["giliran.outside"], other, secret_key=SECRET)

    assert ChannelName.FONNTE not in channels


def test_a_rack_that_is_closed_lets_go_of_its_channels(app: Flask, built: list[Mapping[str, str]]) -> None:
    _bazaar_with(ChannelName.FONNTE)
    rack = ChannelRack()
    with reading() as session:
        account = session.query(ChannelAccount).one()
        rack.channel(account, SECRET)

        rack.close()
        rack.channel(account, SECRET)

    assert len(built) == 2
