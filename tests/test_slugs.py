"""Short names for addresses."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bazaar.slugs import make_slug


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Bazar Ramadhan 1442 H", set(), "bazar-ramadhan-1442-h"),
        ("Pasar", {"pasar", "pasar-2"}, "pasar-3"),
        ("Bazar", set(), "bazar-2"),  # stands in addresses already
        ("Kafé Léon", set(), "kafe-leon"),
        ("ꦗꦺꦩ꧀ꦧꦼꦂ", set(), "edisi-2"),
    ],
)
def test_a_name_becomes_a_short_name(name: str, taken: set[str], slug: str) -> None:
    assert make_slug(name, fallback="edisi", is_taken=taken.__contains__) == slug


@settings(deadline=None, max_examples=50)
@given(name=st.text(max_size=200))
def test_any_name_becomes_one_that_fits_an_address(name: str) -> None:
    slug = make_slug(name, fallback="edisi", is_taken=lambda _: False)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 60
