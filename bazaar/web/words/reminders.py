"""Refusals of bazaar/reminders."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "message_is_over": Sentence(
        409,
        "Pesan ini sudah tidak berlaku: waktunya lewat, atau gilirannya berubah. Buka lagi halaman Pesan.",
        "This message no longer applies: its time has passed, or the turn has changed. Open the messages page again.",
    ),
    "text_empty": Sentence(409, "Bagian ini tidak boleh kosong.", "This must not be empty."),
    "text_too_long": Sentence(409, "Terlalu panjang: {length} huruf. Paling banyak {most}.", "Too long: {length} letters. At most {most}."),
    "text_place_unknown": Sentence(
        409, "{{{name}}} tidak dikenal. Maksudnya {{{near}}}?", "{{{name}}} is not known. Did you mean {{{near}}}?"
    ),
    "text_place_strange": Sentence(
        409, "{{{name}}} tidak dikenal. Pakai isian dari daftar.", "{{{name}}} is not known. Use one from the list."
    ),
    "text_brace_open": Sentence(
        409,
        "Ada kurung kurawal yang tidak berpasangan. Tulis seperti {{nama}}.",
        "A brace has no partner. Write it like {{nama}}.",
    ),
    "text_not_in_subject": Sentence(
        409, "{{{name}}} tidak muat di baris pertama. Taruh di isi pesan.", "{{{name}}} does not fit the first line. Put it below."
    ),
    "text_begins_elsewhere": Sentence(
        409,
        "Mulai dengan nama atau jam, contoh: {{nama}}. Di layar HP hanya baris ini yang terlihat.",
        "Begin with the name or the time, for example {{nama}}. A phone shows this line only.",
    ),
    "text_place_missing": Sentence(
        409, "{{{name}}} belum ada. Tanpa itu pesannya tidak berguna.", "{{{name}}} is missing. Without it the message is of no use."
    ),
    "text_link_twice": Sentence(409, "{{tautan}} cukup satu kali.", "{{tautan}} once is enough."),
    "text_needs_own_line": Sentence(
        409,
        "Taruh {{{name}}} di baris sendiri. Kalau isinya kosong, baris itu tidak ikut dikirim.",
        "Put {{{name}}} on a line of its own. Where it is empty that line is left out.",
    ),
    "text_has_address": Sentence(
        409,
        "Alamat web tidak bisa ditulis di sini. Pakai {{tautan}}: setiap lapak mendapat halamannya sendiri.",
        "No web address can be written here. Use {{tautan}}: every vendor gets a page of their own.",
    ),
    "channel_not_open": Sentence(
        409,
        "Jalan kabar ini belum dibuka, atau sudah dicabut. Buka dulu di Jalan kabar.",
        "This channel is not open, or was given up. Open it on the page of channels first.",
    ),
    "channel_unreadable": Sentence(
        409,
        "Isian jalan kabar ini tidak bisa dibuka. Isi lagi di Jalan kabar.",
        "What was entered for this channel cannot be opened. Enter it again on the page of channels.",
    ),
    "channel_fields_unusable": Sentence(
        422,
        "Isian jalan kabar belum bisa dipakai: {problems}",
        "What was entered for this channel cannot be used: {problems}",
    ),
    "trial_in_demo": Sentence(
        409,
        "Edisi contoh tidak mengirim ke luar komputer ini. Buat edisi sendiri untuk mencobanya.",
        "The sample edition sends nothing beyond this machine. Make an edition of your own to try it.",
    ),
}
