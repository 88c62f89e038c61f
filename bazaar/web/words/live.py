"""Refusals of bazaar/live."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
