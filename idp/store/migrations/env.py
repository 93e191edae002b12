"""Alembic's entry: runs revisions on the connection that `upgrade.py` or `draft.py` hands over, in its transaction."""

from alembic import context

from idp.store.migrations.schema import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema(),
    compare_type=True,
    # SQLite alters a table by copying it.
    render_as_batch=context.config.attributes.get("render_as_batch", False),
)
context.run_migrations()
