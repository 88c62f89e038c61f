"""E-mail addresses as people type them."""

import pytest

from bazaar.accounts.emails import read_email
from bazaar.refusals import Refusal


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("sri@contoh.id", "sri@contoh.id"),
        ("  Sri.Wahyuni@Contoh.ID ", "sri.wahyuni@contoh.id"),
        ("bazar+panitia@mail.example.org", "bazar+panitia@mail.example.org"),
        ("sri@contoh.id\r\n", "sri@contoh.id"),
    ],
)
def test_an_address_is_stored_in_lower_case_without_spaces_around(typed: str, stored: str) -> None:
    assert read_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "sri",
        "sri@",
        "@contoh.id",
        "sri@contoh",
        "sri wahyuni@contoh.id",
        "sri@contoh.id\nBcc: semua@contoh.id",
        "sri@-contoh.id",
        "sri@contoh..id",
        "<sri@contoh.id>",
        "sri\u200b@contoh.id",
        "sri@" + "a" * 260 + ".id",
    ],
)
def test_what_is_no_address_or_could_add_a_header_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="email_wrong"):
        read_email(typed)
