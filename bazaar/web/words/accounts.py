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
        "Tautan ini sudah dipakai, diganti, atau lewat waktunya. Minta tautan yang baru.",
        "This link was used, replaced, or has run out. Please ask for a new one.",
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
    "password_wrong": Sentence(422, "Kata sandi sekarang belum cocok. Coba lagi.", "The current password does not match. Try again."),
    "email_wrong": Sentence(
        422,
        "Alamat e-mail ini tidak lengkap. Contoh: sri@contoh.id.",
        "This e-mail address is not complete. Example: sri@example.org.",
    ),
    "totp_is_on": Sentence(
        409, "Kode masuk sudah aktif. Matikan dulu kalau mau menggantinya.", "Sign-in codes are on already. Switch them off first."
    ),
    "account_unknown": Sentence(404, "Tidak ada akun dengan e-mail {email}.", "There is no account with the e-mail address {email}."),
    "accounts_exist": Sentence(
        409,
        "Sudah ada akun, jadi panitia pertama tidak bisa dibuat lagi. Lupa kata sandi: accounts reset-link EMAIL.",
        "There is an account already, so there can be no first organizer any more. For a forgotten password: accounts reset-link EMAIL.",
    ),
    "already_member": Sentence(409, "{email} sudah menjadi anggota bazar ini.", "{email} is a member of this bazaar already."),
    "has_account": Sentence(
        409,
        "Alamat e-mail ini sudah punya akun. Masuk dulu, lalu buka lagi undangannya.",
        "This e-mail address has an account already. Sign in first, then open the invitation again.",
    ),
    "invitation_for_other": Sentence(
        409,
        "Undangan ini untuk {email}. Keluar dulu, lalu masuk dengan alamat itu.",
        "This invitation is for {email}. Sign out first, then sign in with that address.",
    ),
    "last_organizer": Sentence(
        409,
        "Bazar butuh paling sedikit satu panitia. Jadikan orang lain panitia dulu.",
        "A bazaar needs at least one organizer. Make somebody else an organizer first.",
    ),
    "mail_not_set_up": Sentence(
        503,
        "Server ini belum bisa mengirim e-mail. Minta pengelola server membuatkan tautan kata sandi baru.",
        "This server cannot send e-mail yet. Ask whoever runs it for a link to a new password.",
    ),
}
