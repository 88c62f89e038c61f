"""Refusals of bazaar/reminders."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {}
