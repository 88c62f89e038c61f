"""Refusals of bazaar/accounts."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "sign_in_wrong": Sentence(
        401,
        "Belum cocok. Periksa e-mail, huruf besar dan kecil pada kata sandi, lalu coba lagi.",
        "That does not match. Check the e-mail address and the password's capitals, then try again.",
    ),
    "code_wrong": Sentence(
        401,
        "Kode belum cocok atau sudah pernah dipakai. Tunggu kode berikutnya di aplikasi, lalu ketik enam angkanya.",
        "That code does not match or was used before. Wait for the next one in your app, then type its six digits.",
    ),
    "code_too_late": Sentence(
        401,
        "Waktu untuk mengetik kode sudah habis. Masuk lagi dengan e-mail dan kata sandi.",
        "The time for the code has run out. Sign in again with e-mail and password.",
    ),
    "totp_unreadable": Sentence(
        500,
        "Kode masuk tidak bisa diperiksa karena kunci server sudah berganti. Hubungi pengelola server.",
        "The code cannot be checked because the server's key has changed. Please tell whoever runs the server.",
    ),
    "account_link_ended": Sentence(
        410,
        "Tautan ini sudah dipakai atau sudah lewat waktunya. Minta tautan yang baru.",
        "This link was used before or has run out. Please ask for a new one.",
    ),
    "password_short": Sentence(
        422, "Kata sandi paling sedikit {shortest} huruf atau angka.", "A password has at least {shortest} letters or digits."
    ),
    "password_long": Sentence(422, "Kata sandi paling panjang {longest} huruf.", "A password has at most {longest} letters."),
    "password_common": Sentence(
        422,
        "Kata sandi ini terlalu mudah ditebak. Coba tiga atau empat kata yang tidak berhubungan.",
        "This password is too easy to guess. Try three or four unrelated words.",
    ),
    "password_personal": Sentence(
        422,
        "Jangan pakai nama atau e-mail sebagai kata sandi. Coba tiga atau empat kata yang tidak berhubungan.",
        "Do not use your name or e-mail address as the password. Try three or four unrelated words.",
    ),
}
