"""Refusals of bazaar/closings."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
