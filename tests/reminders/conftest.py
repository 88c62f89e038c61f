"""Channels that bazaars opened, with a memory instead of a service behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bazaar.database import transaction
from bazaar.reminders import channel_accounts
from bazaar.reminders.channel_accounts import seal_fields
from bazaar.states import ChannelName
from models import ChannelAccount, Edition
from tests.conftest import START, RecordingChannel
from tests.reminders.stage import world_of


@dataclass
class Gateways:
    """Every channel that bazaars opened, with a memory, by bazaar and name."""

    channels: dict[ChannelName, RecordingChannel] = field(default_factory=dict)

    def open(self, edition_id: int, name: ChannelName, **values: Any) -> RecordingChannel:
        """Give the edition's bazaar an account of the channel."""
        channel = self.channels.setdefault(name, RecordingChannel(name))
        with transaction() as session:
            bazaar_id = session.get_one(Edition, edition_id).bazaar_id
            sealed = seal_fields({}, world_of().links.secret_key)
            session.add(ChannelAccount(bazaar_id=bazaar_id, channel=name, sealed=sealed, created_at=START, **values))
        return channel


@pytest.fixture
def gateways(monkeypatch: pytest.MonkeyPatch) -> Gateways:
    """Accounts lead to channels of this fixture instead of real services."""
    gateways = Gateways()

    def build(name: ChannelName, _fields: Mapping[str, str], **_options: Any) -> RecordingChannel:
        return gateways.channels[name]

    monkeypatch.setattr(channel_accounts, "build_channel", build)
    return gateways
