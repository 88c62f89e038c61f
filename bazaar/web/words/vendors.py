"""Refusals of bazaar/vendors."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "link_unknown": Sentence(
        404,
        "Tautan ini tidak dikenal. Minta tautan baru kepada panitia.",
        "This link is not known. Please ask the committee for a new one.",
    ),
    "link_ended": Sentence(
        410,
        "Tautan ini sudah diganti. Minta tautan baru kepada panitia.",
        "This link has been replaced. Please ask the committee for a new one.",
    ),
}
