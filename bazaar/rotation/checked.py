"""Values of a JSON document, each with its place: what is not as it must be is refused in one sentence that says where and what to do.

Types are taken at their word: 3.0 and "3" are no whole numbers, true is none either. No numpy: the web process reads problems too.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

LONGEST_TEXT = 200
"""Characters of an id, a name, a category, a language."""

_SHOWN = 40
_MISSING = object()


class ProblemError(ValueError):
    """The file is no problem, or no plan; the message says where it fails and what to do."""


class Field:
    """A value and its place."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: "Field | None" = None, key: "str | int" = "") -> None:
        self.value, self._parent, self._key = value, parent, key

    @property
    def place(self) -> str:
        """As one would write it: slots[3].start. The whole document has none."""
        before = "" if self._parent is None else self._parent.place
        if isinstance(self._key, int):
            return f"{before}[{self._key}]"
        if not self._key.isidentifier():
            return f"{before}[{shown(self._key)}]" if self._parent else ""
        return f"{before}.{self._key}" if before else self._key

    def refuse(self, wanted: str) -> NoReturn:
        """wanted: what should stand here."""
        if self.value is _MISSING:
            raise ProblemError(f"{self.place}: this is missing; write {wanted} here.")
        raise ProblemError(f"{self.place}: write {wanted} here instead of {shown(self.value)}.")

    @property
    def is_empty(self) -> bool:
        """Null or missing."""
        return self.value is None or self.value is _MISSING

    def of(self, key: str) -> "Field":
        """What an object holds under the key; perhaps missing. Keys that nobody asks for are ignored."""
        if not isinstance(self.value, dict):
            self.refuse("an object, in braces,")
        return Field(self.value.get(key, _MISSING), self, key)

    def items(self, wanted: str) -> "Iterator[Field]":
        """The members of a list."""
        if not isinstance(self.value, list):
            self.refuse(f"a list of {wanted}, in square brackets,")
        return (Field(value, self, number) for number, value in enumerate(self.value))

    def pairs(self, wanted: str) -> "Iterator[tuple[str, Field]]":
        """The members of an object whose keys are ids; a key that cannot be one is refused."""
        if not isinstance(self.value, dict):
            self.refuse(f"an object, in braces, that gives {wanted},")
        for key, value in self.value.items():
            yield Field(key, self, str(key)).id(), Field(value, self, key)

    def whole(self, low: int, high: int) -> int:
        """A whole number within the limits."""
        if type(self.value) is not int or not low <= self.value <= high:
            self.refuse(f"a whole number from {low:,} to {high:,}")
        return self.value

    def whole_or(self, absent: int, low: int, high: int) -> int:
        """The same; null and nothing at all stand for `absent`."""
        return absent if self.is_empty else self.whole(low, high)

    def whole_or_none(self, low: int, high: int) -> int | None:
        """The same, or null."""
        return None if self.is_empty else self.whole(low, high)

    def wholes(self, low: int, high: int) -> list[int]:
        """A list of whole numbers; null and nothing at all stand for an empty one."""
        return [] if self.is_empty else [each.whole(low, high) for each in self.items("whole numbers")]

    def text(self) -> str:
        """Any text that is not too long and can be written down."""
        if not isinstance(self.value, str) or len(self.value) > LONGEST_TEXT or _is_broken(self.value):
            self.refuse(f"a text of at most {LONGEST_TEXT} characters, in quotation marks,")
        return self.value

    def text_or(self, absent: str) -> str:
        """The same; null and nothing at all stand for `absent`."""
        return absent if self.is_empty else self.text()

    def id(self) -> str:
        """A text that names something."""
        if not isinstance(self.value, str) or not 0 < len(self.value) <= LONGEST_TEXT or _is_broken(self.value):
            self.refuse(f"an id of 1 to {LONGEST_TEXT} characters, in quotation marks,")
        return self.value

    def id_or_none(self) -> str | None:
        """The same, or null."""
        return None if self.is_empty else self.id()

    def one_of(self, *words: str) -> str:
        """One of the words; null and nothing at all stand for the first."""
        if self.is_empty:
            return words[0]
        if not isinstance(self.value, str) or self.value not in words:
            self.refuse(" or ".join(f'"{word}"' for word in words))
        return self.value


def read_plan(document: Any, name: str = "the plan") -> Mapping[str, str | None]:
    """Slot id -> vendor id or None, also out of a whole result. Slots and vendors that no problem knows are for the score to count."""
    inner = document.get("plan") if isinstance(document, dict) else None
    if isinstance(inner, dict):
        document = inner
    elif not isinstance(document, dict):
        raise ProblemError(f"{name}: write an object, in braces, that gives each slot a vendor or null.")
    return {slot: holder.id_or_none() for slot, holder in Field(document).pairs("each slot a vendor or null")}


def _is_broken(text: str) -> bool:
    """Half a character (a lone surrogate) can be read from JSON, but not written anywhere."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def shown(value: Any) -> str:
    """A value in a few words, on one line."""
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if type(value) is int and abs(value) >= 10**_SHOWN:
        return "a number of more than 40 digits"
    if isinstance(value, str):
        return json.dumps(value if len(value) <= _SHOWN else value[:_SHOWN] + "…", ensure_ascii=_is_broken(value))
    return json.dumps(value)
