"""Forms about what was really on air: lost minutes of a turn, viewers of a live session. The desk and the host's page share them."""

from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Any

from bazaar.editions.air_reports import AirTurn
from bazaar.editions.audience import HourCount
from bazaar.localtime import clock_text
from bazaar.web.organizer.fields import Choice, DeskForm, Line, Whole, needed

_VERDICTS = {"": "Menurut menitnya", "failed": "Gagal, beri giliran pengganti", "held": "Tetap satu giliran"}
_IS_FAILED = {"": None, "failed": True, "held": False}
LOSS_FIELDS = {"lost_out_of_range": "lost_minutes", "failed_without_loss": "lost_minutes", "reason_missing": "reason"}
VIEWER_FIELDS = {"viewers_out_of_range": "viewer_count", "hour_unknown": "hour", "hour_not_begun": "hour"}
"""Under which field a refusal is said."""


class LossForm(DeskForm):
    """So many minutes of a turn were lost, and why. Only an organizer says whether it counts all the same."""

    slot = Choice("Giliran", coerce=int, choices=[])
    lost_minutes = Whole("Menit yang hilang", -inf, inf)  # as many as the turn has
    reason = Line("Sebabnya", [needed("Tulis sebabnya, misalnya: internet putus.")], length=200)
    verdict = Choice("Giliran ini dihitung", choices=_VERDICTS, default="")

    @property
    def is_failed(self) -> bool | None:
        """The organizer's word; None: judged by the minutes."""
        return _IS_FAILED[self.verdict.data or ""]


class ViewersForm(DeskForm):
    """So many watched, in all or from one hour on."""

    hour = Choice("Kapan", choices={})
    viewer_count = Whole("Jumlah penonton", -inf, inf)

    @property
    def hour_starts_at(self) -> datetime | None:
        """The hour that was chosen; None: the live session as a whole."""
        return datetime.fromisoformat(self.hour.data) if self.hour.data else None


def loss_form(turns: Sequence[AirTurn], timezone: str, chosen: int | None = None) -> Any:
    """The form about one of these turns, the newest first."""
    form = LossForm(data={"slot": chosen} if chosen else {})
    form.slot.choices = [
        (turn.slot_id, f"{clock_text(turn.starts_at, timezone)} {turn.business_name}")
        for turn in sorted(turns, key=lambda turn: -turn.position)
    ]
    return form


def viewers_form(hours: Sequence[HourCount], timezone: str, *, now: datetime) -> Any:
    """The form about a live session, as a whole or from one of its hours on that have begun."""
    form = ViewersForm()
    form.hour.choices = [
        (hour.starts_at.isoformat(), f"Sekitar {clock_text(hour.starts_at, timezone)}") if hour.starts_at else ("", "Seluruh siaran")
        for hour in hours
        if hour.starts_at is None or hour.starts_at <= now
    ]
    return form
