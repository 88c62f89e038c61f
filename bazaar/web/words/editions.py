"""Refusals of bazaar/editions."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
