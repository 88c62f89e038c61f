"""What a stretch of air time is worth: minutes times the weight of the audience at that hour of that weekday, in whole points.

    points = floor((minutes x weight + 50) / 100)         minutes whole, weight in parts of a hundred, points whole

The weights are a table of hour bands by weekdays, set for each edition: 100 is the ordinary audience, 150 half as many again. A band
begins at a minute of the day and lasts until the next begins; the first begins at midnight. The table decides only what turns are
worth compared with each other, so its scale is free.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from bazaar.localtime import local_date, minute_of_day, to_utc
from models import Edition

DAY_COUNT = 7


@dataclass(frozen=True)
class HourBand:
    """Hours of the day with one weight for each weekday, Monday first, in parts of a hundred."""

    from_minute: int  # local, since midnight
    weights: tuple[int, ...]


@dataclass(frozen=True)
class PointRules:
    """The weights of an edition, read on the edition's clocks. Bands by their beginning, the first at midnight."""

    timezone: str
    bands: tuple[HourBand, ...]

    def weight_at(self, starts_at: datetime) -> int:
        """Parts of a hundred for a start at that instant."""
        weekday, minute = local_date(starts_at, self.timezone).weekday(), minute_of_day(starts_at, self.timezone)
        return band_at(self.bands, minute).weights[weekday]


def band_at(bands: Sequence[HourBand], minute: int) -> HourBand:
    """The band in which that minute of the day lies."""
    return [band for band in bands if band.from_minute <= minute][-1]


def read_bands(document: Any) -> tuple[HourBand, ...]:
    """The bands behind their stored form."""
    return tuple(HourBand(band["from_minute"], tuple(band["weights"])) for band in document)


def write_bands(bands: Sequence[HourBand]) -> list[dict[str, Any]]:
    """The stored form of bands; `read_bands` gives the same bands back."""
    return [{**asdict(band), "weights": list(band.weights)} for band in bands]


def rules_of(edition: Edition) -> PointRules:
    """The rules an edition counts by."""
    return PointRules(edition.timezone, read_bands(edition.audience_weights))


def points_of(minutes: int, starts_at: datetime, rules: PointRules) -> int:
    """Minutes x weight, rounded half up."""
    return (minutes * rules.weight_at(starts_at) + 50) // 100


def slot_points(minutes: int, starts_at: datetime, live_session_starts_at: datetime, rules: PointRules) -> int:
    """The points of a slot. Past midnight it still belongs to the evening on which its live session began."""
    evening_on = local_date(live_session_starts_at, rules.timezone)
    if local_date(starts_at, rules.timezone) != evening_on:
        starts_at = to_utc(evening_on, time(23, 59), rules.timezone)
    return points_of(minutes, starts_at, rules)
