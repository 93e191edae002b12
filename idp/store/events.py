"""Statements of the audit trail."""

from sqlalchemy import bindparam, select

from idp.store.statement import Query, insert_into
from idp.store.tables.event import audit_event

INSERT_AUDIT_EVENT = insert_into(audit_event)

AUDIT_EVENTS_OF_SUBJECT: Query[dict[str, object]] = Query(
    select(audit_event)
    .where(audit_event.c.subject_id == bindparam("of_subject"))
    .order_by(audit_event.c.event_id.desc())
    .limit(200),
    into=lambda **row: row,
)
"""The newest first."""
