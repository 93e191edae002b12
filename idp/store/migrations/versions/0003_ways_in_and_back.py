"""Ways in and back."""

import sqlalchemy as sa
from alembic import op

from idp.spec.identifier import canonical_email

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
    op.create_table(
        "sign_up",
        sa.Column("sign_up_id", sa.Text(), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("email_key", sa.Text(), server_default="", nullable=False),
        sa.Column("encoded", sa.Text(), server_default="", nullable=False),
        sa.Column("pepper_id", sa.Text(), nullable=True),
        sa.Column("email_verified_at", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sign_up_id", name=op.f("pk_sign_up")),
    )
    with op.batch_alter_table("sign_up", schema=None) as batch_op:
        batch_op.create_index("ix_sign_up_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "address_change",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("former_email", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("apply_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_address_change_account_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_address_change")),
    )
    with op.batch_alter_table("address_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_address_change_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_address_change_apply_at", ["apply_at"], unique=False)

    op.create_table(
        "owned_domain",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_owned_domain_account_id")
        ),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_owned_domain")),
    )
    with op.batch_alter_table("owned_domain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_owned_domain_account_id"), ["account_id"], unique=False)

    op.create_table(
        "recovery_case",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("typed_identifier", sa.Text(), server_default="", nullable=False),
        sa.Column("typed_name", sa.Text(), server_default="", nullable=False),
        sa.Column("account_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("new_email", sa.Text(), nullable=True),
        sa.Column("new_email_key", sa.Text(), nullable=True),
        sa.Column("new_email_verified_at", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("owned_at", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", sa.BigInteger(), nullable=True),
        sa.Column("read_back_at", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("apply_at", sa.BigInteger(), nullable=True),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("domain_token", sa.Text(), server_default="", nullable=False),
        sa.Column("domain_proven_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("forgotten_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_recovery_case_subject_id")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_recovery_case")),
        sa.UniqueConstraint("reference", name=op.f("uq_recovery_case_reference")),
    )
    with op.batch_alter_table("recovery_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_recovery_case_forgotten_at_closed_at", ["forgotten_at", "closed_at"], unique=False
        )
        batch_op.create_index("ix_recovery_case_new_email_key", ["new_email_key"], unique=False)
        batch_op.create_index(
            "ix_recovery_case_queued_at_case_id",
            ["queued_at", "case_id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index("ix_recovery_case_status_queued_at", ["status", "queued_at"], unique=False)
        batch_op.create_index("ix_recovery_case_subject_id", ["subject_id"], unique=False)
        batch_op.create_index("ix_recovery_case_updated_at", ["updated_at"], unique=False)

    op.create_table(
        "case_document",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_again", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["recovery_case.case_id"], name=op.f("fk_case_document_case_id")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_case_document")),
    )
    with op.batch_alter_table("case_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_document_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_entry",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["recovery_case.case_id"], name=op.f("fk_case_entry_case_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_case_entry")),
    )
    with op.batch_alter_table("case_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_entry_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_link",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["recovery_case.case_id"], name=op.f("fk_case_link_case_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_case_link")),
    )
    with op.batch_alter_table("case_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_link_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_case_link_expires_at", ["expires_at"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("backup_email_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("backup_asked_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("country", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("blocked_by", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("delete_at", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_account_backup_email_key"), ["backup_email_key"], unique=False)
        batch_op.create_index(
            "ix_account_delete_at",
            ["delete_at"],
            unique=False,
            sqlite_where=sa.text("delete_at IS NOT NULL"),
            postgresql_where=sa.text("delete_at IS NOT NULL"),
        )

    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_expires_at", ["expires_at"], unique=False)

    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("backup_skipped", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("recommendation_skipped", sa.BigInteger(), server_default="0", nullable=False)
        )

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("ix_link_expires_at", ["expires_at"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.Text(), nullable=True))
        batch_op.create_index(
            "ix_outbox_case_id",
            ["case_id", "message_id"],
            unique=False,
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )

    with op.batch_alter_table("security", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("recommended_at", sa.BigInteger(), nullable=True))

    _key_backup_addresses(op.get_bind())


def _key_backup_addresses(connection: sa.Connection) -> None:
    """The canonical forms of the backup addresses that are there, a thousand accounts at a time."""
    accounts = sa.table("account", *map(sa.column, ("account_id", "backup_email", "backup_email_key")))
    after = ""
    while rows := connection.execute(
        sa.select(accounts.c.account_id, accounts.c.backup_email)
        .where(accounts.c.account_id > after, accounts.c.backup_email.is_not(None))
        .order_by(accounts.c.account_id)
        .limit(1_000)
    ).all():
        for account_id, address in rows:
            connection.execute(
                sa.update(accounts)
                .where(accounts.c.account_id == account_id)
                .values(backup_email_key=canonical_email(address))
            )
        after = rows[-1].account_id
