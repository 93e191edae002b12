"""Migrations by Alembic, over the synchronous drivers. Forward only; each is safe while the previous release serves."""
