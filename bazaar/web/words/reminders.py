"""Refusals of bazaar/reminders."""

from bazaar.web.words.sentence import Sentence

REFUSALS: dict[str, Sentence] = {
    "message_is_over": Sentence(
        409,
        "Pesan ini sudah tidak berlaku: waktunya lewat, atau gilirannya berubah. Buka lagi halaman Pesan.",
        "This message no longer applies: its time has passed, or the turn has changed. Open the messages page again.",
    ),
}
