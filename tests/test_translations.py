"""The English catalogue and the pages are in step. How to bring them there: bazaar/translations/README.md."""

import re

import pytest
from babel.messages.catalog import Catalog

from bazaar.web import catalogue

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def pages() -> Catalog:
    """What the pages say today, with the translations of the repository."""
    return catalogue.merged(catalogue.collected(), catalogue.written())


def strings(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str | None) else list(text)


def test_every_text_has_an_english_translation(pages: Catalog) -> None:
    assert catalogue.untranslated(pages) == []


def test_the_catalogue_holds_what_the_pages_say_and_nothing_else(pages: Catalog) -> None:
    assert (catalogue.FOLDER / "messages.po").read_text(encoding="utf-8") == catalogue.po_text(pages)


def test_a_translation_fills_no_blank_that_its_text_does_not_have(pages: Catalog) -> None:
    wrong = [
        message.id
        for message in pages
        if message.id
        for text, translation in zip(strings(message.id), strings(message.string), strict=True)
        if set(_PLACEHOLDER.findall(translation)) - set(_PLACEHOLDER.findall(text))  # English does without forms of address
    ]

    assert wrong == []
