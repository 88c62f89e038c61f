"""Refusals of bazaar/accounts."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
