"""What is wrong with a cell or a row of a sheet, and what to do; `bazaar/editions/importing` names the codes."""

from bazaar.editions.importing.columns import Problem
from bazaar.web.words.editions import REFUSALS
from bazaar.web.words.sentence import Sentence

_STATUS = 422
PROBLEMS = {
    code: Sentence(_STATUS, indonesian, english)
    for code, indonesian, english in (
        ("column_missing", "Kolom ini belum ada. Tambahkan di baris pertama.", "This column is missing. Add it to the first row."),
        ("column_twice", "Kolom ini ada dua kali. Hapus salah satu.", "This column is there twice. Remove one."),
        (
            "row_too_long",
            "Baris ini punya sel di luar kolom terakhir. Hapus sel itu, atau pakai tanda kutip di sekitar teks berkoma.",
            "This row has cells beyond the last column. Remove them, or put quotes around text with commas.",
        ),
        (
            "row_twice",
            "{name} sudah ada di baris {other}. Hapus salah satu.",
            "{name} stands in row {other} already. Remove one of them.",
        ),
        ("cell_empty", "Sel ini kosong. Isi dulu.", "This cell is empty. Fill it in."),
        ("text_too_long", "Terlalu panjang. Paling banyak {longest} huruf.", "Too long: at most {longest} letters."),
        ("phone_not_a_number", "Ini bukan nomor telepon. Contoh: 081200001024.", "This is no phone number. For example: 081200001024."),
        (
            "phone_wrong_length",
            "Jumlah angkanya tidak pas. Contoh: 081200001024.",
            "The number of digits is wrong. For example: 081200001024.",
        ),
        (
            "phone_landline",
            "Ini nomor telepon rumah. WhatsApp butuh nomor HP, contoh: 081200001024.",
            "This is a landline. WhatsApp needs a mobile number, for example 081200001024.",
        ),
        (
            "email_wrong",
            "Alamat e-mail ini tidak lengkap. Contoh: siti@contoh.id. Boleh dikosongkan.",
            "This e-mail address is not complete. It may stay empty.",
        ),
        (
            "price_wrong",
            "Harga ini tidak terbaca. Contoh: 15000 atau 15rb.",
            "This price cannot be read. For example: 15000 or 15rb.",
        ),
        (
            "number_wrong",
            "Isi dengan angka bulat, dari {least} sampai {most}.",
            "Write a whole number from {least} to {most}.",
        ),
        (
            "day_wrong",
            "“{text}” bukan nama hari atau tanggal. Contoh: Jumat; 2026-05-04.",
            "“{text}” is no weekday and no date. For example: Jumat; 2026-05-04.",
        ),
        ("date_wrong", "Tanggal ini tidak terbaca. Contoh: 2026-05-04.", "This date cannot be read. For example: 2026-05-04."),
        ("clock_wrong", "Jam ini tidak terbaca. Contoh: 19.30.", "This time cannot be read. For example: 19.30."),
        (
            "address_wrong",
            "Ini bukan alamat web. Salin seluruhnya, dari https:// sampai akhir.",
            "This is no web address. Copy all of it, from https:// to its end.",
        ),
        (
            "wish_wrong",
            "Jam pilihan ini tidak terbaca. Tulis sore, malam, atau 19.00-21.00.",
            "This wish cannot be read. Write sore, malam, or 19.00-21.00.",
        ),
        (
            "product_code_wrong",
            "Kode berisi huruf dan angka saja, paling banyak 12. Contoh: K01.",
            "A code is letters and digits, at most 12. For example: K01.",
        ),
        (
            "vendor_unknown",
            "Tidak ada lapak dengan nama ini. Impor lapaknya dulu.",
            "There is no vendor of this name. Import the vendors first.",
        ),
        (
            "vendor_unknown_near",
            "Tidak ada lapak dengan nama ini. Mungkin maksudnya {near}.",
            "There is no vendor of this name. Perhaps {near} is meant.",
        ),
        (
            "product_of_another",
            "Kode {product_code} sudah dipakai {name}. Pilih kode lain.",
            "The code {product_code} belongs to {name} already. Choose another.",
        ),
        (
            "not_before_edition",
            "Riwayat harus sebelum edisi ini mulai, {starts_on}.",
            "History has to lie before this edition begins, {starts_on}.",
        ),
        (
            "no_live_session_on",
            "Tidak ada siaran pada {day}. Periksa tanggalnya.",
            "There is no live session on {day}. Check the date.",
        ),
        (
            "no_live_session_at",
            "Tidak ada siaran yang mulai jam ini. Siaran {day}: {hours}.",
            "No live session starts at this time. Those of {day}: {hours}.",
        ),
        (
            "no_live_session_then",
            "Waktu ini di luar jam siaran. Siaran {day}: {hours}.",
            "This time lies outside the live sessions of {day}: {hours}.",
        ),
        (
            "live_session_ambiguous",
            "Ada beberapa siaran pada {day}: {hours}. Isi juga kolom mulai atau jam.",
            "There are several live sessions on {day}: {hours}. Fill in the column mulai or jam too.",
        ),
        (
            "part_differs",
            "Tertulis {text}, padahal jam mulainya {part}. Betulkan salah satu.",
            "It says {text}, but by its start it is {part}. Put one of them right.",
        ),
    )
}
"""By code; codes that the register of live sessions refuses with are worded there."""


def word_problem(problem: Problem, language: str) -> str:
    """The sentence for a problem."""
    sentence = PROBLEMS.get(problem.code) or REFUSALS[problem.code]
    return sentence.text(language, problem.values)
