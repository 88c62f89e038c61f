"""What an organizer enters for a channel: looked at the same way by the settings page and by whoever builds the channel."""

import re
from collections.abc import Mapping

from bazaar.reminders.channels.http import is_production
from bazaar.web_address import is_web_address

PROBLEMS: Mapping[str, str] = {
    "missing": "belum diisi",
    "not_a_number": "hanya boleh angka",
    "not_an_address": "bukan alamat web",
    "not_https": "harus mulai dengan https://",
    "too_short": "terlalu pendek, paling sedikit 16 huruf",
    "bad_characters": "hanya boleh huruf, angka, garis, dan garis bawah",
    "no_phone": "tidak memuat {phone}",
}
"""What is wrong with a field, by code; the sentence goes on after the field's name."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
SHORTEST_SECRET = 16

Problems = list[tuple[str, str]]


def missing(fields: Mapping[str, str], *names: str) -> Problems:
    """Those that are empty."""
    return [(name, "missing") for name in names if not fields.get(name, "").strip()]


def addresses(fields: Mapping[str, str], *names: str) -> Problems:
    """Those that are no address to call; empty ones are fine. In production what is sent is never open to everybody on the way."""
    found: Problems = []
    for name in names:
        address = fields.get(name, "").strip()
        if address and not is_web_address(address):
            found.append((name, "not_an_address"))
        elif address and is_production() and not address.startswith("https://"):
            found.append((name, "not_https"))
    return found


def plain(fields: Mapping[str, str], *names: str) -> Problems:
    """Those with signs that cannot stand in an address or header; empty ones are fine."""
    return [(name, "bad_characters") for name in names if fields.get(name, "").strip() and not _PLAIN.fullmatch(fields[name].strip())]


def header_safe(fields: Mapping[str, str], *names: str) -> Problems:
    """Those with signs that no HTTP header may carry; empty ones are fine."""
    values = {name: fields.get(name, "").strip() for name in names}
    return [
        (name, "bad_characters") for name, value in values.items() if not (value.isascii() and value.isprintable() and " " not in value)
    ]


def refuse(problems: Problems) -> None:
    """Raise ValueError with a plain sentence for the first problem, if there is one."""
    if problems:
        name, code = problems[0]
        raise ValueError(f"{name} {PROBLEMS[code]}")


def base_url(fields: Mapping[str, str], usual: str) -> str:
    """Where the service stands: the usual place, or the one that was entered."""
    return (fields.get("base_url", "").strip() or usual).rstrip("/")
