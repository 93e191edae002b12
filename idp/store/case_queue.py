"""Statements of the queue: the cases that are open, in any state, the longest waiting first.

An agent sees no case about an account above their rank, and no count of such. What is shown is decided in the
statement: a filter finds its cases wherever they stand in the queue.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from idp.records.account import Role
from idp.records.case import Case, CaseStatus
from idp.store.cases import case_of
from idp.store.outbox import Status
from idp.store.statement import Query
from idp.store.tables.account import account, subject
from idp.store.tables.case import recovery_case
from idp.store.tables.outbox import outbox

PAGE = 50


class Show(StrEnum):
    """Which cases of the queue: the values of its filters."""

    ALL = "all"
    FREE = "free"
    MINE = "mine"
    SECOND = "second"
    """That wait for another agent than the one who proposed."""
    WAITING = "waiting"
    COOLING = "cooling"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCase:
    """`is_bounced`: a mailbox did not take the last mail about it."""

    case: Case
    is_bounced: bool


_AGENT = bindparam("of_agent", type_=Text)
_QUEUED_AT = bindparam("after_queued_at", type_=BigInteger)
_IS_MEANT: dict[Show, ColumnElement[bool]] = {
    Show.FREE: recovery_case.c.owner_id.is_(None),
    Show.MINE: recovery_case.c.owner_id == _AGENT,
    Show.SECOND: and_(
        recovery_case.c.status == CaseStatus.PROPOSED.value, recovery_case.c.proposed_by != _AGENT
    ),
    Show.WAITING: recovery_case.c.status == CaseStatus.WAITING.value,
    Show.COOLING: recovery_case.c.status == CaseStatus.COOLING.value,
}
_shown = bindparam("of_show", type_=Text)
_rank = case(
    (account.c.role == Role.ADMINISTRATOR.value, 2), (account.c.role == Role.SUPPORT.value, 1), else_=0
)
_IN_QUEUE = recovery_case.outerjoin(subject, subject.c.subject_id == recovery_case.c.subject_id).outerjoin(
    account, account.c.account_id == subject.c.account_id
)
_IS_SEEN = and_(recovery_case.c.closed_at.is_(None), _rank <= bindparam("of_rank", type_=BigInteger))

_later = outbox.alias()
_is_bounced = exists().where(
    outbox.c.case_id == recovery_case.c.case_id,
    or_(outbox.c.status == Status.FAILED.value, outbox.c.status == Status.EXPIRED.value),
    # Whoever typed an address that is none sees so, and types another.
    outbox.c.template != "address-code",
    ~exists().where(
        _later.c.case_id == outbox.c.case_id,
        _later.c.message_id > outbox.c.message_id,
        _later.c.recipient == outbox.c.recipient,
        _later.c.status == Status.DELIVERED.value,
    ),
)


def _queued_of(*, is_bounced: int, **row: Any) -> QueuedCase:
    return QueuedCase(case=case_of(**row), is_bounced=bool(is_bounced))


QUEUE: Query[QueuedCase] = Query(
    select(*recovery_case.columns, case((_is_bounced, 1), else_=0).label("is_bounced"))
    .select_from(_IN_QUEUE)
    .where(
        _IS_SEEN,
        tuple_(recovery_case.c.queued_at, recovery_case.c.case_id)
        > tuple_(_QUEUED_AT, bindparam("after_case", type_=Text)),
        or_(
            _shown == Show.ALL.value,
            *(and_(_shown == show.value, is_meant) for show, is_meant in _IS_MEANT.items()),
        ),
    )
    .order_by(recovery_case.c.queued_at, recovery_case.c.case_id)
    .limit(PAGE + 1),
    into=_queued_of,
)
"""A page, and the first case of the next one. Takes `of_show`, `of_agent` and `of_rank`, and the place of the case that
it comes after: `after_queued_at`, `after_case` (0 and empty for the first page).
"""


def _counts_of(**row: Any) -> dict[Show, int]:
    return {show: int(row[show.value]) for show in Show}


QUEUE_COUNTS: Query[dict[Show, int]] = Query(
    select(
        func.count().label(Show.ALL.value),
        *(
            func.coalesce(func.sum(case((is_meant, 1), else_=0)), 0).label(show.value)
            for show, is_meant in _IS_MEANT.items()
        ),
    )
    .select_from(_IN_QUEUE)
    # Every case of the queue has a place; that leads to the index of those.
    .where(_IS_SEEN, recovery_case.c.queued_at >= 0),
    into=_counts_of,
)
"""How many cases each filter shows. Takes `of_agent`, `of_rank`."""
