"""A message to hand to a channel, quiet unless told otherwise."""

from typing import Any

from bazaar.reminders.channels.base import Message

PHONE = "+6281200001024"
KEY = "5d41402abc4b2a76b9719d911017c592"


def message(**values: Any) -> Message:
    """To Bu Sari, about her turn."""
    usual = {
        "key": KEY,
        "to_name": "Bu Sari",
        "to_address": PHONE,
        "subject": "Bu Sari, giliran 20.00 WIB",
        "text": "Bu Sari, 30 menit lagi.",
    }
    return Message(**{**usual, **values})
