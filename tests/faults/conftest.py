"""A mail server and schedulers for the tests about faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from bazaar.settings import Settings
from tests.faults.processes import Schedulers
from tests.reminders.channels.sink import Sink, running_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def schedulers(app: Flask, settings: Settings, sink: Sink, tmp_path: Path) -> Iterator[Schedulers]:
    made = Schedulers(tmp_path, settings.database_url, sink.port)
    yield made
    made.end_all()
