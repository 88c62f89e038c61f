"""What an edition no longer needs is forgotten after a month, and nothing sooner."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bazaar.database import reading, transaction
from bazaar.editions.retention import purge_planning_jobs
from models import PlanningJob
from tests.factories import make_edition

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.usefixtures("app")
def test_old_planning_jobs_go_and_younger_ones_stay() -> None:
    asked_at = {make_edition(): NOW - timedelta(days=days) for days in (31, 29)}
    with transaction() as session:
        session.add_all(
            PlanningJob(edition_id=edition_id, kind="build", options={}, problem={}, heartbeat_at=at, created_at=at)
            for edition_id, at in asked_at.items()
        )

    assert purge_planning_jobs(now=NOW) == 1
    with reading() as session:
        assert [NOW - at for at in session.scalars(select(PlanningJob.created_at))] == [timedelta(days=29)]
