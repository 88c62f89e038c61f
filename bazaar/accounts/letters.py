"""What accounts are written: short letters in plain text, Indonesian first, the same in English below."""

from bazaar.reminders.channels.base import Message
from bazaar.states import Role
from bazaar.tokens import hash_token

_ROLE_WORDS = {Role.ORGANIZER: ("panitia", "organizer"), Role.HOST: ("pembawa acara", "host")}


def reset_letter(name: str, email: str, token: str, address: str, minutes: int) -> Message:
    """The way to a new password."""
    text = (
        f"Halo {name},\n\n"
        f"buka tautan ini untuk membuat kata sandi baru. Berlaku {minutes} menit, sekali pakai:\n{address}\n\n"
        "Kalau Anda tidak memintanya, abaikan saja: kata sandi lama tetap berlaku.\n\n"
        f"-- \nOpen the link above to set a new password. It works once, for {minutes} minutes.\n"
        "If you did not ask for it, ignore this letter: your old password stays.\n"
    )
    return Message(key=hash_token(token), to_name=name, to_address=email, subject="Kata sandi baru untuk Giliran", text=text)


def password_changed_letter(name: str, email: str, key: str) -> Message:
    """News after the fact: whoever did not do this themselves can still act."""
    text = (
        f"Halo {name},\n\n"
        "kata sandi Anda di Giliran baru saja diganti, dan semua perangkat lain dikeluarkan.\n"
        "Kalau itu bukan Anda, segera buat kata sandi baru lewat “Lupa kata sandi” dan beri tahu panitia.\n\n"
        "-- \nYour password has just been changed and every other device was signed out. If that was not you, set a new one at once.\n"
    )
    return Message(key=key, to_name=name, to_address=email, subject="Kata sandi Anda sudah diganti", text=text)


def totp_ended_letter(name: str, email: str, key: str) -> Message:
    """News after the fact: a recovery code was used."""
    text = (
        f"Halo {name},\n\n"
        "Anda baru saja masuk dengan kode cadangan. Kode dari aplikasi sekarang mati; pasang lagi di halaman Akun.\n"
        "Kalau itu bukan Anda, segera ganti kata sandi dan beri tahu panitia.\n\n"
        "-- \nYour recovery code was used to sign in, and sign-in codes are off now. If that was not you, change your password at once.\n"
    )
    return Message(key=key, to_name=name, to_address=email, subject="Kode masuk Anda sudah mati", text=text)


def invitation_letter(email: str, token: str, address: str, *, bazaar_name: str, role: Role, inviter: str) -> Message:
    """The way into a bazaar."""
    indonesian, english = _ROLE_WORDS[role]
    text = (
        f"Halo,\n\n{inviter} mengundang Anda menjadi {indonesian} di {bazaar_name}.\n"
        f"Buka tautan ini untuk bergabung. Berlaku tujuh hari, sekali pakai:\n{address}\n\n"
        f"-- \n{inviter} invites you to join {bazaar_name} as {english}. The link works once, for seven days.\n"
    )
    return Message(key=hash_token(token), to_name="", to_address=email, subject=f"Undangan: {indonesian} {bazaar_name}", text=text)
