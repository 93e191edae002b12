"""`/support/cases`: what is open, the longest waiting first, and who works on it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from idp.events.case_words import KINDS
from idp.events.masking import masked_email
from idp.records.account import SubjectId
from idp.records.case import Case, CaseStatus
from idp.records.event import EventType
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.cases import QUEUE
from idp.store.database import Database
from idp.support.visit import CASES, StaffVisit
from idp.support.words import CASE_STATUSES
from idp.web.locale import Message

Filter = Callable[[Case, SubjectId], bool]
FILTERS: Mapping[str, tuple[Message, Filter]] = {
    "all": (Message("All"), lambda _case, _agent: True),
    "free": (Message("Nobody’s"), lambda case, _agent: case.owner_id is None),
    "mine": (Message("Mine"), lambda case, agent: case.owner_id == agent),
    "second": (
        Message("For a second agent"),
        lambda case, agent: case.status is CaseStatus.PROPOSED and case.proposed_by != agent,
    ),
    "waiting": (Message("Waiting for the customer"), lambda case, _agent: case.status is CaseStatus.WAITING),
    "cooling": (Message("Cooling off"), lambda case, _agent: case.status is CaseStatus.COOLING),
}


async def show(visit: StaffVisit) -> Response:
    """The queue names references and customer IDs, and nobody: it costs no view, and is recorded."""
    chosen = visit.request.query_params.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    agent, database = visit.agent.subject_id, visit.door.database
    every = await database.all(QUEUE)
    shown = [case for case in every if FILTERS[chosen][1](case, agent)]
    names = await names_of(database, [case.owner_id for case in shown])
    await database.apply([visit.event(EventType.CASE_VIEWED, reason="queue")])
    return visit.render(
        "support/queue.html",
        here=CASES,
        filters=[
            {
                "value": value,
                "label": label,
                "count": sum(belongs(case, agent) for case in every),
                "is_chosen": value == chosen,
            }
            for value, (label, belongs) in FILTERS.items()
        ],
        cases=[_row(case, names, agent) for case in shown],
        now=visit.now,
    )


async def names_of(db: Database, subjects: Sequence[str | None]) -> dict[str, str]:
    """What agents are called; those who are gone are left out."""
    found = [
        await db.one(PERSON_BY_SUBJECT, subject_id=subject) for subject in {one for one in subjects if one}
    ]
    return {person.subject_id: person.name for person in found if person is not None}


def _row(case: Case, names: Mapping[str, str], agent: SubjectId) -> dict[str, Any]:
    return {
        "url": f"{CASES}/{case.case_id}",
        "reference": case.reference,
        "kind": KINDS[case.kind],
        "status": CASE_STATUSES[case.status],
        "is_frozen": case.frozen_at is not None,
        "who": masked_email(case.typed_identifier) if "@" in case.typed_identifier else case.typed_identifier,
        "owner": names.get(case.owner_id or "", ""),
        "is_mine": case.owner_id == agent,
        "queued_at": case.queued_at,
        "apply_at": case.apply_at if case.status is CaseStatus.COOLING else None,
    }
