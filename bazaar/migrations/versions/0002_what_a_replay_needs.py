"""what a replay of a draw needs. Rotations drawn before have none of it: null says that it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("problem_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("effort", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("extra_changes", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("planner_version", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        for name in ("planner_version", "extra_changes", "effort", "problem_hash", "plan"):
            batch_op.drop_column(name)
