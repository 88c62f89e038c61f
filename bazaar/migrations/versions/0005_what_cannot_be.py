"""what a rotation could not satisfy, with what would help. Rotations drawn before: null, nobody asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conflicts", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.drop_column("conflicts")
