"""Which language a reader gets."""

import pytest
from flask import Flask, g

from bazaar.web.language import current_language, translate, translate_count


@pytest.mark.parametrize(
    ("query", "accepts", "language"),
    [
        ("", "", "id"),
        ("", "en-US,en;q=0.9", "en"),
        ("", "id-ID,id;q=0.9,en;q=0.8", "id"),
        ("", "jv,id;q=0.5,en;q=0.4", "id"),
        ("", "fr,de", "id"),
        ("?lang=en", "id", "en"),
        ("?lang=id", "en", "id"),
        ("?lang=fr", "en", "en"),
        ("?lang=", "", "id"),
    ],
)
def test_the_address_wins_over_the_browser_and_indonesian_over_nothing(app: Flask, query: str, accepts: str, language: str) -> None:
    with app.test_request_context(f"/masuk{query}", headers={"Accept-Language": accepts}):
        assert current_language() == language


def test_outside_a_request_it_is_indonesian() -> None:
    assert (current_language(), translate("Masuk")) == ("id", "Masuk")


def test_a_page_that_exists_in_indonesian_only_stays_so(app: Flask) -> None:
    with app.test_request_context("/panitia?lang=en"):
        g.language = "id"

        assert translate("Masuk") == "Masuk"


def test_a_text_is_translated_and_an_unknown_one_stays_as_it_is(app: Flask) -> None:
    with app.test_request_context("/masuk?lang=en"):
        assert translate("Masuk") == "Sign in"
        assert translate("belum pernah ditulis") == "belum pernah ditulis"
        assert [translate_count("satu", "banyak", count) for count in (1, 2)] == ["satu", "banyak"]
