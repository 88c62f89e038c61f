"""what air time is worth: a table of weights instead of three figures, lost minutes, viewers.

The three figures become the default filling of the table: afternoon and evening, each times the weekend on Friday to Sunday, rounded
half up to whole parts of a hundred. Points that stand on slots and turns stay as they were counted.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


APPEND_ONLY = ("air_report", "audience_count")
_WEIGHTS = ("afternoon_weight_pct", "evening_weight_pct", "weekend_weight_pct")
_EVENING_MINUTE = 18 * 60


def upgrade() -> None:
    op.create_table(
        "air_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("rotation_id", sa.Integer(), nullable=False),
        sa.Column("lost_minutes", sa.Integer(), nullable=False),
        sa.Column("is_failed", sa.Boolean(), nullable=True),
        sa.Column("turns_promised", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("lost_minutes >= 0", name=op.f("ck_air_report_lost_not_negative")),
        sa.CheckConstraint("turns_promised >= 0", name=op.f("ck_air_report_promised_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_air_report_account_id_account")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_air_report_link_id_link")),
        sa.ForeignKeyConstraint(
            ["edition_id", "rotation_id"], ["rotation.edition_id", "rotation.id"], name=op.f("fk_air_report_edition_id_rotation_id_rotation")
        ),
        sa.ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"], name=op.f("fk_air_report_edition_id_slot_id_slot")),
        sa.ForeignKeyConstraint(
            ["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"], name=op.f("fk_air_report_edition_id_vendor_id_vendor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_report")),
    )
    with op.batch_alter_table("air_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_air_report_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index("ix_air_report_turn", ["slot_id", "vendor_id"], unique=False)
    op.create_table(
        "audience_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live_session_id", sa.Integer(), nullable=False),
        sa.Column("hour_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("viewer_count", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("viewer_count >= 0", name=op.f("ck_audience_count_viewers_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_audience_count_account_id_account")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_audience_count_link_id_link")),
        sa.ForeignKeyConstraint(
            ["live_session_id"], ["live_session.id"], name=op.f("fk_audience_count_live_session_id_live_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_count")),
    )
    with op.batch_alter_table("audience_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audience_count_live_session_id"), ["live_session_id"], unique=False)
    for table in APPEND_ONLY:
        _forbid_rewriting(table)

    # Column by column: a batch would copy the table on SQLite and lose its CHECKs.
    op.add_column("edition", sa.Column("audience_weights", sa.JSON(none_as_null=True), nullable=False, server_default="[]"))
    op.add_column("edition", sa.Column("decay_pct", sa.JSON(none_as_null=True), nullable=False, server_default="[60, 30]"))
    edition = _edition()
    for row in op.get_bind().execute(sa.select(edition.c.id, *(edition.c[name] for name in _WEIGHTS))).all():
        op.execute(edition.update().where(edition.c.id == row.id).values(audience_weights=_table(*row[1:])))
    for name in _WEIGHTS:
        op.drop_column("edition", name)


def downgrade() -> None:
    for name in _WEIGHTS:
        op.add_column("edition", sa.Column(name, sa.Integer(), nullable=False, server_default="100"))
    edition = _edition()
    for row in op.get_bind().execute(sa.select(edition.c.id, edition.c.audience_weights)).all():
        values = dict(zip(_WEIGHTS, _figures(row.audience_weights), strict=True))
        op.execute(edition.update().where(edition.c.id == row.id).values(**values))
    op.drop_column("edition", "decay_pct")
    op.drop_column("edition", "audience_weights")
    op.drop_table("audience_count")
    op.drop_table("air_report")


def _edition() -> sa.Table:
    columns = [sa.Column("id", sa.Integer()), *(sa.Column(name, sa.Integer()) for name in _WEIGHTS)]
    return sa.Table("edition", sa.MetaData(), *columns, sa.Column("audience_weights", sa.JSON()), sa.Column("decay_pct", sa.JSON()))


def _table(afternoon: int, evening: int, weekend: int) -> list[dict[str, Any]]:
    return [
        {"from_minute": begins, "weights": [hour] * 4 + [max(1, (hour * weekend + 50) // 100)] * 3}
        for begins, hour in ((0, afternoon), (_EVENING_MINUTE, evening))
    ]


def _figures(bands: list[dict[str, Any]]) -> tuple[int, int, int]:
    """The three figures that come nearest: Monday's afternoon and evening, and how much more an evening of Sunday counts."""
    afternoon = bands[0]["weights"][0]
    evening = [band["weights"] for band in bands if band["from_minute"] <= _EVENING_MINUTE][-1]
    return afternoon, evening[0], max(1, evening[6] * 100 // evening[0])


def _forbid_rewriting(table: str) -> None:
    """History is never edited: the database itself refuses UPDATE and DELETE on these tables."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()')
