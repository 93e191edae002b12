"""Statements of what a customer reads of the past: the audit trail of one subject, by pages. What the queries take is
bound, so a page's name is a text like any other.
"""

import json
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, bindparam, or_, select

from idp.records.delegation import DelegationEntry
from idp.records.event import DELEGATION_EVENTS, SIGN_IN_EVENTS, EventType
from idp.records.history import RecordedEvent, SignInEntry
from idp.records.risk import Decision
from idp.store.risk import decision_of
from idp.store.statement import Query
from idp.store.tables.event import audit_event
from idp.store.tables.risk import risk_decision

MOST_ON_PAGE = 20
NEWEST = "g"
"""Sorts behind every identifier: they are hexadecimal."""


def _page(*columns: ColumnElement[Any], which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*columns)
        .where(
            audit_event.c.subject_id == bindparam("of_subject", type_=Text),
            audit_event.c.event_id < bindparam("before", type_=Text),
            which,
        )
        .order_by(audit_event.c.event_id.desc())
        .limit(bindparam("most", type_=BigInteger))
    )


def _entry_of(*, event_id: str, details: str, client_id: str | None, **row: Any) -> SignInEntry:
    seen = json.loads(details)
    return SignInEntry(
        entry_id=event_id,
        type=EventType(row.pop("type")),
        client_id=client_id or "",
        city=str(seen.get("city", "")),
        browser=str(seen.get("browser", "")),
        system=str(seen.get("system", "")),
        decision_id=str(seen.get("decision", "")),
        **row,
    )


SIGN_INS: Query[SignInEntry] = Query(
    _page(
        audit_event.c.event_id,
        audit_event.c.at,
        audit_event.c.type,
        audit_event.c.reason,
        audit_event.c.client_id,
        audit_event.c.factor,
        audit_event.c.country,
        audit_event.c.details,
        which=or_(*(audit_event.c.type == kind.value for kind in SIGN_IN_EVENTS)),
    ),
    into=_entry_of,
)
"""The newest first. Takes `of_subject`, `before` (`NEWEST` for the first page) and `most`."""


def _recorded(*, client_id: str | None, **row: Any) -> RecordedEvent:
    return RecordedEvent(client_id=client_id or "", **row)


OTHER_EVENTS: Query[RecordedEvent] = Query(
    _page(
        audit_event.c.event_id,
        audit_event.c.at,
        audit_event.c.type,
        audit_event.c.outcome,
        audit_event.c.actor,
        audit_event.c.client_id,
        audit_event.c.country,
        which=and_(*(audit_event.c.type != kind.value for kind in SIGN_IN_EVENTS)),
    ),
    into=_recorded,
)
"""What is no sign-in, likewise."""


def _delegation_entry_of(
    *, event_id: str, details: str, client_id: str | None, **row: Any
) -> DelegationEntry:
    known = json.loads(details)
    return DelegationEntry(
        entry_id=event_id,
        type=EventType(row.pop("type")),
        client_id=client_id or "",
        is_customer=known.get("side") == "customer",
        other=str(known.get("other", "")),
        scopes=tuple(str(known.get("scope", "")).split()),
        **row,
    )


DELEGATION_ENTRIES: Query[DelegationEntry] = Query(
    _page(
        audit_event.c.event_id,
        audit_event.c.at,
        audit_event.c.type,
        audit_event.c.reason,
        audit_event.c.client_id,
        audit_event.c.details,
        which=or_(*(audit_event.c.type == kind.value for kind in DELEGATION_EVENTS)),
    ),
    into=_delegation_entry_of,
)
"""What was agreed and done, the newest first. Takes `of_subject`, `before` (`NEWEST` for the first page) and `most`."""

DECISIONS: Query[Decision] = Query(
    select(risk_decision).where(
        risk_decision.c.subject_id == bindparam("of_subject", type_=Text),
        risk_decision.c.decision_id.in_(
            [bindparam(f"decision_{n}", type_=Text) for n in range(MOST_ON_PAGE)]
        ),
    ),
    into=decision_of,
)
"""Those of one page. Takes `of_subject` and `decision_0` …, empty where there are fewer."""
