"""Refusals of bazaar/closings."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "sale_not_of_turn": Sentence(
        404,
        "Penjualan itu tidak ada di giliran ini. Muat ulang halaman.",
        "That sale is not in this turn. Reload the page.",
    ),
    "void_not_stored": Sentence(
        409,
        "Pembatalan belum tersimpan. Muat ulang halaman, lalu coba lagi.",
        "The void was not stored. Reload the page and try again.",
    ),
    "conflict_settled": Sentence(
        409,
        "Catatan bentrok ini sudah diputuskan orang lain.",
        "Somebody else has already settled this conflict.",
    ),
    "conflict_not_replaceable": Sentence(
        409,
        "Yang kedua tidak bisa dipakai begitu saja. Batalkan yang pertama, lalu catat ulang dari meja siaran.",
        "The later one cannot simply be used. Void the first one, then log it again from the console.",
    ),
}
