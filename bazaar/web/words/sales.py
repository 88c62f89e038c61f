"""Refusals of bazaar/sales."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
