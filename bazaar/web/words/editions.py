"""Refusals of bazaar/editions."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    # Bazaars and editions
    "help_phone_wrong": Sentence(
        422,
        "Nomor {text} tidak terbaca. Tulis nomor HP atau telepon, contoh: 0812 0000 1024.",
        "The number {text} could not be read. Write a mobile number or a landline, for example 0812 0000 1024.",
    ),
    "dates_reversed": Sentence(
        422, "Hari terakhir ada sebelum hari pertama. Tukar tanggalnya.", "The last day lies before the first. Swap the dates."
    ),
    "gaps_reversed": Sentence(
        422,
        "Jarak yang diinginkan tidak boleh kurang dari jarak paling sedikit.",
        "The wanted gap must not be smaller than the smallest gap.",
    ),
    "good_hours_reversed": Sentence(422, "Jam ramai harus selesai sesudah mulai.", "The good hours must end after they begin."),
    "timezone_unknown": Sentence(
        422, "Zona waktu {timezone} tidak dikenal. Pilih dari daftar.", "The time zone {timezone} is not known. Choose one from the list."
    ),
    "weight_out_of_range": Sentence(
        422,
        "Bobot harus antara 1 dan 1000. 100 berarti penonton biasa.",
        "A weight must lie between 1 and 1000; 100 is the ordinary audience.",
    ),
    "bands_wrong": Sentence(
        422,
        "Baris pertama mulai 00.00, dan tiap baris punya jam mulai sendiri. Paling banyak {most} baris.",
        "The first row begins at 00.00, every row at a time of its own. At most {most} rows.",
    ),
    "decay_out_of_range": Sentence(
        422,
        "Bekal harus antara 0 dan 100 persen, dan edisi yang lebih lama tidak boleh dihitung lebih besar.",
        "What is carried over must lie between 0 and 100 per cent, and an older edition must not count more.",
    ),
    "viewers_out_of_range": Sentence(
        422, "Isi antara 0 dan 10 juta penonton, contoh: 120.", "Write between 0 and 10 million viewers, for example 120."
    ),
    "hour_unknown": Sentence(422, "Pilih salah satu jam siaran ini.", "Choose one of the hours of this live session."),
    "hour_not_begun": Sentence(422, "Jam itu belum tiba. Catat setelah mulai, ya.", "That hour has not come yet. Note it once it has."),
    "lost_out_of_range": Sentence(
        422,
        "Giliran ini {minutes} menit. Isi antara 0 dan {minutes}.",
        "This turn has {minutes} minutes. Write between 0 and {minutes}.",
    ),
    "failed_without_loss": Sentence(
        422,
        "Kalau gilirannya gagal, tulis berapa menit yang hilang. Tanpa suara juga dihitung hilang.",
        "If the turn failed, write how many minutes were lost. Minutes without sound count as lost.",
    ),
    "reason_missing": Sentence(422, "Tulis sebabnya, misalnya: internet putus.", "Write the reason, for example: the connection was lost."),
    "nobody_there": Sentence(
        409, "Tidak ada lapak di waktu tayang ini, jadi tidak ada menit yang hilang.", "Nobody has this slot, so no minutes are lost."
    ),
    "not_begun": Sentence(409, "Ini belum mulai. Catat setelah mulai, ya.", "This has not begun yet. Note it once it has."),
    "lead_out_of_range": Sentence(
        422,
        "Pengingat paling awal 14 hari sebelum giliran, dan paling banyak enam kali.",
        "Reminders may come at most 14 days before the turn, and at most six times.",
    ),
    "grace_out_of_range": Sentence(422, "Tenggang harus antara 0 dan 3600 detik.", "The grace must lie between 0 and 3600 seconds."),
    "timezone_in_use": Sentence(
        409,
        "Zona waktu tidak bisa diganti karena sudah ada siaran. Jam yang sudah diumumkan akan bergeser.",
        "The time zone cannot change any more: live sessions exist, and their announced times would move.",
    ),
    "weights_in_use": Sentence(
        409,
        "Bobot tidak bisa diganti lagi karena sudah ada giliran yang berjalan.",
        "The weights cannot change any more: turns have begun.",
    ),
    "dates_leave_out": Sentence(
        409,
        "Ada siaran pada {day}, di luar tanggal baru. Batalkan siaran itu dulu, atau pilih tanggal lain.",
        "There is a live session on {day}, outside the new dates. Withdraw it first, or choose other dates.",
    ),
    "edition_archived": Sentence(
        409,
        "{name} sudah diarsipkan. Kembalikan dulu untuk mengubahnya.",
        "{name} is archived. Bring it back to change anything in it.",
    ),
    "edition_has_turns_ahead": Sentence(
        409,
        "{name} masih punya giliran di depan, dan penjualnya menunggu. Batalkan siarannya dulu, atau tunggu sampai selesai.",
        "{name} still has turns ahead, and their vendors expect them. Withdraw its live sessions first, or wait until they are over.",
    ),
    "edition_was_published": Sentence(
        409,
        "{name} sudah pernah terbit, jadi tidak bisa dihapus. Arsipkan saja: catatannya tetap ada.",
        "{name} has been published, so it cannot be deleted. Archive it: its records stay.",
    ),
    # Live sessions
    "times_equal": Sentence(422, "Jam selesai sama dengan jam mulai.", "It ends when it begins."),
    "live_session_too_long": Sentence(
        422, "Satu siaran paling lama 16 jam. Periksa jam mulai dan selesainya.", "A live session lasts at most 16 hours. Check its times."
    ),
    "slots_do_not_fit": Sentence(
        422,
        "Giliran {minutes} menit tidak pas untuk siaran ini. Harus ada 1 sampai 96 giliran.",
        "Turns of {minutes} minutes do not fit: a live session has 1 to 96 of them.",
    ),
    "outside_edition": Sentence(
        422,
        "{day} di luar edisi ini, yang berjalan {starts_on} sampai {ends_on}.",
        "{day} lies outside this edition, which runs from {starts_on} to {ends_on}.",
    ),
    "live_session_overlaps": Sentence(
        409,
        "Sudah ada siaran lain yang mulai {day} jam {clock}. Dua siaran tidak bisa bersamaan.",
        "Another live session begins on {day} at {clock}. Two cannot run at the same time.",
    ),
    "address_wrong": Sentence(
        422,
        "“{text}” bukan alamat web. Salin seluruhnya, dari https:// sampai akhir.",
        "“{text}” is no web address. Copy all of it, from https:// to its end.",
    ),
    "pattern_too_long": Sentence(
        422, "Pola paling panjang 400 hari. Bagi menjadi dua.", "A pattern spans at most 400 days. Split it in two."
    ),
    "pattern_empty": Sentence(
        422,
        "Tidak ada hari itu di antara kedua tanggal. Pilih hari lain atau tanggal yang lebih panjang.",
        "None of these weekdays lies between the two dates. Choose other days or a longer stretch.",
    ),
    "live_session_begun": Sentence(
        409,
        "Siaran ini sudah mulai dan ada gilirannya, jadi jam mulainya tidak bisa diubah.",
        "This live session has begun and has turns, so its start cannot change.",
    ),
    "slots_in_use": Sentence(
        409,
        "Ada giliran yang sudah terbit dan akan hilang atau berubah panjangnya. Pindahkan giliran itu dulu di papan.",
        "A published turn would vanish or change its length. Move it on the board first.",
    ),
    "live_session_was_published": Sentence(
        409,
        "Siaran ini sudah pernah terbit, jadi tidak bisa dihapus. Batalkan atau arsipkan saja: catatannya tetap ada.",
        "This live session has been published, so it cannot be deleted. Withdraw or archive it: its records stay.",
    ),
    # Building and publishing
    "edition_unknown": Sentence(
        404,
        "Tidak ada edisi bernama {slug}.",
        "There is no edition called {slug}. Its short name stands in its address: /panitia/<short name>/.",
    ),
    "no_rotation": Sentence(
        404, "Belum ada pembagian giliran. Susun giliran dulu.", "There is no rotation yet. Build one first (rotation build)."
    ),
    "no_vendors": Sentence(409, "Belum ada lapak yang ikut. Masukkan lapak dulu.", "No vendor takes part yet. Add vendors first."),
    "no_slots": Sentence(
        409, "Belum ada siaran yang akan datang. Tambahkan siaran dulu.", "There is no live session to fill yet. Add live sessions first."
    ),
    "no_slots_ahead": Sentence(
        409,
        "Semua siaran edisi ini sudah lewat, jadi tidak ada giliran yang bisa dibagi. Tambahkan siaran yang akan datang.",
        "Every live session of this edition has begun, so there is no turn to give. Add live sessions that lie ahead.",
    ),
    "seed_out_of_range": Sentence(422, "Nomor undian harus antara 0 dan 2147483647.", "The seed must lie between 0 and 2147483647."),
    "planner_too_slow": Sentence(
        503,
        "Hitungannya lebih dari lima menit, jadi dihentikan. Kurangi siaran atau lapak dalam satu edisi, lalu coba lagi.",
        "The planner took longer than five minutes and was stopped. Put fewer live sessions or vendors into one edition.",
    ),
    "planner_failed": Sentence(
        500,
        "Hitungannya macet di pihak kami. Tidak ada yang berubah. Coba lagi, lalu kabari pengurus server kalau terulang.",
        "The planner failed on our side. Nothing has changed. The server's log says why.",
    ),
    "planner_crashed": Sentence(
        500,
        "Program penghitung berhenti mendadak, dua kali berturut-turut. Tidak ada yang berubah. "
        "Berkas soal disimpan 30 hari: unduh, lalu kirim kepada pengurus server.",
        "The planner crashed, twice in a row. Nothing has changed, and what it was asked is kept for 30 days (rotation problem --job). "
        "The server's log says where it crashed.",
    ),
    "planner_at_work": Sentence(
        409,
        "Hitungan lain masih berjalan, dimulai {name} pukul {since}. Tunggu hasilnya, atau batalkan dulu.",
        "The planner is at work for this edition already: {name} began at {since}. Wait for it, or end it (rotation cancel).",
    ),
    "planner_at_work_for_command": Sentence(
        409,
        "Hitungan lain masih berjalan, dimulai dari perintah di server pukul {since}. Tunggu hasilnya, atau batalkan dulu.",
        "The planner is at work for this edition already: a command began at {since}. Wait for it, or end it (rotation cancel).",
    ),
    "planner_idle": Sentence(
        409, "Tidak ada hitungan yang sedang berjalan.", "The planner is not at work for this edition, so there is nothing to cancel."
    ),
    "planning_cancelled": Sentence(409, "Hitungannya dibatalkan. Tidak ada yang berubah.", "Somebody cancelled it. Nothing was stored."),
    "no_draft": Sentence(409, "Belum ada rancangan. Buat rancangan dulu.", "There is no draft. Build one first (rotation build)."),
    "nothing_published": Sentence(
        409, "Belum ada pembagian yang terbit, jadi belum ada yang diperbaiki.", "Nothing is published yet, so there is nothing to repair."
    ),
    "repair_outdated": Sentence(
        409,
        "Sejak pilihan ini dihitung, ada lapak, siaran, atau giliran yang berubah. Hitung lagi dulu.",
        "Vendors, live sessions or turns have changed since these choices were worked out. Work them out again.",
    ),
    "no_such_step": Sentence(
        422, "Tidak ada pilihan dengan {changes} perubahan.", "There is no step with {changes} changes. List the steps first."
    ),
    "draft_gone": Sentence(
        409,
        "Rancangan {number} sudah tidak berlaku. Muat ulang papan untuk melihat yang terbaru.",
        "Draft {number} is no longer current. Reload the board to see the newest.",
    ),
    "rotation_unknown": Sentence(404, "Tidak ada pembagian ke-{number}.", "There is no rotation {number}."),
    "draw_unreadable": Sentence(
        404,
        "Data undian ke-{number} tidak tersimpan, jadi buktinya tidak bisa ditunjukkan.",
        "The data of draw {number} was not kept, so there is no proof to show.",
    ),
    "draft_outdated": Sentence(
        409,
        "Sejak rancangan {number} dibuat, ada lapak, siaran, atau aturan yang berubah. Buat rancangan baru.",
        "Vendors, live sessions or rules have changed since draft {number} was built. Build a new one.",
    ),
    "draft_broken": Sentence(
        409,
        "Rancangan {number} melanggar {count} aturan. Lihat dulu yang mana, lalu centang kalau tetap mau terbit.",
        "Draft {number} breaks {count} hard rules.",
    ),
    "draft_broken_in": Sentence(
        409,
        "Rancangan {number} melanggar aturan: {rules}.",
        "Draft {number} breaks hard rules, so nothing was published: {rules}. Put that right and build again, "
        "or publish it as it is with --despite-broken-rules.",
    ),
    "slot_begun": Sentence(
        409, "Waktu tayang ini sudah mulai, jadi tidak bisa diubah lagi.", "This slot has begun, so it cannot change any more."
    ),
    "vendor_left": Sentence(409, "{name} tidak lagi ikut. Pilih lapak lain.", "{name} no longer takes part. Choose another vendor."),
    # Importing
    "import_kind_unknown": Sentence(404, "Jenis data {kind} tidak dikenal.", "There is no import of {kind}."),
    "import_file_missing": Sentence(422, "Pilih berkas, atau tempel selnya.", "Choose a file, or paste cells."),
    "import_file_too_large": Sentence(
        413,
        "Berkas terlalu besar. Paling besar {megabytes} MB. Hapus gambar dan lembar lain, lalu coba lagi.",
        "The file is too large: at most {megabytes} MB. Remove pictures and other sheets, then try again.",
    ),
    "import_empty": Sentence(
        422,
        "Belum ada isinya. Baris pertama berisi nama kolom, baris berikutnya datanya.",
        "There is nothing in it. The first row holds the names of the columns, the rows below it the data.",
    ),
    "import_unreadable": Sentence(
        422,
        "{file} tidak bisa dibaca. Simpan sebagai CSV atau XLSX, lalu coba lagi.",
        "{file} cannot be read. Save it as CSV or XLSX, then try again.",
    ),
    "import_too_many_rows": Sentence(
        422, "Terlalu banyak baris. Paling banyak {most}. Bagi menjadi beberapa berkas.", "Too many rows: at most {most}. Split the file."
    ),
    "import_too_many_columns": Sentence(
        422,
        "Terlalu banyak kolom. Paling banyak {most}. Hapus kolom yang tidak perlu.",
        "Too many columns: at most {most}. Remove those that are not needed.",
    ),
    "import_has_problems": Sentence(
        422,
        "Ada {count} hal yang perlu dibetulkan dulu. Belum ada yang disimpan.",
        "{count} problems have to be put right first. Nothing was stored.",
    ),
    "import_done": Sentence(
        409, "Data ini sudah disimpan tadi. Tidak ada yang disimpan dua kali.", "This was stored already. Nothing is stored twice."
    ),
}
