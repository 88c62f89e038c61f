"""The texts that a bazaar has approved by WhatsApp before it may send them: one for each kind of message, language and lifetime.

How long WhatsApp keeps trying to hand a message over belongs to the template, not to the message. So each kind comes in several
lifetimes, and the channel takes the longest one that ends before the message goes stale.

`python -m bazaar.reminders.channels.whatsapp_templates [prefix]` prints what to post to Meta, one JSON document a line.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = "giliran"
PLACES = ("name", "what", "stall", "link")
"""What goes into {{1}} to {{4}}, in every template: `Bu Sari`; `giliran Selasa, 5 Mei, 20.00 WIB`; `Keripik Sari`; her page."""

_LIVES = {60: "1m", 300: "5m", 600: "10m", 3600: "1h", 7200: "2h", 43200: "12h"}


@dataclass(frozen=True)
class ProviderTemplate:
    """One kind of message in one language. `lives` are the lifetimes in seconds in which it exists, the longest first."""

    name: str
    language: str
    lives: tuple[int, ...]
    body: str
    what: str  # an example of {{2}}: the people who approve a template want to see one
    buttons: tuple[str, ...] = ()

    @property
    def examples(self) -> tuple[str, ...]:
        """An example for each place, in order."""
        return ("Bu Sari", self.what, "Keripik Sari", "https://giliran.example.org/g/contoh")


_LONG, _SHORT, _NOTICE, _RECAP = (7200, 600), (300, 60), (3600, 300), (43200,)
_ASK_ID, _ASK_EN = ("Siap", "Berhalangan"), ("Ready", "Cannot come")

TEMPLATES = (
    ProviderTemplate(
        "before_long",
        "id",
        _LONG,
        "Halo {{1}}, {{2}}.\n\nLapak: {{3}}\n\nBisa hadir? Jawab dengan tombol di bawah, atau buka halaman giliran di {{4}} kapan saja.",
        "giliran Selasa, 5 Mei, 20.00 WIB",
        _ASK_ID,
    ),
    ProviderTemplate(
        "before_long",
        "en",
        _LONG,
        "Hello {{1}}, {{2}}.\n\nShop: {{3}}\n\nCan you come? Answer with a button below, or open your page at {{4}} at any time.",
        "your turn is on Tuesday, 5 May, 20:00 WIB",
        _ASK_EN,
    ),
    ProviderTemplate(
        "before_short",
        "id",
        _SHORT,
        "Halo {{1}}, {{2}}.\n\nLapak: {{3}}\n\nSiapkan barang dan isi baterai HP. Jawab dengan tombol di bawah, atau buka {{4}} sekarang.",
        "giliran jam 20.00 WIB, 30 menit lagi",
        _ASK_ID,
    ),
    ProviderTemplate(
        "before_short",
        "en",
        _SHORT,
        "Hello {{1}}, {{2}}.\n\nShop: {{3}}\n\nLay out your goods and charge your phone. Answer with a button below, or open {{4}} now.",
        "your turn is at 20:00 WIB, in 30 minutes",
        _ASK_EN,
    ),
    ProviderTemplate(
        "changed",
        "id",
        _NOTICE,
        "Halo {{1}}, {{2}}.\n\nLapak: {{3}}\n\nBisa hadir? Jawab dengan tombol di bawah. Semua giliran terlihat di {{4}} kapan saja.",
        "giliran Ibu pindah: Rabu, 6 Mei, 19.30 WIB",
        _ASK_ID,
    ),
    ProviderTemplate(
        "changed",
        "en",
        _NOTICE,
        "Hello {{1}}, {{2}}.\n\nShop: {{3}}\n\nCan you come? Answer with a button below. All your turns are at {{4}} at any time.",
        "your turn has moved: Wednesday, 6 May, 19:30 WIB",
        _ASK_EN,
    ),
    ProviderTemplate(
        "cancelled",
        "id",
        _NOTICE,
        "Halo {{1}}, {{2}}.\n\nLapak: {{3}}\n\nTidak perlu hadir. Giliran lain, kalau ada, terlihat di {{4}} kapan saja.",
        "giliran Selasa, 5 Mei, 20.00 WIB batal",
    ),
    ProviderTemplate(
        "cancelled",
        "en",
        _NOTICE,
        "Hello {{1}}, {{2}}.\n\nShop: {{3}}\n\nNo need to come. Other turns, if there are any, are at {{4}} at any time.",
        "your turn on Tuesday, 5 May, 20:00 WIB is off",
    ),
    ProviderTemplate(
        "recap",
        "id",
        _RECAP,
        "Halo {{1}}, {{2}}.\n\nLapak: {{3}}\n\nTerima kasih sudah tampil. Rinciannya ada di {{4}} kapan saja.",
        "hasil giliran 20.00 WIB: 7 barang, Rp105.000",
    ),
    ProviderTemplate(
        "recap",
        "en",
        _RECAP,
        "Hello {{1}}, {{2}}.\n\nShop: {{3}}\n\nThank you for being on. The details are at {{4}} at any time.",
        "results of your turn at 20:00 WIB: 7 items, Rp105,000",
    ),
)
"""In the order in which docs/channels.md shows them. Changing a text means having it approved again, under the same name."""


def provider_template(name: str, language: str) -> ProviderTemplate | None:
    """The template for a kind of message; what has no text in a language speaks Indonesian."""
    found = {(template.name, template.language): template for template in TEMPLATES}
    return found.get((name, language)) or found.get((name, "id"))


def full_name(template: ProviderTemplate, life: int, prefix: str = PREFIX) -> str:
    """What WhatsApp knows it by: `giliran_before_short_5m`."""
    return f"{prefix or PREFIX}_{template.name}_{_LIVES[life]}"


def life_for(template: ProviderTemplate, seconds_left: float | None) -> int | None:
    """The longest lifetime that ends before the message goes stale; None where even the shortest one would not."""
    return next((life for life in template.lives if seconds_left is None or life <= seconds_left), None)


def creation_requests(prefix: str = PREFIX) -> Iterator[dict[str, object]]:
    """What to post to `/<WhatsApp Business Account ID>/message_templates`, one after the other."""
    for template in TEMPLATES:
        body = {"type": "BODY", "text": template.body, "example": {"body_text": [list(template.examples)]}}
        buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": text} for text in template.buttons]}
        for life in template.lives:
            yield {
                "name": full_name(template, life, prefix),
                "language": template.language,
                "category": "UTILITY",
                "message_send_ttl_seconds": life,
                "components": [body, buttons] if template.buttons else [body],
            }


if __name__ == "__main__":
    for request in creation_requests(*sys.argv[1:2]):
        print(json.dumps(request, ensure_ascii=False))
