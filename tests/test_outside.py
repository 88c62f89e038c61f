"""The real world as the settings describe it."""

from dataclasses import FrozenInstanceError
from datetime import UTC
from pathlib import Path

import pytest

from bazaar.outside import LinkPrinter, real_outside
from bazaar.settings import SettingsError
from bazaar.states import ChannelName
from bazaar.tokens import hash_token, token_of_link
from tests.conftest import make_settings

PRODUCTION = {"GILIRAN_ENV": "production", "PUBLIC_URL": "https://giliran.example"}


@pytest.mark.parametrize(
    ("environment", "channels"),
    [
        ({}, {ChannelName.CONSOLE, ChannelName.PUSH}),
        ({"PUBLIC_URL": "http://10.0.0.5:8000"}, {ChannelName.CONSOLE}),
        ({"SMTP_URL": "smtp://mail.example.org"}, {ChannelName.CONSOLE, ChannelName.EMAIL, ChannelName.PUSH}),
        (PRODUCTION, {ChannelName.PUSH}),
        ({**PRODUCTION, "SMTP_URL": "smtp://mail.example.org"}, {ChannelName.EMAIL, ChannelName.PUSH}),
    ],
)
def test_a_channel_is_there_where_it_may_be_used(tmp_path: Path, environment: dict[str, str], channels: set[ChannelName]) -> None:
    outside = real_outside(make_settings(tmp_path, "sqlite:////tmp/x", **environment))

    assert set(outside.channels) == channels
    assert all(name is channel.name for name, channel in outside.channels.items())


@pytest.mark.parametrize(("url", "is_local"), [("smtp://127.0.0.1:1025", True), ("smtp://mail.example.org", False), ("", False)])
def test_mail_that_stays_on_this_machine_is_known(tmp_path: Path, url: str, is_local: bool) -> None:
    assert real_outside(make_settings(tmp_path, "sqlite:////tmp/x", SMTP_URL=url)).is_mail_local is is_local


def test_a_sender_that_is_no_address_stops_the_start_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MAIL_FROM is 'Panitia'; it must look like Giliran <giliran@example\.org>\."):
        real_outside(make_settings(tmp_path, "sqlite:////tmp/x", MAIL_FROM="Panitia"))


def test_the_clock_is_aware_and_the_world_is_frozen(tmp_path: Path) -> None:
    outside = real_outside(make_settings(tmp_path, "sqlite:////tmp/x"))

    assert outside.clock().tzinfo is UTC
    with pytest.raises(FrozenInstanceError):
        outside.is_mail_local = True  # type: ignore[misc] # that is the claim


def test_links_are_written_from_the_public_address() -> None:
    links = LinkPrinter("https://giliran.example", "kunci")

    token = token_of_link("kunci", "nonce")
    assert links.vendor("nonce") == f"https://giliran.example/g/{token}"
    assert links.host("nonce") == f"https://giliran.example/h/{token}"
    assert links.page("/panitia") == "https://giliran.example/panitia"
    assert "nonce" not in token
    assert hash_token(token) != token
