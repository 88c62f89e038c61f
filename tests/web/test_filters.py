"""How pages print: in the reader's language, through the small vocabulary."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask, g

from bazaar.web.filters import STATIC_DIR, static_build, static_url

AT = datetime(2026, 5, 5, 13, 15, tzinfo=UTC)


def printed(app: Flask, language: str, template: str, **values: Any) -> str:
    with app.test_request_context("/"):
        g.language = language
        return app.jinja_env.from_string(template).render(at=AT, zone="Asia/Jakarta", **values)


@pytest.mark.parametrize(
    ("template", "indonesian", "english"),
    [
        ("{{ at | clock(zone) }}", "20.15", "20:15"),
        ("{{ at | clock_zone(zone) }}", "20.15 WIB", "20:15 WIB"),
        ("{{ at | local_date(zone) | day }}", "Selasa, 5 Mei", "Tuesday, 5 May"),
        ("{{ at | local_date(zone) | day(year=true) }}", "Selasa, 5 Mei 2026", "Tuesday, 5 May 2026"),
        ("{{ at | local_date(zone) | short_day }}", "Sel, 5 Mei", "Tue, 5 May"),
        ("{{ at | local_date(zone) | date }}", "5 Mei 2026", "5 May 2026"),
        ("{{ 90 | wait }}", "2 jam lagi", "in 2 hours"),
        ("{{ 'Kriya' | category }}", "Kriya", "Crafts"),
        ("{{ 'Batu akik' | category }}", "Batu akik", "Batu akik"),
        ("{{ 'Jawa' | language_name }}", "Jawa", "Javanese"),
        ("{{ at | iso_local(zone) }}", "2026-05-05T20:15+07:00", "2026-05-05T20:15+07:00"),
        ("{{ 1250000 | rupiah }}", "Rp1.250.000", "Rp1.250.000"),
    ],
)
def test_a_value_is_printed_in_the_readers_language(app: Flask, template: str, indonesian: str, english: str) -> None:
    assert (printed(app, "id", template), printed(app, "en", template)) == (indonesian, english)


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (date(2026, 5, 3), date(2026, 5, 3), "3 Mei 2026"),
        (date(2026, 5, 3), date(2026, 5, 9), "3–9 Mei 2026"),
        (date(2026, 4, 13), date(2026, 5, 12), "13 April – 12 Mei 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 Desember 2026 – 3 Januari 2027"),
    ],
)
def test_a_span_of_days_says_nothing_twice(app: Flask, first: date, last: date, span: str) -> None:
    assert printed(app, "id", "{{ first | date_span(last) }}", first=first, last=last) == span


def test_a_text_typed_into_a_chat_is_not_escaped_like_a_page(app: Flask) -> None:
    link = printed(app, "id", "{{ '+6281200001024' | whatsapp(_('Halo %(name)s', name=name)) }}", name="Kopi & Teh <Ledok>")

    assert link == "https://wa.me/6281200001024?text=Halo%20Kopi%20%26%20Teh%20%3CLedok%3E"


def test_the_address_of_a_static_file_names_the_build() -> None:
    assert static_url("css/base.css") == f"/static/{static_build()}/css/base.css"
    assert (STATIC_DIR / "css" / "base.css").is_file()
