"""Machines."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
    op.create_table(
        "access_token",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_access_token")),
    )
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.create_index("ix_access_token_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "pushed_request",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.client_id"], name=op.f("fk_pushed_request_client_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_pushed_request")),
    )
    with op.batch_alter_table("pushed_request", schema=None) as batch_op:
        batch_op.create_index("ix_pushed_request_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("delegation_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("delegate_id", sa.Text(), nullable=True),
        sa.Column("delegate_customer_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["subject.subject_id"], name=op.f("fk_delegation_delegate_id")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_delegation_subject_id")
        ),
        sa.PrimaryKeyConstraint("delegation_id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index("ix_delegation_delegate_id", ["delegate_id"], unique=False)
        batch_op.create_index("ix_delegation_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_delegation_subject_id", ["subject_id"], unique=False)
        batch_op.create_index(
            "ix_delegation_untold",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        )
        batch_op.create_index(
            "uq_delegation_subject_id_delegate_customer_id",
            ["subject_id", "delegate_customer_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "device_request",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("confirmation", sa.Text(), server_default="", nullable=False),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("interval_seconds", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=True),
        sa.Column("denied_at", sa.BigInteger(), nullable=True),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.client_id"], name=op.f("fk_device_request_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["family_id"], ["family.family_id"], name=op.f("fk_device_request_family_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_device_request")),
        sa.UniqueConstraint("user_code_digest", name=op.f("uq_device_request_user_code_digest")),
    )
    with op.batch_alter_table("device_request", schema=None) as batch_op:
        batch_op.create_index("ix_device_request_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_device_request_family_id",
            ["family_id"],
            unique=False,
            sqlite_where=sa.text("family_id IS NOT NULL"),
            postgresql_where=sa.text("family_id IS NOT NULL"),
        )

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("disabled_by", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("used_at", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_client_owner_id",
            ["owner_id"],
            unique=False,
            sqlite_where=sa.text("owner_id IS NOT NULL"),
            postgresql_where=sa.text("owner_id IS NOT NULL"),
        )

    with op.batch_alter_table("client_secret", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("root_key_id", sa.Text(), nullable=True))

    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dpop_jkt", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("family", schema=None) as batch_op:
        batch_op.add_column(sa.Column("actor", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("confirmation", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("delegation_id", sa.Text(), nullable=True))
        batch_op.create_index(
            "ix_family_delegation_id",
            ["delegation_id"],
            unique=False,
            sqlite_where=sa.text("delegation_id IS NOT NULL"),
            postgresql_where=sa.text("delegation_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_family_parent_id",
            ["parent_id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        )

    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pushed_id", sa.Text(), nullable=True))
