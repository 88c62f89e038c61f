"""The forms about a bazaar and an edition, to and from what the rules keep."""

import re
from datetime import date, timedelta
from typing import Any

from bazaar.editions.edition_settings import EditionData
from bazaar.web.organizer.fields import CallablePhone, Choice, Clock, Day, DeskForm, Line, Seen, Whole, Written, needed

_ZONES = {
    "Indonesia": {"Asia/Jakarta": "WIB: Jawa, Sumatra", "Asia/Makassar": "WITA: Bali, Sulawesi", "Asia/Jayapura": "WIT: Maluku, Papua"},
    "Luar negeri": {
        "Asia/Kuala_Lumpur": "Malaysia",
        "Asia/Singapore": "Singapura",
        "Asia/Brunei": "Brunei",
        "Asia/Hong_Kong": "Hong Kong",
        "Asia/Taipei": "Taiwan",
        "Asia/Seoul": "Korea",
        "Asia/Tokyo": "Jepang",
        "Asia/Riyadh": "Arab Saudi",
        "Asia/Dubai": "Uni Emirat Arab",
        "Europe/Amsterdam": "Belanda",
        "Europe/Berlin": "Jerman",
        "Europe/London": "Inggris",
        "Australia/Sydney": "Australia, Sydney",
        "America/New_York": "Amerika, New York",
    },
}
_LEAD = re.compile(r"(\d{1,5})\s*(menit|mnt|m|jam|j|hari|h)?")
_LEAD_MINUTES = {"menit": 1, "mnt": 1, "m": 1, "": 1, "jam": 60, "j": 60, "hari": 24 * 60, "h": 24 * 60}
_MOST_MINUTES = 24 * 60
_USUAL_LENGTH = timedelta(days=27)


class Leads(Written):
    """How long before a turn reminders go: `24 jam; 30 menit`; the value is minutes, the earliest reminder first."""

    empty: tuple[int, ...] = ()

    def read(self, text: str) -> tuple[int, ...]:
        leads = set()
        for part in filter(None, (part.strip().lower() for part in re.split(r"[;,]|\bdan\b", text))):
            match = _LEAD.fullmatch(part)
            if match is None:
                raise ValueError(f"“{part}” tidak terbaca. Contoh: 24 jam; 30 menit; 10 menit.")
            leads.add(int(match[1]) * _LEAD_MINUTES[match[2] or ""])
        return tuple(sorted(leads, reverse=True))

    def show(self, value: Any) -> str:
        return "; ".join(lead_text(lead) for lead in value)


class EndClock(Clock):
    """A time of day that may be midnight, `24.00`."""

    def read(self, text: str) -> int:
        return _MOST_MINUTES if re.fullmatch(r"24[.:]?00", text) else super().read(text)


def lead_text(minutes: int) -> str:
    """`24 jam`, `2 hari`, `30 menit`."""
    if minutes % (24 * 60) == 0 and minutes > 24 * 60:
        return f"{minutes // (24 * 60)} hari"
    return f"{minutes // 60} jam" if minutes % 60 == 0 else f"{minutes} menit"


class BazaarForm(DeskForm):
    """How a bazaar is called and reached."""

    name = Line("Nama bazar", [needed("Tulis nama bazarnya. Contoh: Pasar Virtual Jember.")])
    city = Line("Kota atau kabupaten")
    help_phone = CallablePhone("Nomor panitia")


class EditionForm(DeskForm):
    """The rules of an edition."""

    revision = Seen()
    name = Line("Nama edisi", [needed("Tulis nama edisinya. Contoh: Bazar Ramadhan 1447 H.")])
    starts_on = Day("Hari pertama", needs="Pilih hari pertamanya.")
    ends_on = Day("Hari terakhir", needs="Pilih hari terakhirnya.")
    timezone = Choice("Zona waktu")
    gap_days = Whole("Jarak paling sedikit (hari)", 0, 366)
    wanted_gap_days = Whole("Jarak yang diinginkan (hari)", 0, 366)
    adjacent_categories = Choice("Dua lapak sejenis berurutan", choices={"soft": "Sebisanya dihindari", "hard": "Tidak boleh sama sekali"})
    good_from = Clock("Jam ramai mulai", needs="Tulis jamnya. Contoh: 19.30.")
    good_until = EndClock("Jam ramai sampai", needs="Tulis jamnya. Contoh: 21.30.")
    reminder_leads = Leads("Pengingat sebelum giliran")
    quiet_from = Clock("Jam tenang mulai", needs="Tulis jamnya. Contoh: 22.00.")
    quiet_until = Clock("Jam tenang sampai", needs="Tulis jamnya. Contoh: 06.00.")
    grace_seconds = Whole("Tenggang sesudah giliran (detik)", 0, 3600)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_zones(str((kwargs.get("data") or {}).get("timezone", "")))

    def offer_zones(self, current: str) -> None:
        """The zones on offer, the edition's own among them."""
        choices = {group: dict(zones) for group, zones in _ZONES.items()}
        if current and not any(current in zones for zones in choices.values()):
            choices["Luar negeri"][current] = current
        self.timezone.choices = choices

    def edition_data(self) -> EditionData:
        """What was written, for the rules."""
        return EditionData(
            name=self.name.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            timezone=self.timezone.data,
            gap_days=self.gap_days.data,
            wanted_gap_days=self.wanted_gap_days.data,
            adjacent_categories=self.adjacent_categories.data,
            good_from_minute=self.good_from.data,
            good_until_minute=self.good_until.data,
            reminder_leads=tuple(self.reminder_leads.data or ()),
            quiet_from_minute=self.quiet_from.data,
            quiet_until_minute=self.quiet_until.data,
            grace_seconds=self.grace_seconds.data,
        )


FIELDS = {
    "name_missing": "name",
    "dates_reversed": "ends_on",
    "dates_leave_out": "ends_on",
    "timezone_unknown": "timezone",
    "timezone_in_use": "timezone",
    "gaps_reversed": "wanted_gap_days",
    "good_hours_reversed": "good_until",
    "lead_out_of_range": "reminder_leads",
    "grace_out_of_range": "grace_seconds",
}
"""Under which field of EditionForm a refusal is said."""


def edition_values(data: EditionData) -> dict[str, Any]:
    """The rules by the form's field names."""
    return {
        **{name: getattr(data, name) for name in data.__dataclass_fields__},
        "good_from": data.good_from_minute,
        "good_until": data.good_until_minute,
        "quiet_from": data.quiet_from_minute,
        "quiet_until": data.quiet_until_minute,
    }


def usual_edition(today: date) -> dict[str, Any]:
    """What the form of a new edition suggests: four weeks from the Monday after next on."""
    first = today + timedelta(days=14 - today.weekday())
    return {**edition_values(EditionData(name="", starts_on=first, ends_on=first + _USUAL_LENGTH)), "name": ""}
