"""Text of others as one plain line: what somebody typed as a name must not steer a mail, a chat or a screen. Pure."""

import unicodedata

_STEERING = frozenset({"Cc", "Cf", "Cs"})
"""Control signs, what turns the direction of writing around or cannot be seen, halves of characters."""


def plain_line(text: str) -> str:
    """The text in one line, single spaces between words, without signs that nobody can see."""
    return " ".join("".join(filter(_is_plain, text)).split())


def _is_plain(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _STEERING
