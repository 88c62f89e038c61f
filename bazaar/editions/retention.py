"""Forgets what editions no longer need: imports that were looked at and never run."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from bazaar.database import transaction
from models import ImportDraft

KEPT_FOR = timedelta(days=30)


def purge_import_drafts(*, now: datetime) -> int:
    """Delete import drafts older than 30 days, used or not: their rows hold people's phone numbers. Returns how many went."""
    with transaction() as session:
        old = delete(ImportDraft).where(ImportDraft.created_at < now - KEPT_FOR).returning(ImportDraft.id)
        return len(session.execute(old, execution_options={"synchronize_session": False}).all())
