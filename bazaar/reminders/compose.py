"""Turns a letter into texts: subject, mail (plain and HTML) and chat, from templates/messages/<language>/<kind>/.

`start.txt` is the usual wording of a chat in the same form in which an edition words its own: there is one way to fill both. An own
wording that cannot be filled does not keep a message from leaving: the usual text goes, and says so.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bazaar.reminders.letter import Letter
from bazaar.reminders.placeholders import Unfillable, Wording, fill, fill_checked, tidy
from bazaar.settings import ROOT
from bazaar.states import ReminderKind

log = logging.getLogger(__name__)

_SENTENCE_ENDS = (".", "!", "?", ":", "…")
_GOODS = {"id": "barang", "en": "your goods", "jv": "dagangan"}
_MINUTES = {"id": "{} menit", "en": "{} minutes", "jv": "{} menit"}


@dataclass(frozen=True)
class Written:
    """One message in every shape that a channel may need."""

    subject: str
    text: str
    whatsapp: str
    html: str
    news: str  # the usual subject without the name: what an approved template says, whatever an edition words for itself
    left_out_own: bool = False  # the edition has a wording of its own that cannot be filled


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of messages. Not Flask's: the scheduler writes without a request. A missing name is an error."""
    env = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "messages"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sheet = (ROOT / "bazaar" / "static" / "css" / "email.css").read_text(encoding="utf-8")
    env.globals["email_css"] = Markup(sheet)  # noqa: S704 (ours; it travels inside, because mails know neither our headers nor our files)
    return env


@lru_cache(maxsize=64)
def usual_wording(kind: ReminderKind, language: str) -> Wording:
    """What goes out where an edition says nothing of its own, with the places still open: where an editor begins."""
    text = (ROOT / "templates" / "messages" / language / kind.value / "start.txt").read_text(encoding="utf-8")
    subject, _, body = text.partition("\n")
    return Wording(subject, body.strip())


def write(letter: Letter) -> Written:
    """Every text of a letter. The subject is one line, whatever a name holds."""
    subject = " ".join(_render(letter, "subject.txt").split())
    news = subject.removeprefix(f"{letter.name}, ")
    values = place_values(letter, news)
    if letter.own is not None:
        try:
            return _write_own(letter, fill_checked(letter.own, values), news)
        except Unfillable as error:
            log.warning("an own wording of %s in %s cannot be filled: %s", letter.kind, letter.language, error)
    return Written(
        subject=subject,
        text=_end(tidy(_render(letter, "body.txt", subject=subject))),
        whatsapp=_chat(fill(usual_wording(letter.kind, letter.language), values)),
        html=_render(letter, "email.html", subject=subject),
        news=news,
        left_out_own=letter.own is not None,
    )


def place_values(letter: Letter, news: str) -> Mapping[str, str]:
    """What fills each place that this kind of letter has. A time is never without its zone."""
    everywhere = {
        "nama": letter.name,
        "sapaan": letter.you,
        "lapak": letter.business_name,
        "tautan": letter.link,
        "bazar": letter.bazaar_name,
        "telepon_panitia": letter.help_phone,
    }
    return {**everywhere, **_VALUES[letter.kind](letter, news)}


def _before_values(letter: Letter, _news: str) -> dict[str, str]:
    assert letter.turn is not None  # a reminder is about a turn
    return {
        "jam": letter.turn.clock,
        "hari": letter.turn.day,
        "lagi": letter.turn.soon,
        "lama": _MINUTES[letter.language].format(letter.turn.minutes),
        "barang": letter.goods or _GOODS[letter.language],
        "ajakan": _part(letter, "_ask.txt"),
        "persiapan": "" if letter.answer == "unable" else _part(letter, "_prepare.txt"),
    }


def _changed_values(letter: Letter, news: str) -> dict[str, str]:
    return {**_cancelled_values(letter, news), "ajakan": _part(letter, "_ask.txt")}


def _cancelled_values(letter: Letter, news: str) -> dict[str, str]:
    return {"kabar": news, "rincian": _part(letter, "_turns.txt")}


def _recap_values(letter: Letter, news: str) -> dict[str, str]:
    assert letter.turn is not None  # books are those of a turn
    return {"kabar": news, "jam": letter.turn.clock, "hari": letter.turn.day, "hasil": _part(letter, "_books.txt")}


_VALUES: Mapping[ReminderKind, Callable[[Letter, str], dict[str, str]]] = {
    ReminderKind.BEFORE: _before_values,
    ReminderKind.CHANGED: _changed_values,
    ReminderKind.CANCELLED: _cancelled_values,
    ReminderKind.RECAP: _recap_values,
}


def _write_own(letter: Letter, own: Wording, news: str) -> Written:
    chat = _chat(own)
    before, after = _around_link(own.body, letter.link)
    return Written(
        subject=own.subject,
        text=f"{chat}\n{letter.bazaar_name}, {letter.edition_name}\n",
        whatsapp=chat,
        html=environment().get_template("_own.html").render(letter=letter, subject=own.subject, before=before, after=after),
        news=news,
    )


def _around_link(body: str, link: str) -> tuple[list[list[str]], list[list[str]]]:
    """The paragraphs before the link and those after it, as lines: in a mail the link itself is a button between them."""
    before, _, after = body.partition(link)
    return _paragraphs(before), _paragraphs(after)


def _paragraphs(text: str) -> list[list[str]]:
    return [lines for part in text.split("\n\n") if (lines := [line for line in part.splitlines() if line.strip()])]


def _chat(wording: Wording) -> str:
    stop = "" if wording.subject.endswith(_SENTENCE_ENDS) else "."
    return _end(f"{wording.subject}{stop}\n\n{wording.body}")


def _end(text: str) -> str:
    return text + "\n"


def _part(letter: Letter, name: str) -> str:
    return tidy(_render(letter, name))


def _render(letter: Letter, name: str, **values: str) -> str:
    return environment().get_template(f"{letter.language}/{letter.kind.value}/{name}").render(letter=letter, **values)
