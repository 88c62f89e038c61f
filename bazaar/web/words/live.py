"""Refusals of bazaar/live."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "too_many_streams": Sentence(
        503,
        "Terlalu banyak halaman langsung terbuka. Halaman ini tetap diperbarui setiap beberapa detik.",
        "Too many live pages are open. This page still refreshes every few seconds.",
    ),
}
