"""An edition's own wording of a message: names in braces from a closed list, all else plain text. Reads, checks, fills. Pure.

There is nothing to compute in a wording: `{jam}` becomes a time with its zone, and a brace that we do not know is told of before it
is stored. What is filled in is never read again, so a name in braces stays a name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from bazaar.lines import one_line, several_lines
from bazaar.refusals import Refusal
from bazaar.states import ReminderKind

LONGEST_SUBJECT = 120
LONGEST_BODY = 1000
"""Letters of a wording, before names are filled in."""

NAME, LINK, NEWS, DETAILS = "nama", "tautan", "kabar", "rincian"
CLOCK, DAY, SOON = "jam", "hari", "lagi"

_PLACE = re.compile(r"\{([^{}\n]{0,60})\}")
_ADDRESS = re.compile(r"\w:/|\bwww\.|\bwa\.me\b|\bt\.me\b", re.IGNORECASE)
_ALIKE = 0.6


class TextKind(StrEnum):
    """What a wording is for. Two for the reminders: a day ahead one arranges things, half an hour ahead one hurries."""

    BEFORE_LONG = "before_long"
    BEFORE_SHORT = "before_short"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    RECAP = "recap"

    @property
    def reminder_kind(self) -> ReminderKind:
        """The kind of the messages."""
        return ReminderKind.BEFORE if self in {self.BEFORE_LONG, self.BEFORE_SHORT} else ReminderKind(self.value)

    @property
    def is_long_before(self) -> bool:
        """Whether it is the reminder that leaves time to arrange a day."""
        return self is TextKind.BEFORE_LONG


def text_kind(kind: ReminderKind, *, is_long_before: bool) -> TextKind:
    """The wording that a message of this kind uses."""
    if kind is not ReminderKind.BEFORE:
        return TextKind(kind.value)
    return TextKind.BEFORE_LONG if is_long_before else TextKind.BEFORE_SHORT


_EVERYWHERE = (NAME, "sapaan", "lapak", LINK, "bazar", "telepon_panitia")
_PLACES: dict[ReminderKind, tuple[str, ...]] = {
    ReminderKind.BEFORE: (*_EVERYWHERE, CLOCK, DAY, SOON, "lama", "barang", "ajakan", "persiapan"),
    ReminderKind.CHANGED: (*_EVERYWHERE, NEWS, DETAILS, "ajakan"),
    ReminderKind.CANCELLED: (*_EVERYWHERE, NEWS, DETAILS),
    ReminderKind.RECAP: (*_EVERYWHERE, NEWS, CLOCK, DAY, "hasil"),
}
_NEEDED: dict[ReminderKind, tuple[str, ...]] = {
    ReminderKind.BEFORE: (CLOCK, LINK),
    ReminderKind.CHANGED: (NEWS, DETAILS, LINK),  # what changed carries its times; one wording serves one turn and several
    ReminderKind.CANCELLED: (NEWS, DETAILS, LINK),
    ReminderKind.RECAP: ("hasil", LINK),
}
_MAY_BE_EMPTY = frozenset({DETAILS, "persiapan", "telepon_panitia"})
_NOT_IN_SUBJECT = frozenset({LINK, "ajakan", "hasil", *_MAY_BE_EMPTY})
_FIRST = frozenset({NAME, CLOCK, DAY, SOON, NEWS})
_TELLS_TIME = frozenset({CLOCK, NEWS})


@dataclass(frozen=True)
class Wording:
    """The first line, which is all that a locked phone shows, and what follows it."""

    subject: str
    body: str

    @property
    def whole(self) -> str:
        """Both, as they are read."""
        return f"{self.subject}\n{self.body}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a wording, and in which field: `subject` or `body`."""

    field: str
    refusal: Refusal


class Unfillable(Exception):  # noqa: N818 (an answer, not a fault)
    """A wording that cannot be used: it asks for something that this kind of message does not have."""


def places_of(kind: ReminderKind) -> tuple[str, ...]:
    """The names that a wording of this kind may hold in braces."""
    return _PLACES[kind]


def needed_places(kind: ReminderKind) -> tuple[str, ...]:
    """Those without which it would not do its work."""
    return _NEEDED[kind]


def read_wording(subject: str, body: str) -> Wording:
    """What somebody typed, without invisible signs; `{ Nama }` is `{nama}`."""
    return Wording(_plain_places(one_line(subject)), _plain_places(several_lines(body)))


def faults_of(kind: ReminderKind, wording: Wording) -> list[Fault]:
    """Everything that must be put right before the wording may go out, at most one for each field and reason; none: it may."""
    faults = [
        *_length_faults("subject", wording.subject, LONGEST_SUBJECT),
        *_length_faults("body", wording.body, LONGEST_BODY),
        *_brace_faults("subject", wording.subject, kind),
        *_brace_faults("body", wording.body, kind),
    ]
    if faults:
        return faults
    return [*_subject_faults(wording.subject), *_needed_faults(kind, wording), *_address_faults(wording)]


def lacks_of(kind: ReminderKind, wording: Wording) -> tuple[str, ...]:
    """What the first line leaves unsaid, and a locked phone therefore does not show: the name, the time. Allowed, but worth a word."""
    used = set(_names(wording.subject))
    time = NEWS if NEWS in _PLACES[kind] else CLOCK
    lacking = {NAME: NAME not in used, time: not used & _TELLS_TIME}
    return tuple(name for name, is_lacking in lacking.items() if is_lacking)


def fill(wording: Wording, values: Mapping[str, str]) -> Wording:
    """The wording with the values in its places; a line that asks only for what is empty goes. Raises Unfillable."""
    subject = one_line(_fill_line(wording.subject, values))
    lines: list[str] = []
    for line in wording.body.splitlines():
        if not _is_void(line, values):
            lines += _fill_line(line, values).splitlines() or [""]
    return Wording(subject, tidy("\n".join(lines)))


def fill_checked(wording: Wording, values: Mapping[str, str]) -> Wording:
    """As `fill`, for a wording that came from outside: it says something, and its only link is the one we put there."""
    filled = fill(wording, values)
    if not filled.subject or _names(wording.whole).count(LINK) != 1 or filled.whole.count("://") > 1:
        raise Unfillable(LINK)
    return filled


def tidy(text: str) -> str:
    """No more than one empty line in a row, none at the ends: what is left out leaves gaps."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)


def tame(text: str) -> str:
    """A name that cannot pass for an address: the only link in a message is ours."""
    return re.sub("/{2,}", "/", text)


def _fill_line(text: str, values: Mapping[str, str]) -> str:
    parts = _PLACE.split(text)  # text, name, text, name, ... text
    for index in range(1, len(parts), 2):
        value = values.get(parts[index])
        if value is None:
            raise Unfillable(parts[index])
        parts[index] = value.replace("{", "(").replace("}", ")")
    if any("{" in part or "}" in part for part in parts[::2]):
        raise Unfillable("a brace")
    return "".join(parts)


def _is_void(line: str, values: Mapping[str, str]) -> bool:
    return any(name in _MAY_BE_EMPTY and not values.get(name, "-") for name in _names(line))


def _names(text: str) -> list[str]:
    return _PLACE.findall(text)


def _plain_places(text: str) -> str:
    return _PLACE.sub(lambda found: "{" + "_".join(found[1].lower().split()) + "}", text)


def _length_faults(field: str, text: str, most: int) -> Iterable[Fault]:
    if not text:
        yield Fault(field, Refusal("text_empty"))
    elif len(text) > most:
        yield Fault(field, Refusal("text_too_long", most=most, length=len(text)))


def _brace_faults(field: str, text: str, kind: ReminderKind) -> Iterable[Fault]:
    known = _PLACES[kind]
    unknown = next((name for name in _names(text) if name not in known), None)
    if unknown is not None:
        near = get_close_matches(unknown, known, 1, _ALIKE)
        yield Fault(
            field, Refusal("text_place_unknown", name=unknown, near=near[0]) if near else Refusal("text_place_strange", name=unknown)
        )
    elif re.search(r"[{}]", _PLACE.sub("", text)):
        yield Fault(field, Refusal("text_brace_open"))


def _subject_faults(subject: str) -> Iterable[Fault]:
    names = _names(subject)
    misplaced = next((name for name in names if name in _NOT_IN_SUBJECT), None)
    if misplaced is not None:
        yield Fault("subject", Refusal("text_not_in_subject", name=misplaced))
    elif not names or names[0] not in _FIRST or not subject.startswith("{"):
        yield Fault("subject", Refusal("text_begins_elsewhere"))


def _needed_faults(kind: ReminderKind, wording: Wording) -> Iterable[Fault]:
    used = _names(wording.whole)
    missing = next((name for name in _NEEDED[kind] if name not in used), None)
    if missing is not None:
        yield Fault("body", Refusal("text_place_missing", name=missing))
    elif used.count(LINK) > 1:
        yield Fault("body", Refusal("text_link_twice"))
    else:
        yield from _crowded_faults(kind, wording.body)


def _crowded_faults(kind: ReminderKind, body: str) -> Iterable[Fault]:
    """What may be empty takes its line away: nothing that must be said may stand on it."""
    for line in body.splitlines():
        names = _names(line)
        may_go = next((name for name in names if name in _MAY_BE_EMPTY), None)
        if may_go and any(name in _NEEDED[kind] and name not in _MAY_BE_EMPTY for name in names):
            yield Fault("body", Refusal("text_needs_own_line", name=may_go))
            return


def _address_faults(wording: Wording) -> Iterable[Fault]:
    for field, text in (("subject", wording.subject), ("body", wording.body)):
        if _ADDRESS.search(text):
            yield Fault(field, Refusal("text_has_address"))


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class SmsSize:
    """How many parts a text takes as an SMS. `odd` is the first sign that the small alphabet lacks, which halves what fits."""

    part_count: int
    odd: str = ""


def sms_size(text: str) -> SmsSize:
    """160 signs of the GSM alphabet or 70 others in one part; 153 or 67 in each of several. No sign is cut in two."""
    odd = next((sign for sign in text if sign not in _GSM and sign not in _GSM_TWICE), "")
    widths = [len(sign.encode("utf-16-le")) // 2 if odd else 1 + (sign in _GSM_TWICE) for sign in text]
    alone, each = (70, 67) if odd else (160, 153)
    if sum(widths) <= alone:
        return SmsSize(1 if text else 0, odd)
    count, used = 1, 0
    for width in widths:
        if used + width > each:
            count, used = count + 1, 0
        used += width
    return SmsSize(count, odd)
