"""What people type, as one line: a name with a line break would break letters, calendars and sheets that carry it. Pure."""

import unicodedata

_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""Signs that turn the direction of the text around them, also of what stands beside it on a page."""


def one_line(text: str) -> str:
    """The text without line breaks, control signs and direction signs; runs of spaces become one, none stay around."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs"} or sign in _DIRECTIONS else sign for sign in text)
    return " ".join(visible.split())
