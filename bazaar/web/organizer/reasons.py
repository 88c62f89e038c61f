"""Why a message did not go, in everyday words with what to do; the mail server's own words are for whoever runs the server."""

import re

_REASONS = (
    (r"bukan alamat e-mail|menjawab 5(01|53)", "Alamat e-mailnya salah tulis. Betulkan di halaman lapak."),
    (r"menjawab [45]52|menjawab 5\.2\.2|quota|full", "Kotak suratnya penuh. Kabari lewat telepon."),
    (r"menjawab 55[014]", "Alamat e-mail itu tidak ada atau menolak. Periksa di halaman lapak."),
    (r"menolak sambungan|menjawab 5[23]", "Server e-mail menolak kita. Pengurus server perlu memeriksa setelannya."),
    (r"menjawab 4", "Server e-mail sedang sibuk. Dicoba lagi sendiri."),
    (r"tidak terjangkau|terputus", "Server e-mail tidak terjangkau. Dicoba lagi sendiri."),
    (r"diam setelah menerima|berhenti di tengah", "Mungkin sudah sampai, tetapi belum pasti. Tanyakan lewat telepon."),
    (r"tidak bisa disusun", "Isi pesannya tidak bisa disusun. Kabari pengurus server."),
)
_UNKNOWN = "Pesannya tidak bisa dikirim. Kabari lewat telepon."


def plain_reason(trouble: str) -> str:
    """The sentence for what the channel said; empty where nothing went wrong."""
    if not trouble:
        return ""
    return next((sentence for pattern, sentence in _REASONS if re.search(pattern, trouble, re.IGNORECASE)), _UNKNOWN)
