"""The form of what turns are worth: a row for each hour band, seven weights in it, and how much earlier editions count."""

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from bazaar.editions.points import DAY_COUNT, HourBand
from bazaar.editions.weights import LARGEST_WEIGHT_PCT, MOST_BANDS, Weights
from bazaar.localtime import DAY_NAMES
from bazaar.web.organizer.fields import Clock, DeskForm, Seen, Whole

FIELDS = {
    "bands_wrong": "starts_1",
    "weight_out_of_range": "w_0_0",
    "weights_in_use": "w_0_0",
    "decay_out_of_range": "decay_1",
}
"""Under which field a refusal is said."""


class _WeightsForm(DeskForm):
    """Rows are fields by number: `starts_1`, and `w_1_0` for Monday. The first row begins at midnight."""

    revision = Seen()
    decay_0 = Whole("Bekal dari edisi lalu (%)", 0, 100)
    decay_1 = Whole("Bekal dari edisi sebelum itu (%)", 0, 100)
    row_count = 0

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then the rows: one with a time needs its seven weights, and no two begin at the same time."""
        is_valid = bool(super().validate(extra_validators))
        seen: set[int] = {0}
        for row in self.kept_rows:
            empty = [f"w_{row}_{weekday}" for weekday in range(DAY_COUNT) if self._is_empty(f"w_{row}_{weekday}")]
            if empty:
                self.refuse(empty[0], "Isi bobot untuk setiap hari.")
                is_valid = False
            if row and self[f"starts_{row}"].data in seen:
                self.refuse(f"starts_{row}", "Jam ini sudah dipakai baris lain.")
                is_valid = False
            if row:
                seen.add(self[f"starts_{row}"].data)
        return is_valid

    def _is_empty(self, name: str) -> bool:
        return self[name].data is None and not self[name].errors

    @property
    def kept_rows(self) -> list[int]:
        """The rows that have a time; one without is thrown away."""
        return [row for row in range(self.row_count) if row == 0 or self[f"starts_{row}"].data is not None]

    @property
    def rows(self) -> list[tuple[Any, list[Any]]]:
        """(the field of its beginning, its seven weights) for the page; the first row has no such field."""
        return [
            (self[f"starts_{row}"] if row else None, [self[f"w_{row}_{weekday}"] for weekday in range(DAY_COUNT)])
            for row in range(self.row_count)
        ]

    @property
    def can_grow(self) -> bool:
        """Whether one more row may be added."""
        return self.row_count < MOST_BANDS

    def weights(self) -> Weights:
        """What was written, for the rules: bands by their beginning."""
        bands = [
            HourBand(self[f"starts_{row}"].data if row else 0, tuple(self[f"w_{row}_{weekday}"].data for weekday in range(DAY_COUNT)))
            for row in self.kept_rows
        ]
        return Weights(tuple(sorted(bands, key=lambda band: band.from_minute)), (self.decay_0.data, self.decay_1.data))


def weights_form(weights: Weights, revision: int, sent: MultiDict[str, str] | None = None, *, extra_rows: int = 0) -> _WeightsForm:
    """The form filled with these weights, or with what was sent, with so many empty rows more."""
    shown = len(weights.bands) if sent is None else 1 + sum(f"starts_{row}" in sent for row in range(1, MOST_BANDS))
    row_count = min(MOST_BANDS, shown + extra_rows)
    fields: dict[str, Any] = {"row_count": row_count}
    for row in range(row_count):
        if row:
            fields[f"starts_{row}"] = Clock(f"Baris {row + 1}, mulai jam")
        for weekday, name in enumerate(DAY_NAMES["id"]):
            fields[f"w_{row}_{weekday}"] = Whole(f"Baris {row + 1}, {name}", 1, LARGEST_WEIGHT_PCT, is_optional=True)
    form = type("WeightsForm", (_WeightsForm,), fields)
    return form(formdata=sent, data={"revision": revision, **weights_values(weights.bands), **_decay_values(weights)})  # type: ignore[no-any-return] # made a line above


def weights_values(bands: Sequence[HourBand]) -> dict[str, int]:
    """The rows by field names."""
    values = {f"w_{row}_{weekday}": weight for row, band in enumerate(bands) for weekday, weight in enumerate(band.weights)}
    return values | {f"starts_{row}": band.from_minute for row, band in enumerate(bands) if row}


def seen_cells(counts: Sequence[Sequence[int]]) -> set[str]:
    """The field names of the weights behind which there is at least one observation; the others follow their hour's habit."""
    return {f"w_{row}_{weekday}" for row, cells in enumerate(counts) for weekday, count in enumerate(cells) if count}


def _decay_values(weights: Weights) -> dict[str, int]:
    return {f"decay_{age}": pct for age, pct in enumerate(weights.decay_pct)}
