"""Statements of the support desk: what the audit trail tells of an account, and its domains."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, not_, or_, select

from idp.records.account import Person
from idp.records.event import EventType
from idp.store.people import IS_OWNER, PEOPLE, PERSON_COLUMNS, person_of
from idp.store.statement import Query
from idp.store.tables.account import account, owned_domain
from idp.store.tables.event import audit_event

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """A line of the audit trail. `actor` as in `Occasion`, `why` what an agent wrote."""

    event_id: str
    at: int
    type: str
    outcome: str
    reason: str
    actor: str
    client_id: str | None
    factor: str
    country: str
    why: str


_SIGNING_IN = (
    EventType.SIGN_IN_SUCCEEDED,
    EventType.SIGN_IN_FAILED,
    EventType.SIGN_IN_THROTTLED,
    EventType.SIGN_IN_REFUSED,
    EventType.SIGN_IN_REPORTED,
    EventType.SESSION_RAISED,
    EventType.DEVICE_CONNECTED,
    EventType.PROOF_FAILED,
    EventType.CODE_SENT,
)


def _among(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    # Not IN, whose list SQLAlchemy would write anew for each execution.
    return or_(*(column == str(value) for value in values))


def _entry_of(**row: Any) -> TrailEntry:
    details = json.loads(row.pop("details"))
    return TrailEntry(why=str(details.get("why", "")), **row)


_TRAIL = (
    select(
        audit_event.c.event_id,
        audit_event.c.at,
        audit_event.c.type,
        audit_event.c.outcome,
        audit_event.c.reason,
        audit_event.c.actor,
        audit_event.c.client_id,
        audit_event.c.factor,
        audit_event.c.country,
        audit_event.c.details,
    )
    .where(audit_event.c.subject_id == bindparam("of_subject"))
    .order_by(audit_event.c.event_id.desc())
    .limit(MOST_SHOWN)
)

SIGN_INS_OF_SUBJECT: Query[TrailEntry] = Query(
    _TRAIL.where(_among(audit_event.c.type, _SIGNING_IN)), into=_entry_of
)
"""The newest first, and the tries that came to nothing among them."""

STAFF_ACTS_ON_SUBJECT: Query[TrailEntry] = Query(
    _TRAIL.where(
        or_(audit_event.c.actor.startswith("subject:"), audit_event.c.actor.startswith("cli:")),
        not_(audit_event.c.actor == bindparam("own_actor", type_=Text)),
    ),
    into=_entry_of,
)
"""What others than its owner did to an account, or saw of it. `own_actor` is how the trail names the owner."""

PERSON_BY_ACCOUNT: Query[Person] = Query(
    select(*PERSON_COLUMNS)
    .select_from(PEOPLE)
    .where(account.c.account_id == bindparam("of_account"), IS_OWNER),
    into=lambda **row: person_of(row),
)

DOMAINS_OF_ACCOUNT: Query[str] = Query(
    select(owned_domain.c.domain)
    .where(owned_domain.c.account_id == bindparam("of_account"))
    .order_by(owned_domain.c.domain)
    .limit(MOST_SHOWN),
    into=lambda *, domain: str(domain),
)
