"""What a stretch of air time is worth: minutes times the weight of the hour and of the day, in whole points."""

from dataclasses import dataclass
from datetime import datetime, time

from bazaar.localtime import day_part, local_date, to_utc
from bazaar.states import DayPart
from models import Edition

_FIRST_WEEKEND_DAY = 4  # Friday; Monday is 0


@dataclass(frozen=True)
class PointRules:
    """The weights of an edition, as parts of a hundred. The weekend's comes on top of the hour's."""

    timezone: str
    afternoon_weight_pct: int
    evening_weight_pct: int
    weekend_weight_pct: int


def rules_of(edition: Edition) -> PointRules:
    """The rules an edition counts by."""
    return PointRules(edition.timezone, edition.afternoon_weight_pct, edition.evening_weight_pct, edition.weekend_weight_pct)


def points_of(minutes: int, starts_at: datetime, rules: PointRules) -> int:
    """Minutes x hour x day, rounded half up. Evening is a start at 18.00 local or later; the weekend is Friday to Sunday."""
    is_evening = day_part(starts_at, rules.timezone) is DayPart.EVENING
    hour_pct = rules.evening_weight_pct if is_evening else rules.afternoon_weight_pct
    is_weekend = local_date(starts_at, rules.timezone).weekday() >= _FIRST_WEEKEND_DAY
    day_pct = rules.weekend_weight_pct if is_weekend else 100
    return (minutes * hour_pct * day_pct + 5_000) // 10_000


def slot_points(minutes: int, starts_at: datetime, live_session_starts_at: datetime, rules: PointRules) -> int:
    """The points of a slot. Past midnight it still belongs to the evening on which its live session began."""
    evening_on = local_date(live_session_starts_at, rules.timezone)
    if local_date(starts_at, rules.timezone) != evening_on:
        starts_at = to_utc(evening_on, time(23, 59), rules.timezone)
    return points_of(minutes, starts_at, rules)
