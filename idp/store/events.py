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

LAST_EVENT_AT: Query[int] = Query(
    select(audit_event.c.at)
    .where(audit_event.c.subject_id == bindparam("of_subject"), audit_event.c.type == bindparam("of_type"))
    .order_by(audit_event.c.event_id.desc())
    .limit(1),
    into=lambda *, at: int(at),
)
"""When something of a type last happened to a subject."""
