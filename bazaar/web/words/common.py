"""Refusals that any feature may raise."""

from bazaar.web.words.sentence import Sentence

REFUSALS = {
    "name_missing": Sentence(422, "Nama perlu diisi.", "A name is needed."),
    "not_found": Sentence(404, "Halaman ini tidak ada. Periksa lagi alamatnya.", "This page does not exist. Please check its address."),
    "live_session_unknown": Sentence(
        404,
        "Tidak ada siaran bernomor {live_session_id}. Nomornya ada di daftar siaran.",
        "There is no live session {live_session_id}. List them with: sessions list --edition SLUG",
    ),
    "changed_meanwhile": Sentence(
        409,
        "Data ini baru saja diubah orang lain. Muat ulang halaman, lalu ulangi perubahan Anda.",
        "Somebody else has just changed this. Reload the page, then make your change again.",
    ),
}
