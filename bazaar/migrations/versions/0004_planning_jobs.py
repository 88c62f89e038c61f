"""planning jobs: the planner at work, in the sight of every organizer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planning_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("options", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                "interrupted",
                name="planning_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("share_pct", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotation_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(finished_at IS NULL) = (state IN ('queued', 'running'))", name=op.f("ck_planning_job_finished_when_over")),
        sa.CheckConstraint(
            "state <> 'done' OR rotation_id IS NOT NULL OR answer IS NOT NULL", name=op.f("ck_planning_job_done_with_an_answer")
        ),
        sa.CheckConstraint("share_pct BETWEEN 0 AND 100", name=op.f("ck_planning_job_share_is_a_share")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_planning_job_created_by_account")),
        sa.ForeignKeyConstraint(
            ["edition_id", "rotation_id"],
            ["rotation.edition_id", "rotation.id"],
            name=op.f("fk_planning_job_edition_id_rotation_id_rotation"),
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_planning_job_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_job")),
    )
    with op.batch_alter_table("planning_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planning_job_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(
            "uq_planning_job_current",
            ["edition_id"],
            unique=True,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("planning_job", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_planning_job_current", sqlite_where=sa.text("finished_at IS NULL"), postgresql_where=sa.text("finished_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_planning_job_edition_id"))

    op.drop_table("planning_job")
