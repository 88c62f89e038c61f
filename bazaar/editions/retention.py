"""Forgets what editions no longer need: imports that were looked at and never run, and what the planner was once asked."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from bazaar.database import transaction
from models import ImportDraft, PlanningJob

KEPT_FOR = timedelta(days=30)


def purge_import_drafts(*, now: datetime) -> int:
    """Delete import drafts older than 30 days, used or not: their rows hold people's phone numbers. Returns how many went."""
    with transaction() as session:
        old = delete(ImportDraft).where(ImportDraft.created_at < now - KEPT_FOR).returning(ImportDraft.id)
        return len(session.execute(old, execution_options={"synchronize_session": False}).all())


def purge_planning_jobs(*, now: datetime) -> int:
    """Delete planning jobs asked for more than 30 days ago; the drafts they led to stay. Returns how many went."""
    with transaction() as session:
        old = delete(PlanningJob).where(PlanningJob.created_at < now - KEPT_FOR).returning(PlanningJob.id)
        return len(session.execute(old, execution_options={"synchronize_session": False}).all())
