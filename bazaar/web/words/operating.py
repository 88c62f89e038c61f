"""Refusals of the commands that keep a deployment going: backup and the sample edition."""

from bazaar.web.words.sentence import Sentence

REFUSALS = {
    "database_not_ready": Sentence(
        503,
        "Basis data belum siap ({reason}). Jalankan ./run --prepare.",
        "The database is not ready ({reason}). Set it up with ./run --prepare; doctor tells more.",
    ),
    "backup_exists": Sentence(409, "Berkas {path} sudah ada. Pilih nama lain.", "{path} exists already. Choose another name."),
    "backup_folder_missing": Sentence(404, "Folder {folder} tidak ada. Buat dulu.", "The folder {folder} does not exist. Make it first."),
    "backup_tool_missing": Sentence(
        500,
        "Program pg_dump tidak ditemukan. Pasang klien PostgreSQL, lalu ulangi.",
        "pg_dump was not found. Install the PostgreSQL client (Debian: postgresql-client), then run this again.",
    ),
    "backup_damaged": Sentence(
        500,
        "Salinan {path} rusak: {detail}. Cadangan lama tetap dipakai.",
        "The copy {path} is damaged: {detail}. Keep the earlier backup.",
    ),
    "hold_over": Sentence(409, "Jeda ini sudah selesai. Pengiriman berjalan lagi.", "This hold is over already; sending goes on."),
    "hold_of_all": Sentence(
        403,
        "Server ini dipakai beberapa bazar. Minta pengurus server memutuskan.",
        "Several bazaars share this server; whoever keeps it decides: reminders release-hold.",
    ),
    "hold_none": Sentence(404, "Tidak ada yang menahan pengiriman.", "Nothing holds sending up."),
    "demo_exists": Sentence(
        409,
        "Edisi contoh {slug} sudah ada. Untuk malam siaran baru: demo evening.",
        "The sample edition {slug} exists already. For a fresh live session: demo evening.",
    ),
    "demo_beside_others": Sentence(
        409,
        "Basis data ini sudah berisi edisi lain. Data contoh hanya dimuat ke basis data kosong.",
        "This database holds other editions. Sample data is loaded into an empty database only.",
    ),
    "demo_missing": Sentence(
        404, "Edisi contoh belum ada. Jalankan dulu: demo load.", "There is no sample edition yet. Run first: demo load."
    ),
    "demo_in_production": Sentence(
        403, "Data contoh tidak dimuat di lingkungan produksi.", "Sample data is not loaded in production (GILIRAN_ENV=production)."
    ),
}
