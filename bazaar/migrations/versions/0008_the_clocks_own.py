"""letters for organizers in the morning, who wants none, and the ticks that the clock missed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_digest_account_id_account")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_digest_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("edition_id", "account_id", "day", name=op.f("uq_digest_edition_id_account_id_day")),
    )
    op.create_index(op.f("ix_digest_account_id"), "digest", ["account_id"])
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digest_off_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("beat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missed_count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("beat", schema=None) as batch_op:
        batch_op.drop_column("missed_count")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("digest_off_at")
    op.drop_index(op.f("ix_digest_account_id"), table_name="digest")
    op.drop_table("digest")
