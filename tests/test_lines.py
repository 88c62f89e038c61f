"""One line stays one line, whatever was pasted into it."""

import pytest

from bazaar.lines import one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bu   Rani ", "Bu Rani"),
        ("Bu Rani\r\nBcc: semua@example.org", "Bu Rani Bcc: semua@example.org"),
        ("Tape\x00\x1b[31m\x85manis\u2028", "Tape [31m manis"),
        ("\u202eelbat\u2066", "elbat"),
        ("\ud800", ""),
        ("🧕🏽 Siti Nur’aini", "🧕🏽 Siti Nur’aini"),
        ("", ""),
    ],
)
def test_what_was_typed_becomes_one_visible_line(typed: str, kept: str) -> None:
    assert one_line(typed) == kept
