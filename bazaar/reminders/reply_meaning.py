"""What a vendor's reply asks for, where that is beyond doubt. Pure.

Wrong by too little is harmless: a person reads what is not understood. Wrong by too much takes a turn away or promises one.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """Ready (siap) or unable (berhalangan) for the next turn; stop: no messages any more."""

    READY = "ready"
    UNABLE = "unable"
    STOP = "stop"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THUMBS = {"👍": " siap ", "✅": " siap ", "👌": " siap ", "🆗": " siap "}
_READY = _words("siap siyap sip siip ya iya iyo yo yes ok oke okey okay okeh bisa hadir ready sanggup nggih inggih enggih enjih sendika")
_POLITE = _words(
    "bu ibu bunda pak bapak mbak mba mas kak kakak min admin panitia saya sy aku kami insyaallah insyallah inshaallah insya inshaa allah "
    "terima kasih terimakasih makasih trims trimakasih thanks suwun matur nuwun halo hai assalamualaikum waalaikumsalam waalaikumussalam "
    "wr wb dong deh nanti malam ini sore besok selalu untuk hari juga sudah sdh pasti akan maaf mohon ngapunten nyuwun sewu"
)
_NO = r"(?:tidak|tdk|tak|gak|ga|ngga|nggak|enggak|ndak|gk|mboten|ora)"
_COMING = r"(?:hadir|datang|ikut|live|tampil|siaran|jualan|come|make it)"
_UNABLE = re.compile(
    rf"(?:{_NO} (?:bisa|dapat|sempat|saged|iso)(?: {_COMING})?"
    rf"|(?:can not|cannot|cant|unable to) {_COMING}"
    rf"|(?:ber)?halangan(?: {_COMING})?)"
)
_CALLED_OFF = re.compile(rf"(?:{_NO}|tanpa|bukan|not)(?: \w+)? (?:ber)?halangan")
_BECAUSE = re.compile(r" (?:karena|karna|krn|sebab|soalnya|soale|because) .*")
_STOP = frozenset({"stop", "berhenti", "unsubscribe"})


def meaning_of(text: str) -> Meaning | None:
    """What a reply asks for; None where it is not beyond doubt: then a person reads it.

    `Siap bu`, `iya, insyaallah` and a thumb are a yes. `Berhalangan` and `maaf tidak bisa hadir, anak sakit` are a no; `tidak bisa buka
    tautannya` is not. A question is never an answer.
    """
    if "?" in text:
        return None
    clauses = [_plain(clause) for clause in re.split(r"[,.;!\n]+", text)]
    words = [word for clause in clauses for word in clause.split()]
    is_unable = any(_is_unable(clause) for clause in clauses) and not _CALLED_OFF.search(" ".join(words))
    if is_unable:
        return None if {"siap", "sanggup"} & set(words) else Meaning.UNABLE
    for wanted, meaning in ((_STOP, Meaning.STOP), (_READY, Meaning.READY)):
        if words and wanted & set(words) and all(word in wanted or word in _POLITE for word in words):
            return meaning
    return None


def _is_unable(clause: str) -> bool:
    """Whether a clause says no and nothing else, but for politeness and a reason."""
    said = _BECAUSE.sub("", f"{clause} ")
    rest, count = _UNABLE.subn(" ", said, count=1)
    return bool(count) and all(word in _POLITE or word == "i" for word in rest.split())


def _plain(text: str) -> str:
    """Small letters without accents, long sounds cut short (`siaaap`), everything else as spaces."""
    for thumb, word in _THUMBS.items():
        text = text.replace(thumb, word)
    letters = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", ""))
    plain = re.sub(r"[^a-z0-9]+", " ", "".join(sign for sign in letters if not unicodedata.combining(sign)))
    return re.sub(r"([a-z])\1{2,}", r"\1", plain).strip()
