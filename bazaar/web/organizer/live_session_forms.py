"""The forms about live sessions: one, or a whole pattern."""

from datetime import date, time
from typing import Any

from bazaar.editions.languages import KNOWN_LANGUAGES, name_of
from bazaar.editions.live_sessions import LiveSessionData, Pattern
from bazaar.web.organizer.fields import Clock, Day, DeskForm, Line, Seen, Ticks, Whole, weekday_ticks

_EVENING = {"starts": 20 * 60, "ends": 21 * 60 + 30, "slot_minutes": 15}


class _LiveSessionForm(DeskForm):
    starts = Clock("Mulai jam", needs="Tulis jam mulainya. Contoh: 20.00.")
    ends = Clock("Selesai jam", needs="Tulis jam selesainya. Contoh: 21.30.")
    slot_minutes = Whole("Menit untuk satu giliran", 1, 480)
    host_name = Line("Pembawa acara")
    zoom_url = Line("Tautan Zoom", length=400)
    youtube_url = Line("Tautan YouTube", length=400)
    languages = Ticks("Hanya untuk lapak yang bisa bahasa", choices=dict(KNOWN_LANGUAGES))

    def offer_languages(self, known: tuple[str, ...]) -> None:
        """Languages that came by an import stay on offer."""
        self.languages.choices = {**dict(KNOWN_LANGUAGES), **{code: name_of(code) for code in known}}

    def alike(self) -> dict[str, Any]:
        """What a single live session and a pattern have in common."""
        return {
            "starts": _time(self.starts.data),
            "ends": _time(self.ends.data),
            "slot_minutes": self.slot_minutes.data,
            "host_name": self.host_name.data,
            "zoom_url": self.zoom_url.data,
            "youtube_url": self.youtube_url.data,
            "languages": tuple(self.languages.data or ()),
        }


class LiveSessionForm(_LiveSessionForm):
    """One live session."""

    version = Seen()
    on = Day("Tanggal", needs="Pilih tanggalnya.")

    def live_session_data(self) -> LiveSessionData:
        """What was written, for the rules."""
        return LiveSessionData(on=self.on.data, **self.alike())


class PatternForm(_LiveSessionForm):
    """Live sessions that recur."""

    weekdays = weekday_ticks("Setiap hari")
    from_on = Day("Dari tanggal", needs="Pilih tanggal mulainya.")
    until_on = Day("Sampai tanggal", needs="Pilih tanggal akhirnya.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Also at least one weekday."""
        is_valid = bool(super().validate(extra_validators))
        if not self.weekdays.data:
            self.refuse("weekdays", "Pilih paling sedikit satu hari.")
            is_valid = False
        return is_valid

    def pattern(self) -> Pattern:
        """What was written, for the rules."""
        return Pattern(weekdays=tuple(self.weekdays.data), from_on=self.from_on.data, until_on=self.until_on.data, **self.alike())


FIELDS = {
    "times_equal": "ends",
    "live_session_too_long": "ends",
    "slots_do_not_fit": "slot_minutes",
    "slots_in_use": "slot_minutes",
    "outside_edition": "on",
    "live_session_overlaps": "starts",
    "live_session_begun": "starts",
}
PATTERN_FIELDS = {
    **FIELDS,
    "outside_edition": "until_on",
    "dates_reversed": "until_on",
    "pattern_too_long": "until_on",
    "pattern_empty": "weekdays",
}
"""Under which field a refusal is said; `address_wrong` may be about either of two."""


def live_session_values(data: LiveSessionData) -> dict[str, Any]:
    """The live session by the form's field names."""
    return {
        **{name: getattr(data, name) for name in data.__dataclass_fields__},
        "version": data.version,
        "starts": data.starts.hour * 60 + data.starts.minute,
        "ends": data.ends.hour * 60 + data.ends.minute,
        "languages": list(data.languages),
    }


def usual_evening(day: date) -> dict[str, Any]:
    """What the form of a new live session suggests."""
    return {**_EVENING, "on": day}


def usual_pattern(from_on: date, until_on: date) -> dict[str, Any]:
    """What the form of a pattern suggests: every evening."""
    return {**_EVENING, "weekdays": list(range(7)), "from_on": from_on, "until_on": until_on}


def _time(minutes: int) -> time:
    return time(*divmod(minutes, 60))
