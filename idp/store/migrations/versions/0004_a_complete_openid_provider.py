"""A complete openid provider."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
    with op.batch_alter_table("family", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sub", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("claims", sa.Text(), server_default="", nullable=False))
