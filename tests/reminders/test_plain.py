"""Names as one plain line. Pure."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bazaar.reminders.plain import plain_line


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("Bu Siti\r\nBcc: semua@example.com", "Bu Siti Bcc: semua@example.com"),
        ("Bu\x00 Siti\x07", "Bu Siti"),
        ("Bu \N{RIGHT-TO-LEFT OVERRIDE}itiS", "Bu itiS"),
        ("Bu\N{ZERO WIDTH SPACE}Siti", "BuSiti"),
        ("  Bu\tSiti\N{LINE SEPARATOR}Aminah  ", "Bu Siti Aminah"),
        ("Warung Pak É, 100% halal & *enak* \N{HOT BEVERAGE}", "Warung Pak É, 100% halal & *enak* \N{HOT BEVERAGE}"),
        ("", ""),
    ],
)
def test_what_steers_is_gone_and_what_reads_stays(typed: str, plain: str) -> None:
    assert plain_line(typed) == plain


@given(st.text())
def test_the_result_is_one_line_without_control_signs(text: str) -> None:
    plain = plain_line(text)

    assert len(plain.splitlines()) <= 1
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in plain)
    assert plain_line(plain) == plain
