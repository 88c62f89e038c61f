"""The results of an edition: what closings froze, what came after, and how it stands, by evening, turn, vendor and category."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bazaar.closings.lines import SaleLine, SupplementLine, is_flagged, sale_lines, supplement_lines
from bazaar.closings.recap import total_now
from bazaar.database import reading
from bazaar.localtime import live_session_title
from bazaar.refusals import Refusal
from bazaar.sales.queries import books_of_slots, is_counted
from bazaar.turns import live_sessions_held, select_published
from models import Closing, Edition, Entry, EntryConflict, LiveSession, Sale, Slot, Supplement, Vendor

TurnState = Literal["closed", "closing", "on-air", "ahead", "empty"]


@dataclass(frozen=True)
class Sums:
    """Figures that add up over turns. The first four are how it stands now: late sales in, voided ones out."""

    sale_count: int = 0
    item_count: int = 0
    amount_idr: int = 0
    by_payment: dict[str, int] = field(default_factory=dict)
    void_count: int = 0
    void_amount_idr: int = 0
    closed_count: int = 0
    at_close_idr: int = 0
    supplement_idr: int = 0
    turn_count: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        methods = sorted({*self.by_payment, *other.by_payment})
        return Sums(
            sale_count=self.sale_count + other.sale_count,
            item_count=self.item_count + other.item_count,
            amount_idr=self.amount_idr + other.amount_idr,
            by_payment={method: self.by_payment.get(method, 0) + other.by_payment.get(method, 0) for method in methods},
            void_count=self.void_count + other.void_count,
            void_amount_idr=self.void_amount_idr + other.void_amount_idr,
            closed_count=self.closed_count + other.closed_count,
            at_close_idr=self.at_close_idr + other.at_close_idr,
            supplement_idr=self.supplement_idr + other.supplement_idr,
            turn_count=self.turn_count + other.turn_count,
        )


@dataclass(frozen=True)
class ClosingFigures:
    """What was frozen."""

    number: int
    planned_at: datetime
    closed_at: datetime
    is_delayed: bool  # it happened more than a minute after it was planned: the scheduler was not running
    cut_server_seq: int
    sale_count: int
    item_count: int
    amount_idr: int
    void_count: int
    void_amount_idr: int
    by_payment: dict[str, int]
    best_product: str


@dataclass(frozen=True)
class TurnResult:
    """One slot with whoever had it, what was frozen, and how it stands."""

    slot_id: int
    live_session_id: int
    position: int
    starts_at: datetime
    ends_at: datetime
    vendor_id: int | None
    business_name: str
    owner_name: str
    category: str
    state: TurnState
    closing: ClosingFigures | None
    sums: Sums


@dataclass(frozen=True)
class EveningResult:
    """One live session with the sums of its turns."""

    id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    host_name: str
    is_on_air: bool
    sums: Sums


@dataclass(frozen=True)
class GroupResult:
    """The sums of one vendor or one category. `id` is a vendor's."""

    name: str
    detail: str
    id: int | None
    sums: Sums


@dataclass(frozen=True)
class ResultsPage:
    """The page `Hasil`."""

    total: Sums
    evenings: tuple[EveningResult, ...]  # those that have begun, newest first
    ahead_count: int
    vendors: tuple[GroupResult, ...]
    categories: tuple[GroupResult, ...]
    conflict_count: int
    flagged_count: int


@dataclass(frozen=True)
class EveningPage:
    """The results of one live session."""

    evening: EveningResult
    turns: tuple[TurnResult, ...]
    earlier: int | None
    later: int | None
    conflict_count: int


@dataclass(frozen=True)
class TurnPage:
    """The books of one turn."""

    turn: TurnResult
    title: str
    sales: tuple[SaleLine, ...]
    supplements: tuple[SupplementLine, ...]
    best_product: str
    earlier: int | None
    later: int | None


@dataclass(frozen=True)
class ClosingRow:
    """A closing as lists and sheets print it, with what came after."""

    live_session_id: int
    live_session: str
    slot_position: int
    starts_at: datetime
    ends_at: datetime
    vendor: str
    owner: str
    category: str
    figures: ClosingFigures
    supplements: tuple[SupplementLine, ...]
    current_amount_idr: int

    @property
    def supplement_amount_idr(self) -> int:
        """All supplements together."""
        return sum(line.amount_idr for line in self.supplements)


def results_page(edition_id: int, *, now: datetime) -> ResultsPage:
    """Everything that was sold in an edition."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        turns = _turn_results(session, edition_id, now=now)
        live_sessions = live_sessions_held(session, edition_id)
        begun = [row for row in live_sessions if row.starts_at <= now]
        conflicts, flagged = _open_conflict_count(session, edition_id), _flagged_count(session, edition_id)
    by_evening = _summed(turns, lambda turn: turn.live_session_id)
    return ResultsPage(
        total=_sum(turns),
        evenings=tuple(_evening(row, edition.timezone, by_evening.get(row.id, Sums()), now) for row in reversed(begun)),
        ahead_count=len(live_sessions) - len(begun),
        vendors=_by_vendor(turns),
        categories=_by_category(turns),
        conflict_count=conflicts,
        flagged_count=flagged,
    )


def evening_page(edition_id: int, live_session_id: int, *, now: datetime) -> EveningPage:
    """The turns of one live session. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        live_sessions = live_sessions_held(session, edition_id)
        place = next((index for index, row in enumerate(live_sessions) if row.id == live_session_id), None)
        if place is None:
            raise Refusal("not_found")
        turns = _turn_results(session, edition_id, Slot.live_session_id == live_session_id, now=now)
        conflicts = _open_conflict_count(session, edition_id, EntryConflict.live_session_id == live_session_id)
    return EveningPage(
        evening=_evening(live_sessions[place], edition.timezone, _sum(turns), now),
        turns=tuple(turns),
        earlier=live_sessions[place - 1].id if place else None,
        later=live_sessions[place + 1].id if place + 1 < len(live_sessions) and live_sessions[place + 1].starts_at <= now else None,
        conflict_count=conflicts,
    )


def turn_page(edition_id: int, slot_id: int, *, now: datetime) -> TurnPage:
    """The books of one turn with every entry. Refuses `not_found`."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        slot = session.get(Slot, slot_id)
        if slot is None or slot.edition_id != edition_id:
            raise Refusal("not_found")
        turns = _turn_results(session, edition_id, Slot.live_session_id == slot.live_session_id, now=now)
        place = next(index for index, turn in enumerate(turns) if turn.slot_id == slot_id)
        sales = sale_lines(session, slot)
        supplements = supplement_lines(session, Closing.slot_id == slot_id).get(slot_id, ())
        title = live_session_title(session.get_one(LiveSession, slot.live_session_id).starts_at, edition.timezone)
        standing = total_now(books_of_slots(session, [slot_id])[slot_id])
    return TurnPage(
        turn=turns[place],
        title=title,
        sales=sales,
        supplements=supplements,
        best_product=standing.best_product,
        earlier=turns[place - 1].slot_id if place else None,
        later=turns[place + 1].slot_id if place + 1 < len(turns) else None,
    )


def closing_list(edition_id: int, live_session_id: int | None = None) -> list[ClosingRow]:
    """The closings of an edition, or of one of its live sessions, by number."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        wanted = [Closing.edition_id == edition_id]
        if live_session_id is not None:
            wanted.append(Slot.live_session_id == live_session_id)
        rows = session.execute(
            select(Closing, Slot, LiveSession.starts_at, Vendor)
            .join(Slot, Slot.id == Closing.slot_id)
            .join(LiveSession, LiveSession.id == Slot.live_session_id)
            .join(Vendor, Vendor.id == Closing.vendor_id)
            .where(*wanted)
            .order_by(Closing.number)
        ).all()
        supplements = supplement_lines(session, Closing.edition_id == edition_id)
        return [
            ClosingRow(
                live_session_id=slot.live_session_id,
                live_session=live_session_title(starts_at, edition.timezone),
                slot_position=slot.position,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                vendor=vendor.business_name,
                owner=vendor.owner_name,
                category=vendor.category,
                figures=_figures(closing),
                supplements=supplements.get(slot.id, ()),
                current_amount_idr=closing.amount_idr + sum(line.amount_idr for line in supplements.get(slot.id, ())),
            )
            for closing, slot, starts_at, vendor in rows
        ]


# --- How it is put together ----------------------------------------------------------------------------------------------


def _turn_results(session: Session, edition_id: int, *which: Any, now: datetime) -> list[TurnResult]:
    """Every slot with its vendor: whose books were closed, else whose turn it is by the published rotation."""
    slots = session.execute(
        select(Slot, Closing, Vendor)
        .outerjoin(Closing, Closing.slot_id == Slot.id)
        .outerjoin(Vendor, Vendor.id == Closing.vendor_id)
        .where(Slot.edition_id == edition_id, *which)
        .order_by(Slot.starts_at, Slot.id)
    ).all()
    in_force = select_published().with_only_columns(Slot.id, Vendor, maintain_column_froms=True)
    published = {slot_id: vendor for slot_id, vendor in session.execute(in_force.where(Slot.edition_id == edition_id, *which))}  # noqa: C416 (rows unpack, a Row does not type-check)
    standing = _standing(session, edition_id, *which)
    late = {
        slot_id: int(amount)
        for slot_id, amount in session.execute(
            select(Closing.slot_id, func.sum(Supplement.amount_idr))
            .join(Supplement, Supplement.closing_id == Closing.id)
            .where(Closing.edition_id == edition_id)
            .group_by(Closing.slot_id)
        )
    }
    return [
        _turn_result(slot, closing, closed_for or published.get(slot.id), standing.get(slot.id, Sums()), late.get(slot.id, 0), now)
        for slot, closing, closed_for in slots
    ]


def _standing(session: Session, edition_id: int, *which: Any) -> dict[int, Sums]:
    """What each slot sold, by whether it counts: one pass over the ledger."""
    counted = (
        select(Sale.slot_id, Sale.payment_method, Sale.quantity, Sale.amount_idr, is_counted().label("counts"))
        .join(Entry, Entry.id == Sale.entry_id)
        .join(Slot, Slot.id == Sale.slot_id)
        .where(Sale.edition_id == edition_id, *which)
        .subquery()
    )
    key = (counted.c.slot_id, counted.c.payment_method, counted.c.counts)
    rows = session.execute(select(*key, func.count(), func.sum(counted.c.quantity), func.sum(counted.c.amount_idr)).group_by(*key))
    sums: dict[int, Sums] = defaultdict(Sums)
    for slot_id, method, counts, count, items, amount in rows:
        if counts:
            sums[slot_id] += Sums(count, int(items), int(amount), {method.value: int(amount)})
        else:
            sums[slot_id] += Sums(void_count=count, void_amount_idr=int(amount))
    return sums


def _turn_result(slot: Slot, closing: Closing | None, vendor: Vendor | None, standing: Sums, late_idr: int, now: datetime) -> TurnResult:
    books = Sums(
        turn_count=int(vendor is not None),
        closed_count=int(closing is not None),
        at_close_idr=closing.amount_idr if closing else 0,
        supplement_idr=late_idr,
    )
    return TurnResult(
        slot_id=slot.id,
        live_session_id=slot.live_session_id,
        position=slot.position,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        vendor_id=vendor.id if vendor else None,
        business_name=vendor.business_name if vendor else "",
        owner_name=vendor.owner_name if vendor else "",
        category=vendor.category if vendor else "",
        state=_state(slot, closing, vendor, now),
        closing=_figures(closing) if closing else None,
        sums=standing + books,
    )


def _state(slot: Slot, closing: Closing | None, vendor: Vendor | None, now: datetime) -> TurnState:
    if closing is not None:
        return "closed"
    if vendor is None:
        return "empty"
    if slot.ends_at <= now:
        return "closing"
    return "on-air" if slot.starts_at <= now else "ahead"


def _figures(closing: Closing) -> ClosingFigures:
    return ClosingFigures(
        number=closing.number,
        planned_at=closing.planned_at,
        closed_at=closing.closed_at,
        is_delayed=(closing.closed_at - closing.planned_at).total_seconds() > 60,
        cut_server_seq=closing.cut_server_seq,
        sale_count=closing.sale_count,
        item_count=closing.item_count,
        amount_idr=closing.amount_idr,
        void_count=closing.void_count,
        void_amount_idr=closing.void_amount_idr,
        by_payment=dict(closing.by_payment_method),
        best_product=closing.best_product,
    )


def _evening(row: LiveSession, timezone: str, sums: Sums, now: datetime) -> EveningResult:
    return EveningResult(
        id=row.id,
        title=live_session_title(row.starts_at, timezone),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        host_name=row.host_name,
        is_on_air=row.starts_at <= now < row.ends_at,
        sums=sums,
    )


def _sum(turns: Iterable[TurnResult]) -> Sums:
    return sum((turn.sums for turn in turns), Sums())


def _summed(turns: Iterable[TurnResult], key: Callable[[TurnResult], Hashable]) -> dict[Hashable, Sums]:
    sums: dict[Hashable, Sums] = defaultdict(Sums)
    for turn in turns:
        sums[key(turn)] += turn.sums
    return sums


def _by_vendor(turns: Sequence[TurnResult]) -> tuple[GroupResult, ...]:
    """Whoever had a turn that began or sold something, the largest sum first; slots that nobody had stand together at the end."""
    sums = _summed([turn for turn in turns if _has_begun(turn)], lambda turn: turn.vendor_id)
    names = {turn.vendor_id: turn for turn in turns}
    groups = [
        GroupResult(names[id_].business_name, names[id_].owner_name, id_, total)
        for id_, total in sums.items()
        if isinstance(id_, int)  # None: nobody's
    ]
    groups.sort(key=lambda group: (-group.sums.amount_idr, group.name))
    nobody = sums.get(None, Sums())
    return (*groups, *([GroupResult("", "", None, nobody)] if nobody.sale_count or nobody.void_count else []))


def _by_category(turns: Sequence[TurnResult]) -> tuple[GroupResult, ...]:
    sums = _summed([turn for turn in turns if _has_begun(turn) and turn.vendor_id], lambda turn: turn.category)
    groups = [GroupResult(str(category), "", None, total) for category, total in sums.items()]
    return tuple(sorted(groups, key=lambda group: (-group.sums.amount_idr, group.name)))


def _has_begun(turn: TurnResult) -> bool:
    return turn.state != "ahead" or bool(turn.sums.sale_count)


def _flagged_count(session: Session, edition_id: int) -> int:
    flagged = select(func.count()).select_from(Sale).join(Entry, Entry.id == Sale.entry_id)
    return session.scalar(flagged.where(Sale.edition_id == edition_id, is_flagged(), is_counted())) or 0


def _open_conflict_count(session: Session, edition_id: int, *which: Any) -> int:
    waiting = select(func.count()).select_from(EntryConflict).join(LiveSession, LiveSession.id == EntryConflict.live_session_id)
    return session.scalar(waiting.where(LiveSession.edition_id == edition_id, EntryConflict.settled_at.is_(None), *which)) or 0
