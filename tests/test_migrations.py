"""Migrations build exactly the schema that models.py describes, and lose nothing on the way."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect, select, text
from sqlalchemy.exc import DatabaseError

from bazaar.database import db, init_migrations, migrate_database, transaction
from bazaar.states import ChannelName, DeliveryState
from models import Base, Delivery, DeliveryEvent, Edition, Rotation
from tests import factories
from tests.conftest import START
from tests.reminders.stage import set_stage

APPEND_ONLY = (
    "entry",
    "sale",
    "void",
    "order_state",
    "closing",
    "supplement",
    "answer",
    "delivery_event",
    "audit",
    "air_report",
    "audience_count",
)


def test_migrations_lead_to_the_schema_of_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    assert differences == []


def test_every_check_constraint_of_models_is_in_the_database(app: Flask) -> None:
    inspector = inspect(db.engine)

    missing = [
        f"{table.name}.{constraint.name}"
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
        and constraint.name not in {check["name"] for check in inspector.get_check_constraints(table.name)}
    ]

    assert missing == []


def test_migrating_twice_changes_nothing(app: Flask) -> None:
    edition_id = factories.make_edition()

    migrate_database()

    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM edition WHERE id = :id"), {"id": edition_id}).scalar_one() == 1


def test_migrations_can_be_taken_back_and_applied_again(app: Flask) -> None:
    init_migrations(app)
    db.engine.dispose()

    downgrade(revision="base")
    upgrade()

    assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())


def test_three_weights_become_a_table_that_is_worth_the_same_and_back(app: Flask) -> None:
    edition_id = factories.make_edition()
    init_migrations(app)
    db.engine.dispose()

    downgrade(revision="0002")
    columns = "afternoon_weight_pct, evening_weight_pct, weekend_weight_pct"
    with db.engine.begin() as connection:
        usual = tuple(connection.execute(text(f"SELECT {columns} FROM edition")).one())
        connection.execute(text("UPDATE edition SET afternoon_weight_pct = 100, evening_weight_pct = 125, weekend_weight_pct = 125"))
    upgrade()

    with transaction() as session:
        weights = session.get_one(Edition, edition_id).audience_weights
    assert usual == (130, 150, 130)
    assert weights == [{"from_minute": 0, "weights": [100] * 4 + [125] * 3}, {"from_minute": 1080, "weights": [125] * 4 + [156] * 3}]


def test_a_draw_made_before_its_replay_was_kept_says_that_nothing_is_known(app: Flask) -> None:
    rotation_id = factories.make_rotation(factories.make_edition(), plan={}, effort=1, planner_version="x")
    init_migrations(app)
    db.engine.dispose()

    downgrade(revision="0001")
    upgrade()

    with transaction() as session:
        kept = session.get_one(Rotation, rotation_id)
        assert (kept.plan, kept.problem_hash, kept.effort, kept.extra_changes, kept.planner_version) == (None,) * 5
        assert kept.digest == "0" * 64


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_database_refuses_to_rewrite_history(app: Flask, table: str) -> None:
    with db.engine.connect() as connection:
        dialect = connection.dialect.name
        if dialect == "sqlite":
            triggers = connection.execute(
                text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"), {"t": table}
            ).scalar_one()
        else:
            triggers = connection.execute(
                text("SELECT count(*) FROM information_schema.triggers WHERE event_object_table = :t"), {"t": table}
            ).scalar_one()

    assert triggers == 2


def test_an_audit_row_can_be_neither_changed_nor_deleted(app: Flask) -> None:
    with transaction() as session:
        session.execute(text("INSERT INTO audit (at, actor, action, subject_kind, reason) VALUES ('2026-05-04', 'x', 'x', 'x', '')"))

    for statement in ("UPDATE audit SET actor = 'y'", "DELETE FROM audit"):
        with pytest.raises(DatabaseError, match="append-only"), transaction() as session:
            session.execute(text(statement))


@pytest.mark.sqlite
def test_foreign_keys_are_on_again_after_a_migration(app: Flask) -> None:
    migrate_database()

    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_messages_keep_their_history_when_the_list_of_channels_grows_and_shrinks(app: Flask) -> None:
    stage = set_stage(now=START)
    with transaction() as session:
        delivery = session.scalars(select(Delivery).order_by(Delivery.id)).first()
        assert delivery is not None
        push = Delivery(
            reminder_id=delivery.reminder_id, channel=ChannelName.PUSH, state=DeliveryState.UNRESOLVED, next_at=START, created_at=START
        )
        session.add(push)
        session.flush()
        session.add(DeliveryEvent(delivery_id=push.id, at=START, state=DeliveryState.UNRESOLVED))
    before = _delivery_histories()
    init_migrations(app)
    db.engine.dispose()

    downgrade(revision="0005")
    upgrade()

    after = _delivery_histories()
    assert stage.vendors
    assert len(before) > len(after) > 0
    assert after == {id_: words for id_, words in before.items() if id_ != push.id}
    with pytest.raises(DatabaseError, match="append-only"), transaction() as session:
        session.execute(text("DELETE FROM delivery_event"))


def _delivery_histories() -> dict[int, list[str]]:
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT delivery_id, state FROM delivery_event ORDER BY id")).all()
    return {delivery_id: [state for other, state in rows if other == delivery_id] for delivery_id, _state in rows}


def test_migrations_do_not_import_models() -> None:
    versions = Path(__file__).parent.parent / "bazaar" / "migrations" / "versions"

    assert [path.name for path in versions.glob("*.py") if "import models" in path.read_text() or "from models" in path.read_text()] == []
