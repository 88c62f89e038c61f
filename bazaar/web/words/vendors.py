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
    "browsers_full": Sentence(
        409,
        "Sudah {most} HP yang menerima kabar. Matikan dulu di salah satunya.",
        "Messages go to {most} devices already. Please switch one of them off first.",
    ),
    "browser_unusable": Sentence(
        422,
        "HP ini tidak bisa menerima kabar.",
        "This browser cannot receive notifications.",
    ),
    "turn_changed": Sentence(
        409,
        "Giliran ini baru saja berubah. Lihat jam yang baru, lalu jawab lagi.",
        "This turn has just changed. Look at the new time, then answer again.",
    ),
    "turn_over": Sentence(
        409,
        "Giliran ini sudah lewat, jadi tidak perlu dijawab lagi.",
        "This turn is over, so it needs no answer any more.",
    ),
    "business_name_taken": Sentence(
        409,
        "Sudah ada lapak bernama {name}. Pakai nama lain, atau ubah lapak yang sudah ada.",
        "There already is a vendor named {name}. Use another name, or change that vendor.",
    ),
    "vendor_was_published": Sentence(
        409,
        "{name} sudah pernah terbit di papan atau berjualan, jadi tidak bisa dihapus. Arsipkan saja: catatannya tetap ada.",
        "{name} has been published or has sold before, so it cannot be deleted. Archive it: its records stay.",
    ),
    "product_code_taken": Sentence(
        409,
        "Kode {product_code} sudah dipakai untuk {name}. Pilih kode lain.",
        "The code {product_code} already belongs to {name}. Choose another code.",
    ),
    "product_was_published": Sentence(
        409,
        "{name} sudah pernah terbit atau terjual, jadi tidak bisa dihapus. Tarik saja: catatan penjualannya tetap ada.",
        "{name} has been published or sold before, so it cannot be deleted. Withdraw it: its sales stay on record.",
    ),
    "vendor_unknown": Sentence(404, "Tidak ada lapak bernama {name}.", "There is no vendor named {name}."),
    "vendor_unknown_near": Sentence(
        404,
        "Tidak ada lapak bernama {name}. Yang mirip: {near}.",
        "There is no vendor named {name}. Names like it: {near}.",
    ),
}
