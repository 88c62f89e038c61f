"""What vendors carry over: the points that each had in the bazaar's earlier editions.

    points of a vendor in an earlier edition = sum of points of its turns there, from minutes really on air, by that edition's own weights

A turn that failed counts nothing, however many of its minutes were on air: where another was given in its place, that one counts; where
none was, the whole turn is missing and carried over. Nobody has both. Of a turn that is kept exactly the lost minutes are missing.

The planner makes the credit (bekal) of it: for the last edition and the one before, its share (60 and 30 parts of a hundred unless
the edition says otherwise) of the distance from the mean of those who took part. A vendor that did not take part has no points there,
which is not the same as nought points: a newcomer begins in the middle. Whose turns were all called off took part with nought, so a
cancelled day is carried over as a loss.

Earlier editions are those that ran here, in the same bazaar, over before this one begins, and those that were imported as history, by
their names. Where an edition is both, what was recorded here counts. Turns of an earlier edition that still lie ahead count as planned.

A vendor of an earlier edition is the same vendor when its phone number is the same and nobody else in either edition has that number;
where several share a number (one family, two stalls), the business name must be the same too. A name alone proves nothing. Imported
history hangs on the vendor itself and weighs by this edition's weights, because no others are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from bazaar.airtime import losses_of
from bazaar.database import reading
from bazaar.editions.points import points_of, rules_of, slot_points
from bazaar.lines import one_line
from bazaar.localtime import minutes_between
from bazaar.rotation.problem import Problem, ProblemVendor, Rules
from bazaar.rotation.score import credit_of
from bazaar.states import RotationState
from bazaar.turns import select_published
from models import AirReport, Edition, PastTurn, Rotation, Turn, Vendor


@dataclass(frozen=True)
class EarlierEdition:
    """What an earlier edition gave to vendors of this one: vendor id -> points; whoever did not take part is missing."""

    name: str
    newest: datetime  # its last turn
    points: Mapping[int, int]


@dataclass(frozen=True)
class Person:
    """What a vendor is recognised by."""

    id: int
    phone: str
    business_name: str


@dataclass(frozen=True)
class CreditRow:
    """One earlier edition on a vendor's account. Points are whole; tenths of points are rounded, for reading."""

    edition_name: str
    decay_pct: int
    points: int | None  # None: did not take part
    mean_tenths: int
    difference_tenths: int  # above (more than most) or below the mean
    carried_tenths: int  # the part of it that counts now


@dataclass(frozen=True)
class CreditAccount:
    """What a vendor carries over into an edition, and where it comes from. More than nought: had more than most, so stands behind."""

    total: int
    rows: tuple[CreditRow, ...]
    leaves_sample_out: bool  # there is a sample edition, whose turns are invented

    @property
    def is_newcomer(self) -> bool:
        """Whether the vendor took part in none of the editions that count."""
        return all(row.points is None for row in self.rows)


def earlier_editions(session: Session, edition: Edition) -> list[EarlierEdition]:
    """Step: the newest earlier editions, newest first, as many as are carried over."""
    vendors = session.scalars(select(Vendor).where(Vendor.edition_id == edition.id).order_by(Vendor.id)).all()
    editions = _imported(session, edition)
    for earlier in _run_here(session, edition):
        key = _name_key(earlier.name)
        recorded = _recorded(session, earlier, vendors)
        if recorded is not None:
            known = editions.get(key)
            editions[key] = recorded if known is None else _merged(recorded, known)
    newest_first = sorted(editions.values(), key=lambda each: (each.newest, each.name), reverse=True)
    return newest_first[: len(edition.decay_pct)]


def same_vendors(now: Iterable[Person], then: Iterable[Person]) -> dict[int, int]:
    """Vendor id now -> vendor id then, only where there can be no doubt."""
    by_phone_now, by_phone_then = _by_phone(now), _by_phone(then)
    same = {}
    for phone, current in by_phone_now.items():
        earlier = by_phone_then.get(phone, [])
        if len(current) == len(earlier) == 1:
            same[current[0].id] = earlier[0].id
            continue
        names_now, names_then = _by_name(current), _by_name(earlier)
        same |= {names_now[key]: names_then[key] for key in names_now if key in names_then}
    return same


def past_of(vendors: Sequence[Vendor], earlier: Sequence[EarlierEdition]) -> dict[int, tuple[int | None, ...]]:
    """Vendor id -> points in each of these editions; None where the vendor was not part of one."""
    return {vendor.id: tuple(edition.points.get(vendor.id) for edition in earlier) for vendor in vendors}


def credit_account(edition_id: int, vendor_id: int) -> CreditAccount | None:
    """What the vendor carries over, edition by edition, as the planner counts it; None when the vendor takes no part."""
    with reading() as session:
        edition = session.get_one(Edition, edition_id)
        earlier = earlier_editions(session, edition)
        pasts = past_of(vendors_taking_part(session, edition_id), earlier)
        decay_pct = tuple(edition.decay_pct)
        sample = leaves_sample_out(session, edition)
    if vendor_id not in pasts:
        return None
    # The planner's own arithmetic, asked of nothing but the past.
    rules = Rules(gap=0, want_gap=0, adjacent="soft", decay_pct=decay_pct)
    vendors = tuple(
        ProblemVendor(f"v{id_}", "", frozenset(), None, None, None, min_turns=0, max_turns=0, gap=0, wish=None, past=past)
        for id_, past in pasts.items()
    )
    total = credit_of(Problem(name="", seed=0, days=0, rules=rules, slots=(), vendors=vendors))[f"v{vendor_id}"]
    names = [each.name for each in earlier]
    return CreditAccount(total, credit_rows(names, decay_pct, pasts[vendor_id], list(pasts.values())), sample)


def leaves_sample_out(session: Session, edition: Edition) -> bool:
    """Step: whether the bazaar has a sample edition too. What was invented there counts for no real one."""
    if edition.is_demo:
        return False
    sample = select(Edition.id).where(Edition.bazaar_id == edition.bazaar_id, Edition.is_demo.is_(True))
    return session.scalar(sample.limit(1)) is not None


def vendors_taking_part(session: Session, edition_id: int) -> Sequence[Vendor]:
    """Step: those who are neither withdrawn nor archived, by id."""
    return session.scalars(
        select(Vendor)
        .where(Vendor.edition_id == edition_id, Vendor.withdrawn_at.is_(None), Vendor.archived_at.is_(None))
        .order_by(Vendor.id)
    ).all()


def credit_rows(
    names: Sequence[str], decay_pct: Sequence[int], own: Sequence[int | None], all_pasts: Sequence[Sequence[int | None]]
) -> tuple[CreditRow, ...]:
    """A vendor's account, edition by edition: `own` and `all_pasts` are the `past` of the vendor and of everybody in the problem."""
    rows = []
    for age, (name, decay) in enumerate(zip(names, decay_pct, strict=False)):
        known = [past[age] for past in all_pasts if age < len(past)]
        values = [value for value in known if value is not None]
        mean = Fraction(sum(values), len(values)) if values else Fraction(0)
        points = own[age] if age < len(own) else None
        distance = Fraction(0) if points is None else points - mean
        mean_tenths = _tenths(mean)
        difference_tenths = 0 if points is None else 10 * points - mean_tenths  # of the rounded mean: what a reader subtracts must come out
        rows.append(CreditRow(name, decay, points, mean_tenths, difference_tenths, _tenths(distance * decay / 100)))
    return tuple(rows)


def _tenths(value: Fraction) -> int:
    return (10 * value + Fraction(1, 2)).__floor__()


def _imported(session: Session, edition: Edition) -> dict[str, EarlierEdition]:
    rules = rules_of(edition)
    sums: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    newest: dict[str, datetime] = {}
    names: dict[str, str] = {}
    own = select(Vendor.id).where(Vendor.edition_id == edition.id)
    columns = (PastTurn.vendor_id, PastTurn.edition_name, PastTurn.started_at, PastTurn.minutes_aired)
    for vendor_id, name, started_at, minutes in session.execute(select(*columns).where(PastTurn.vendor_id.in_(own)).order_by(PastTurn.id)):
        key = _name_key(name)
        sums[key][vendor_id] += points_of(minutes, started_at, rules)
        newest[key] = max(started_at, newest.get(key, started_at))
        names.setdefault(key, name)
    return {key: EarlierEdition(names[key], newest[key], dict(sums[key])) for key in sums}


def _run_here(session: Session, edition: Edition) -> Sequence[Edition]:
    """The newest editions of this bazaar that are over before this one begins."""
    is_published = exists().where(Rotation.edition_id == Edition.id, Rotation.state == RotationState.PUBLISHED)
    return session.scalars(
        select(Edition)
        .where(
            Edition.bazaar_id == edition.bazaar_id,
            Edition.is_demo == edition.is_demo,
            Edition.ends_on < edition.starts_on,
            is_published,
        )
        .order_by(Edition.ends_on.desc(), Edition.id.desc())
        .limit(len(edition.decay_pct))
    ).all()


def _recorded(session: Session, earlier: Edition, vendors: Sequence[Vendor]) -> EarlierEdition | None:
    """What an edition that ran here gave to these vendors of a later one; None where nobody had a turn."""
    rules, losses = rules_of(earlier), losses_of(session, AirReport.edition_id == earlier.id)
    sums: dict[int, int] = defaultdict(int)
    newest: datetime | None = None
    for _turn, slot, live_session, vendor in session.execute(select_published().where(Turn.edition_id == earlier.id)):
        planned, loss = minutes_between(slot.starts_at, slot.ends_at), losses.get((slot.id, vendor.id))
        counted = planned if loss is None else loss.counted_minutes(planned)
        sums[vendor.id] += slot_points(counted, slot.starts_at, live_session.starts_at, rules)
        newest = slot.starts_at if newest is None else max(newest, slot.starts_at)
    if newest is None:
        return None
    then = session.scalars(select(Vendor).where(Vendor.edition_id == earlier.id).order_by(Vendor.id)).all()
    took_part = {vendor.id for vendor in then if vendor.id in sums or (vendor.withdrawn_at is None and vendor.archived_at is None)}
    same = same_vendors(map(_person, vendors), map(_person, then))
    return EarlierEdition(earlier.name, newest, {now_id: sums.get(then_id, 0) for now_id, then_id in same.items() if then_id in took_part})


def _merged(recorded: EarlierEdition, imported: EarlierEdition) -> EarlierEdition:
    """The same edition twice: what was recorded here counts, the sheet only for whom nothing was."""
    return EarlierEdition(recorded.name, recorded.newest, {**imported.points, **recorded.points})


def _person(vendor: Vendor) -> Person:
    return Person(vendor.id, vendor.phone, vendor.business_name)


def _by_phone(people: Iterable[Person]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        found[person.phone].append(person)
    return found


def _by_name(people: Sequence[Person]) -> dict[str, int]:
    """Those whose name nobody else among them has."""
    keys = [_name_key(person.business_name) for person in people]
    return {key: person.id for key, person in zip(keys, people, strict=True) if keys.count(key) == 1}


def _name_key(name: str) -> str:
    return one_line(name).casefold()
