"""Editions: begin one, change the rules it goes by, archive it, delete one that nobody ever saw."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bazaar.accounts.audit import changed_values
from bazaar.database import transaction
from bazaar.editions.editing import locked_edition, note_change, raise_revision
from bazaar.lines import one_line
from bazaar.localtime import local_date, zone
from bazaar.refusals import Refusal
from bazaar.reminders.plan import replace_plan
from bazaar.slugs import make_slug
from bazaar.states import RotationState
from bazaar.turns import published_turns
from models import (
    AudienceCount,
    Availability,
    Bazaar,
    Closing,
    Device,
    Edition,
    Entry,
    EntryConflict,
    ImportDraft,
    Link,
    LiveSession,
    MessageText,
    PastTurn,
    Product,
    PushSubscription,
    Reminder,
    Rotation,
    SignIn,
    Slot,
    Turn,
    Vendor,
    Wish,
)

_LONGEST_LEAD_MINUTES = 14 * 24 * 60


@dataclass(frozen=True)
class EditionData:
    """What an organizer decides about an edition, but for what turns are worth (`weights.py`). Minutes are local, since midnight."""

    name: str
    starts_on: date
    ends_on: date
    timezone: str = "Asia/Jakarta"
    gap_days: int = 3
    wanted_gap_days: int = 10
    adjacent_categories: str = "soft"
    good_from_minute: int = 19 * 60 + 30
    good_until_minute: int = 21 * 60 + 30
    reminder_leads: tuple[int, ...] = (1440, 30, 10)
    quiet_from_minute: int = 22 * 60  # the same as `quiet_until_minute`: no quiet hours
    quiet_until_minute: int = 6 * 60
    grace_seconds: int = 120


def create_edition(bazaar_id: int, data: EditionData, *, by: int | None, now: datetime) -> str:
    """Begin an edition; returns its slug.

    Refuses `not_found` (no such bazaar), `name_missing`, `dates_reversed`, `gaps_reversed`, `good_hours_reversed`, `timezone_unknown`,
    `lead_out_of_range`, `grace_out_of_range` and `changed_meanwhile` (the same name, made at the same moment).
    """
    _refuse_impossible(data)
    with transaction() as session:
        if session.get(Bazaar, bazaar_id) is None:
            raise Refusal("not_found")
        slug = make_slug(
            data.name, fallback="edisi", is_taken=lambda slug: session.scalar(select(Edition.id).where(Edition.slug == slug)) is not None
        )
        edition = Edition(bazaar_id=bazaar_id, slug=slug, created_at=now)
        _put(edition, data)
        session.add(edition)
        try:
            session.flush()
        except IntegrityError as error:  # the same name, at the same moment, on a database with several writers
            raise Refusal("changed_meanwhile") from error
        note_change(session, edition, "create_edition", "edition", edition.id, by=by, now=now, after=_as_written(data))
        return slug


def change_edition(edition_id: int, data: EditionData, *, revision: int, by: int | None, now: datetime) -> None:
    """Change the rules of an edition; `revision` is the one the organizer saw.

    New lead times plan the reminders anew. Refuses as `create_edition`, and `not_found`, `edition_archived`, `changed_meanwhile`,
    `timezone_in_use` (live sessions exist) and `dates_leave_out` (a live session would lie outside).
    """
    _refuse_impossible(data)
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        before = read_edition_data(edition)
        raise_revision(session, edition, revision)
        previous = published_turns(session, edition_id)
        _refuse_out_of_season(session, edition, data)
        _put(edition, data)
        session.flush()
        if data.reminder_leads != before.reminder_leads:
            replace_plan(session, edition_id, previous=previous, now=now)
        old, new = changed_values(_as_written(before), _as_written(data))
        note_change(session, edition, "change_edition", "edition", edition_id, by=by, now=now, before=old, after=new)


def archive_edition(edition_id: int, *, by: int | None, now: datetime) -> None:
    """Put an edition out of sight: nothing in it can be changed until it is brought back.

    Refuses `not_found`, `edition_archived` and `edition_has_turns_ahead` (their vendors expect to stand there).
    """
    with transaction() as session:
        edition = locked_edition(session, edition_id)
        if any(turn.ends_at > now for turn in published_turns(session, edition_id)):
            raise Refusal("edition_has_turns_ahead", name=edition.name)
        edition.archived_at = now
        edition.revision += 1
        note_change(session, edition, "archive_edition", "edition", edition_id, by=by, now=now)


def return_edition(edition_id: int, *, by: int | None, now: datetime) -> None:
    """Bring an archived edition back. Doing it twice changes nothing. Refuses `not_found`."""
    with transaction() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise Refusal("not_found")
        if edition.archived_at is None:
            return
        edition.archived_at = None
        edition.revision += 1
        note_change(session, edition, "return_edition", "edition", edition_id, by=by, now=now)


def delete_edition(edition_id: int, *, by: int | None, now: datetime) -> None:
    """Remove an edition and all that was prepared in it. Refuses `not_found` and `edition_was_published` (archive it instead)."""
    with transaction() as session:
        edition = session.scalar(select(Edition).where(Edition.id == edition_id).with_for_update())
        if edition is None:
            raise Refusal("not_found")
        if has_left_a_trace(session, edition_id):
            raise Refusal("edition_was_published", name=edition.name)
        before = _as_written(read_edition_data(edition))
        note_change(session, edition, "delete_edition", "edition", edition_id, by=by, now=now, before=before)
        session.flush()
        _delete_all(session, edition_id)


def read_edition_data(edition: Edition) -> EditionData:
    """The edition's rules as they are now."""
    values = {name: getattr(edition, name) for name in EditionData.__dataclass_fields__ if name != "reminder_leads"}
    return EditionData(**values, reminder_leads=tuple(edition.reminder_leads))


def _put(edition: Edition, data: EditionData) -> None:
    for name, value in asdict(data).items():
        setattr(edition, name, value)
    edition.name = one_line(data.name)[:120]
    edition.reminder_leads = sorted(set(data.reminder_leads), reverse=True)


def _as_written(data: EditionData) -> dict[str, Any]:
    """For the audit: plain values that JSON can hold."""
    return {
        **asdict(data),
        "starts_on": data.starts_on.isoformat(),
        "ends_on": data.ends_on.isoformat(),
        "reminder_leads": list(data.reminder_leads),
    }


def _refuse_impossible(data: EditionData) -> None:
    if not data.name.strip():
        raise Refusal("name_missing")
    if data.ends_on < data.starts_on:
        raise Refusal("dates_reversed")
    if not 0 <= data.gap_days <= data.wanted_gap_days:
        raise Refusal("gaps_reversed")
    if not 0 <= data.good_from_minute < data.good_until_minute <= 24 * 60:
        raise Refusal("good_hours_reversed")
    if not all(0 < lead <= _LONGEST_LEAD_MINUTES for lead in data.reminder_leads) or len(data.reminder_leads) > 6:
        raise Refusal("lead_out_of_range")
    if not 0 <= data.grace_seconds <= 3_600:
        raise Refusal("grace_out_of_range")
    if not all(0 <= minute < 24 * 60 for minute in (data.quiet_from_minute, data.quiet_until_minute)):
        raise ValueError("quiet hours begin and end at minutes of a day")
    if data.adjacent_categories not in {"soft", "hard"}:
        raise ValueError(f"adjacent_categories is soft or hard, not {data.adjacent_categories!r}")
    try:
        zone(data.timezone)
    except ValueError as error:
        raise Refusal("timezone_unknown", timezone=data.timezone) from error


def _refuse_out_of_season(session: Session, edition: Edition, data: EditionData) -> None:
    """Live sessions are instants: another zone would move what was announced, other dates would leave some out."""
    first, last = session.execute(
        select(func.min(LiveSession.starts_at), func.max(LiveSession.starts_at)).where(
            LiveSession.edition_id == edition.id, LiveSession.withdrawn_at.is_(None)
        )
    ).one()
    if first is None:
        return
    if data.timezone != edition.timezone:
        raise Refusal("timezone_in_use")
    for starts_at in (first, last):
        day = local_date(starts_at, edition.timezone)
        was_inside = edition.starts_on <= day <= edition.ends_on
        if was_inside and not data.starts_on <= day <= data.ends_on:
            raise Refusal("dates_leave_out", day=day)


def has_left_a_trace(session: Session, edition_id: int) -> bool:
    """Step: whether anybody outside the committee may have seen the edition, or anything happened in it."""
    own_sessions = select(LiveSession.id).where(LiveSession.edition_id == edition_id)
    seen = (RotationState.PUBLISHED, RotationState.SUPERSEDED)
    traces = (
        select(Rotation.id).where(Rotation.edition_id == edition_id, Rotation.state.in_(seen)),
        select(Entry.id).where(Entry.live_session_id.in_(own_sessions)),
        select(EntryConflict.id).where(EntryConflict.live_session_id.in_(own_sessions)),
        select(Closing.id).where(Closing.edition_id == edition_id),
        select(Reminder.id).where(Reminder.edition_id == edition_id),
        select(AudienceCount.id).where(AudienceCount.live_session_id.in_(own_sessions)),
    )
    return any(session.scalar(trace.limit(1)) is not None for trace in traces)


def _delete_all(session: Session, edition_id: int) -> None:
    """Children first; the schema cascades only where a row means nothing without its parent."""
    live_sessions = select(LiveSession.id).where(LiveSession.edition_id == edition_id)
    vendors = select(Vendor.id).where(Vendor.edition_id == edition_id)
    links = select(Link.id).where(Link.edition_id == edition_id)
    for statement in (
        delete(ImportDraft).where(ImportDraft.edition_id == edition_id),
        delete(SignIn).where(SignIn.link_id.in_(links)),
        delete(Link).where(Link.edition_id == edition_id),
        delete(Device).where(Device.live_session_id.in_(live_sessions)),
        delete(Turn).where(Turn.edition_id == edition_id),
        delete(Rotation).where(Rotation.edition_id == edition_id),
        delete(Slot).where(Slot.edition_id == edition_id),
        delete(LiveSession).where(LiveSession.edition_id == edition_id),
        delete(Product).where(Product.edition_id == edition_id),
        delete(Availability).where(Availability.vendor_id.in_(vendors)),
        delete(Wish).where(Wish.vendor_id.in_(vendors)),
        delete(PastTurn).where(PastTurn.vendor_id.in_(vendors)),
        delete(PushSubscription).where(PushSubscription.vendor_id.in_(vendors)),
        delete(Vendor).where(Vendor.edition_id == edition_id),
        delete(MessageText).where(MessageText.edition_id == edition_id),
        delete(Edition).where(Edition.id == edition_id),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expunge_all()
