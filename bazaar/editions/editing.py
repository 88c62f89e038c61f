"""The edition that a use case is about to change: locked, not archived; and the trace the change leaves."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bazaar.accounts import audit
from bazaar.refusals import Refusal
from models import Edition

HOST_LINK = "tautan pembawa acara"
"""Who acted, where a host's link was open and nobody had signed in."""


def locked_edition(session: Session, edition_id: int) -> Edition:
    """Step: the edition, locked until the transaction ends, so that building, publishing and planning take turns.

    Refuses `not_found` and `edition_archived`.
    """
    # key_share: rows that merely belong to the edition need not wait. A row that is updated twice looks its edition up again, so a
    # stronger lock would let two changes wait for each other.
    edition = session.scalar(select(Edition).where(Edition.id == edition_id).with_for_update(key_share=True))
    if edition is None:
        raise Refusal("not_found")
    if edition.archived_at is not None:
        raise Refusal("edition_archived", name=edition.name)
    return edition


def raise_revision(session: Session, edition: Edition, revision: int) -> None:
    """Step: count the edition's settings on, if they are still those that the organizer saw. Refuses `changed_meanwhile`."""
    raised = session.execute(
        update(Edition).where(Edition.id == edition.id, Edition.revision == revision).values(revision=Edition.revision + 1)
    )
    if raised.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE's result counts rows
        raise Refusal("changed_meanwhile")
    session.refresh(edition)


def note_change(
    session: Session,
    edition: Edition,
    action: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    by: int | None,
    now: datetime,
    **what: Any,
) -> None:
    """Step: the audit row of a change inside an edition. `what` may hold `before`, `after`, `reason`, and `link_id`: of a host's link,
    where nobody had signed in.
    """
    actor = HOST_LINK if what.pop("link_id", None) else ""
    audit.note(session, action, subject_kind, subject_id, now=now, bazaar_id=edition.bazaar_id, by=by, actor=actor, **what)
