"""Refusals of bazaar/sales, and the reasons for which a single entry is not stored."""

from bazaar.web.words.sentence import Sentence

KEY_REFUSED = Sentence(
    401,
    "Kunci HP ini sudah berakhir atau dicabut, atau Anda sudah keluar. Catatan tetap tersimpan di HP; minta kunci baru kepada panitia.",
    "This key has ended or was revoked, or you are signed out. What was logged stays on the device; ask the committee for a new key.",
)

REFUSALS: dict[str, Sentence] = {
    "entries_unreadable": Sentence(
        400,
        "Kiriman ini bukan catatan penjualan yang bisa dibaca: harus JSON dengan daftar `entries`.",
        "This is not a readable batch of entries: it must be a JSON object with a list `entries`.",
    ),
    "batch_too_large": Sentence(
        413,
        "Kiriman ini terlalu besar. Kirim lebih sedikit catatan sekaligus.",
        "This batch is too large. Send fewer entries at once.",
    ),
    "too_many_entries": Sentence(
        413,
        "Terlalu banyak catatan sekaligus. Paling banyak {most} dalam satu kiriman.",
        "Too many entries at once. At most {most} in one batch.",
    ),
    "device_name_missing": Sentence(
        422,
        "Tulis nama HP, paling panjang {longest} huruf, misalnya: HP Rina.",
        "Name the device in at most {longest} characters, for example: HP Rina.",
    ),
    "device_name_taken": Sentence(
        409,
        "Siaran ini sudah punya HP bernama {name}. Pakai nama lain.",
        "This live session already has a device called {name}. Choose another name.",
    ),
    "device_unknown": Sentence(
        404,
        "Siaran ini tidak punya HP aktif bernama {name}.",
        "This live session has no active device called {name}.",
    ),
}

REJECTIONS: dict[str, Sentence] = {
    "entry_not_an_object": Sentence(422, "Catatan ini tidak bisa dibaca.", "This entry is not a JSON object."),
    "entry_too_deep": Sentence(422, "Catatan ini terlalu rumit.", "This entry is nested too deeply."),
    "entry_too_large": Sentence(422, "Catatan ini terlalu panjang.", "This entry is too large."),
    "field_unreadable": Sentence(422, "Isian {field} tidak bisa dibaca.", "The field {field} cannot be read."),
    "field_missing": Sentence(422, "Isian {field} belum ada.", "The field {field} is missing."),
    "uuid_unreadable": Sentence(422, "Nomor catatan (uuid) tidak bisa dibaca.", "The uuid is not a UUID."),
    "void_of_unreadable": Sentence(422, "Nomor penjualan yang dibatalkan tidak bisa dibaca.", "The void_of is not a UUID."),
    "void_of_itself": Sentence(422, "Catatan batal tidak bisa membatalkan dirinya sendiri.", "A void cannot void itself."),
    "product_code_unreadable": Sentence(
        422, "Kode barang tidak bisa dibaca; paling panjang 12 huruf.", "The product code is not readable; at most 12 characters."
    ),
    "qty_out_of_range": Sentence(422, "Jumlah harus 1 sampai {largest}.", "The quantity must be 1 to {largest}."),
    "price_out_of_range": Sentence(
        422, "Harga harus lebih dari Rp0 dan paling tinggi Rp1.000.000.000.", "The price must be above Rp0 and at most Rp1.000.000.000."
    ),
    "price_needed": Sentence(422, "Kode {code} belum dikenal; tulis harganya.", "The code {code} is not known; give its price."),
    "seq_out_of_range": Sentence(422, "Nomor urut HP tidak masuk akal.", "The device's sequence number is out of range."),
    "unknown_slot": Sentence(422, "Siaran ini tidak punya giliran ke-{position}.", "This live session has no slot {position}."),
    "not_storable": Sentence(
        422, "Catatan ini tidak bisa disimpan. Tunjukkan kepada panitia.", "This entry cannot be stored. Show it to the committee."
    ),
    "other_payload": Sentence(
        409,
        "Nomor catatan ini sudah dipakai dengan isi lain. Yang pertama tetap berlaku; panitia akan melihatnya.",
        "This uuid was used before with other content. The first one counts; the committee will look at it.",
    ),
}
