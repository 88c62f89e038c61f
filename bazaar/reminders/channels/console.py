"""The console channel: prints the message. For development and demonstrations, where nobody must really be written to."""

import sys
from typing import TextIO

from bazaar.reminders.channels.base import Message, Receipt
from bazaar.states import ChannelName


class ConsoleChannel:
    """Writes each message to a stream (standard output unless another is given)."""

    name = ChannelName.CONSOLE

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, message: Message) -> Receipt:
        print(
            f"--- to {message.to_name} <{message.to_address}>: {message.subject}\n{message.text}\n---",
            file=self._stream or sys.stdout,
            flush=True,
        )
        return Receipt()
