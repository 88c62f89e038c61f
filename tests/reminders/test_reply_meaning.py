"""What vendors write back, as they write it: a yes, a no, a stop, or something that a person must read."""

import pytest

from bazaar.reminders.reply_meaning import Meaning, meaning_of


@pytest.mark.parametrize(
    "text",
    [
        *("SIAP", "siap bu", "Siaaap", "Siap, Mbak 🙏", "ya", "yaaa", "iya, insyaallah", "Oke siap", "ok", "bisa", "Sudah siap bu"),
        *("👍", "👍🏽", "Nggih bu, siap", "Inggih", "Siap hadir", "Ready", "yes", "Waalaikumsalam, siap bu. Terima kasih"),
    ],
)
def test_a_yes_is_a_yes(text: str) -> None:
    assert meaning_of(text) is Meaning.READY


@pytest.mark.parametrize(
    "text",
    [
        *(
            "BERHALANGAN",
            "Maaf bu saya berhalangan, anak sakit",
            "tidak bisa",
            "gak bisa bu",
            "ora iso",
            "Maaf tidak bisa hadir karena hujan",
        ),
        *("ga bisa ikut malam ini", "Cannot come", "I can't come", "Mboten saged bu, ngapunten"),
    ],
)
def test_a_no_is_a_no(text: str) -> None:
    assert meaning_of(text) is Meaning.UNABLE


@pytest.mark.parametrize("text", ["STOP", "berhenti", "Stop bu", "unsubscribe"])
def test_a_stop_is_a_stop(text: str) -> None:
    assert meaning_of(text) is Meaning.STOP


@pytest.mark.parametrize(
    "text",
    [
        *("siap?", "tidak siap", "belum siap", "siap tapi telat 10 menit", "Siap! Berhalangan", "tidak bisa buka tautannya", "tidak"),
        *("saya tidak berhalangan", "tidak ada halangan", "jangan stop", "insyaallah", "terima kasih", "besok saja", "Berapa lama?"),
        *("", "   ", "🙏", "siapa ini", "[audio]", "ya nanti saya kabari", "apa bisa tukar giliran", "stopkontak rusak"),
    ],
)
def test_what_is_not_beyond_doubt_is_left_to_a_person(text: str) -> None:
    assert meaning_of(text) is None
