"""Minutes really on air, and turns that are owed again because the connection failed.

A turn that has begun was on air as planned, less the minutes that somebody noted as lost; the newest note about a slot and vendor
counts. It *failed* when less than half of it was on air, unless an organizer says otherwise. A failed turn does not count as a turn:
the vendor is owed one, the make-up turn (giliran pengganti).

How many turns a vendor may count on is noted with the loss: `turns_promised` = turns that did not fail, this one among them, plus what
was owed already. From then on

    owed = max(0, the largest promise of a turn that failed - turns in force that did not fail)

so that a later rotation cannot lose the debt by moving turns about, and a correction ("it did not fail after all") takes it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bazaar.localtime import minutes_between
from bazaar.turns import PublishedTurn, select_published
from models import AirReport, Slot, Turn


@dataclass(frozen=True)
class Loss:
    """The newest note about a slot and a vendor. `is_failed` is somebody's word; None: judged by the minutes."""

    slot_id: int
    vendor_id: int
    rotation_id: int
    lost_minutes: int
    is_failed: bool | None
    turns_promised: int
    reason: str
    noted_at: datetime

    def aired_minutes(self, planned: int) -> int:
        """What was on air of so many minutes."""
        return max(0, planned - self.lost_minutes)

    def counted_minutes(self, planned: int) -> int:
        """What counts of them as received. Of a failed turn nothing does: it is owed again as a whole, or carried over as a whole."""
        return 0 if self.has_failed(planned) else self.aired_minutes(planned)

    def has_failed(self, planned: int) -> bool:
        """Whether the turn does not count as one: less than half was on air, or an organizer said so."""
        return 2 * self.aired_minutes(planned) < planned if self.is_failed is None else self.is_failed


Losses = Mapping[tuple[int, int], Loss]
"""By (slot id, vendor id)."""


@dataclass(frozen=True)
class MakeUp:
    """What a vendor is owed after turns that failed. `given` are turns that came since in their place, as many as were made good."""

    vendor_id: int
    failed: tuple[PublishedTurn, ...]
    since: datetime  # when the first failure was noted
    turns_promised: int
    owed_count: int
    given: tuple[PublishedTurn, ...]


def losses_of(session: Session, *which: ColumnElement[bool]) -> Losses:
    """Step: the newest note of each slot and vendor."""
    rows = session.scalars(select(AirReport).where(*which).order_by(AirReport.id))
    return {
        (row.slot_id, row.vendor_id): Loss(
            row.slot_id,
            row.vendor_id,
            row.rotation_id,
            row.lost_minutes,
            row.is_failed,
            row.turns_promised,
            row.reason,
            row.noted_at,
        )
        for row in rows
    }


def aired_minutes(turn: PublishedTurn, losses: Losses) -> int:
    """What was, or is planned to be, on air of a turn."""
    planned, loss = minutes_between(turn.starts_at, turn.ends_at), losses.get((turn.slot_id, turn.vendor_id))
    return planned if loss is None else loss.aired_minutes(planned)


def has_failed(turn: PublishedTurn, losses: Losses) -> bool:
    """Whether the turn does not count as one."""
    loss = losses.get((turn.slot_id, turn.vendor_id))
    return loss is not None and loss.has_failed(minutes_between(turn.starts_at, turn.ends_at))


def make_ups_of(session: Session, edition_id: int, vendor_id: int | None = None) -> dict[int, MakeUp]:
    """Step: what is owed in an edition, or to one of its vendors, and what was made good, by vendor; whoever lost no turn is missing."""
    whose = [] if vendor_id is None else [AirReport.vendor_id == vendor_id]
    losses = losses_of(session, AirReport.edition_id == edition_id, *whose)
    if not losses:
        return {}
    turns = _turns_of(session, {vendor_id for _, vendor_id in losses})
    known = _slots_by_rotation(session, {loss.rotation_id for loss in losses.values()})
    by_vendor: dict[int, list[PublishedTurn]] = {}
    for turn in turns:
        by_vendor.setdefault(turn.vendor_id, []).append(turn)
    found = (_make_up(vendor_id, own, losses, known) for vendor_id, own in by_vendor.items())
    return {make_up.vendor_id: make_up for make_up in found if make_up is not None}


def failed_slots(session: Session, edition_id: int) -> set[int]:
    """Step: slots whose turn in force does not count as one, because it failed."""
    return {turn.slot_id for make_up in make_ups_of(session, edition_id).values() for turn in make_up.failed}


def _make_up(vendor_id: int, turns: Iterable[PublishedTurn], losses: Losses, known: Mapping[int, set[tuple[int, int]]]) -> MakeUp | None:
    failed: list[PublishedTurn] = []
    held: list[PublishedTurn] = []
    for turn in turns:
        (failed if has_failed(turn, losses) else held).append(turn)
    if not failed:
        return None
    notes = [losses[turn.slot_id, vendor_id] for turn in failed]
    promised = max(note.turns_promised for note in notes)
    owed = max(0, promised - len(held))
    before = min(notes, key=lambda note: (note.noted_at, note.rotation_id)).rotation_id
    new = [turn for turn in held if (turn.slot_id, vendor_id) not in known[before]]
    return MakeUp(
        vendor_id=vendor_id,
        failed=tuple(failed),
        since=min(note.noted_at for note in notes),
        turns_promised=promised,
        owed_count=owed,
        given=tuple(new[: max(0, len(failed) - owed)]),
    )


def _turns_of(session: Session, vendor_ids: set[int]) -> list[PublishedTurn]:
    """The turns of these vendors in force, by start."""
    rows = session.execute(select_published().where(Turn.vendor_id.in_(vendor_ids)).order_by(Slot.starts_at, Slot.id))
    return [PublishedTurn(slot.id, vendor.id, live_session.id, slot.starts_at, slot.ends_at) for _turn, slot, live_session, vendor in rows]


def _slots_by_rotation(session: Session, rotation_ids: set[int]) -> dict[int, set[tuple[int, int]]]:
    """Rotation id -> its (slot id, vendor id)."""
    known: dict[int, set[tuple[int, int]]] = {rotation_id: set() for rotation_id in rotation_ids}
    for rotation_id, slot_id, vendor_id in session.execute(
        select(Turn.rotation_id, Turn.slot_id, Turn.vendor_id).where(Turn.rotation_id.in_(rotation_ids))
    ):
        known[rotation_id].add((slot_id, vendor_id))
    return known
