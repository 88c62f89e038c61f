"""What was typed keeps its words and loses what steers: one line stays one line, whatever was pasted into it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.lines import one_line, several_lines

STEERING = {"Cc", "Cs", "Cf"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bu   Rani ", "Bu Rani"),
        ("Bu Rani\r\nBcc: semua@example.org", "Bu Rani Bcc: semua@example.org"),
        ("Tape\x00\x1b[31m\x85manis\u2028", "Tape [31m manis"),
        ("\u202eelbat\u2066", "elbat"),
        ("Bu \N{RIGHT-TO-LEFT OVERRIDE}itiS\N{ARABIC LETTER MARK}", "Bu itiS"),
        ("Bu\N{ZERO WIDTH SPACE}Si\N{SOFT HYPHEN}ti\N{ZERO WIDTH NO-BREAK SPACE}", "BuSiti"),
        ("Bu\N{ZERO WIDTH JOINER}Siti", "BuSiti"),
        ("  Bu\tSiti\N{LINE SEPARATOR}Aminah\N{NO-BREAK SPACE} ", "Bu Siti Aminah"),
        ("\ud800", ""),
        ("🧕🏽 Siti Nur’aini", "🧕🏽 Siti Nur’aini"),
        ("👩🏽\N{ZERO WIDTH JOINER}🍳 Warung", "👩🏽\N{ZERO WIDTH JOINER}🍳 Warung"),
        ("Warung Pak É, 100% halal & *enak* \N{HOT BEVERAGE}", "Warung Pak É, 100% halal & *enak* \N{HOT BEVERAGE}"),
        ("", ""),
    ],
)
def test_what_was_typed_becomes_one_visible_line(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_a_longer_text_keeps_its_lines_and_loses_what_steers() -> None:
    assert several_lines("\r\nBuka  jam 8 \r\n\r\n\u202eharga naik\x07\r\n") == "Buka  jam 8\n\nharga naik"


@given(st.text())
def test_nothing_that_steers_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    line, lines = one_line(text), several_lines(text)

    assert len(line.splitlines()) <= 1
    assert (one_line(line), several_lines(lines)) == (line, lines)
    assert not [sign for sign in line + lines if sign not in "\n\N{ZERO WIDTH JOINER}" and unicodedata.category(sign) in STEERING]
