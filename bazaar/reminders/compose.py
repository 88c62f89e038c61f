"""Turns a letter into texts: subject, mail (plain and HTML) and WhatsApp, from templates/messages/<language>/<kind>/."""

from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bazaar.reminders.letter import Letter
from bazaar.settings import ROOT


@dataclass(frozen=True)
class Written:
    """One message in every shape that a channel may need."""

    subject: str
    text: str
    whatsapp: str
    html: str


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
    # Mails know neither our headers nor our files: the sheet travels inside. It is ours, so it needs no escaping.
    env.globals["email_css"] = Markup((ROOT / "bazaar" / "static" / "css" / "email.css").read_text(encoding="utf-8"))  # noqa: S704
    return env


def write(letter: Letter) -> Written:
    """Every text of a letter. The subject is one line, whatever a name holds."""
    subject = " ".join(_render(letter, "subject.txt", "").split())
    return Written(
        subject=subject,
        text=_tidy(_render(letter, "body.txt", subject)),
        whatsapp=_tidy(_render(letter, "whatsapp.txt", subject)),
        html=_render(letter, "email.html", subject),
    )


def _render(letter: Letter, name: str, subject: str) -> str:
    return environment().get_template(f"{letter.language}/{letter.kind.value}/{name}").render(letter=letter, subject=subject)


def _tidy(text: str) -> str:
    """No more than one empty line in a row, none at the ends: conditions in templates leave gaps."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"
