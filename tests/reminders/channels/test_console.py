"""The console prints what would have been sent."""

import io

from bazaar.reminders.channels.base import Message, Receipt
from bazaar.reminders.channels.console import ConsoleChannel


def test_a_message_is_printed_whole() -> None:
    stream = io.StringIO()

    receipt = ConsoleChannel(stream).send(Message("k", "Bu Siti", "siti@example.com", "Giliran Ibu", "Ibu bisa hadir?"))

    assert receipt == Receipt()
    assert stream.getvalue() == "--- to Bu Siti <siti@example.com>: Giliran Ibu\nIbu bisa hadir?\n---\n"
