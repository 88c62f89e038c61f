"""Why a channel did not work, in everyday words with what to do. The service's own words stand beside it, small."""

import re

_REASONS = (
    (r"quota|limit reached|expired|package|131042|\(402\)", "Kuota atau langganannya habis. Isi ulang di layanannya."),
    (r"disconnect|device", "HP pengirimnya tidak tersambung. Sambungkan lagi di layanannya."),
    (r"banned|131031|\(368\)", "Nomor pengirimnya diblokir. Periksa di layanannya."),
    (r"131047", "WhatsApp hanya menerima percobaan ke nomor yang hari ini menyapa nomor bazar. Kirim “halo” dulu dari HP Anda."),
    (r"chat not found|blocked by the user|can't initiate", "Bot belum disapa dari Telegram itu. Sapa dulu, lalu coba lagi."),
    (r"target|not registered|131026|bukan alamat e-mail|no such", "Alamat atau nomor itu tidak dikenal. Periksa, lalu coba lagi."),
    (r"token|unauthorized|\((190|10|401|403|404)\)", "Layanan tidak mengenali kita. Periksa token dan alamatnya."),
    (r"minta menunggu|\(429\)|too many", "Layanan minta jeda. Coba lagi sebentar."),
    (r"jaringan dalam", "Alamatnya menunjuk ke jaringan dalam. Itu tidak boleh."),
    (r"pindah alamat", "Alamat layanannya pindah. Periksa alamatnya."),
    (
        r"belum ada jawaban|diam setelah|putus setelah|bermasalah setelah|tidak terbaca|tidak diketahui|macet",
        "Layanan tidak menjawab dengan jelas.",
    ),
    (r"tidak terjangkau|tidak menjawab|terputus|menolak sambungan", "Layanan tidak terjangkau. Periksa alamatnya, atau coba lagi nanti."),
)
_UNKNOWN = "Layanan menolak. Periksa isiannya di layanan itu."


def plain_trouble(trouble: str) -> str:
    """The sentence for what a channel said; empty where nothing went wrong."""
    if not trouble:
        return ""
    return next((sentence for pattern, sentence in _REASONS if re.search(pattern, trouble, re.IGNORECASE)), _UNKNOWN)
