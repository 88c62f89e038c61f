"""The trace that every change by a person leaves: who did what to what, and what is different since."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Account, Audit


def note(
    session: Session,
    action: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    now: datetime,
    bazaar_id: int | None,
    by: int | None = None,
    actor: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> None:
    """Step: append an audit row. `by` is an account id; without one, `actor` says who acted (`tautan lapak`, `command line`)."""
    account = session.get(Account, by) if by is not None else None
    session.add(
        Audit(
            at=now,
            bazaar_id=bazaar_id,
            account_id=by,
            actor=account.name if account else actor or "command line",
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            before=before,
            after=after,
            reason=reason,
        )
    )


def changed_values(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, old and new."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
