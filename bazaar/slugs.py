"""The short name that stands in addresses and commands, made from a name and unique."""

import re
import unicodedata
from collections.abc import Callable

_RESERVED = frozenset({"bazar", "bazaar", "baru", "akun", "edisi"})
_LONGEST = 50


def make_slug(name: str, *, fallback: str, is_taken: Callable[[str], bool]) -> str:
    """`Bazar Ramadhan 1442 H` -> `bazar-ramadhan-1442-h`; a number is appended where that is taken or means something else.

    `fallback` stands for a name without one Latin letter or digit.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-") or fallback
    slug, number = base, 2
    while slug in _RESERVED or is_taken(slug):
        slug, number = f"{base}-{number}", number + 1
    return slug
