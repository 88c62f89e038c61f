"""What people type, without what steers or hides. Pure.

A name must not break a letter, turn the writing of a page around, or look like another name.
"""

import unicodedata

_JOINER = "\N{ZERO WIDTH JOINER}"
_BEFORE_JOINER = frozenset({"So", "Sk", "Mn"})
"""A picture, its colour of skin, its variant: what a joiner makes one picture of."""


def one_line(text: str) -> str:
    """The text as one line without control, direction and invisible signs; runs of spaces become one, none stay around."""
    return " ".join(_visible(text).split())


def several_lines(text: str) -> str:
    """The same for a longer text whose lines stay lines; spaces inside them stay too."""
    return "\n".join(_visible(line).rstrip() for line in text.splitlines()).strip()


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(_shown(before, sign) for before, sign in zip(" " + text, text, strict=False))


def _shown(before: str, sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in {"Cc", "Cs"}:
        return " "
    if kind == "Cf":  # a joiner inside a picture is no trick
        return sign if sign == _JOINER and unicodedata.category(before) in _BEFORE_JOINER else ""
    return sign
