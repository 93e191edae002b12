"""`/support/cases`: what is open, the longest waiting first, and who works on it. A page at a time.

It names references and customer IDs of accounts that the agent may see, so each look costs one view, and is recorded.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from idp.events.case_words import KINDS
from idp.events.masking import masked_email
from idp.records.account import SubjectId
from idp.records.case import CaseStatus
from idp.records.event import EventType
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.case_queue import PAGE, QUEUE, QUEUE_COUNTS, QueuedCase, Show
from idp.store.database import Database
from idp.store.statement import Value
from idp.support.visit import CASES, StaffVisit
from idp.support.words import CASE_STATUSES
from idp.web.locale import Message

FILTERS: Mapping[Show, Message] = {
    Show.ALL: Message("All"),
    Show.FREE: Message("Nobody’s"),
    Show.MINE: Message("Mine"),
    Show.SECOND: Message("For a second agent"),
    Show.WAITING: Message("Waiting for the customer"),
    Show.COOLING: Message("Cooling off"),
}
_FIRST = (0, "")
# When a case was queued, and its identifier: where a page ended.
_PLACE = re.compile(r"([0-9]{1,12})\.([0-9a-f-]{1,36})")


async def show(visit: StaffVisit) -> Response:
    if used_up := await visit.spend_view(EventType.CASE_VIEWED, None, reason="queue"):
        return used_up
    shown, after = _shown(visit.request.query_params.get("show", "")), _place(visit)
    agent, database = visit.agent, visit.door.database
    seen: dict[str, Value] = {"of_agent": agent.subject_id, "of_rank": agent.rank}
    found = await database.all(
        QUEUE, of_show=shown.value, after_queued_at=after[0], after_case=after[1], **seen
    )
    counts = await database.one(QUEUE_COUNTS, **seen)
    page = found[:PAGE]
    names = await names_of(database, [one.case.owner_id for one in page])
    return visit.render(
        "support/queue.html",
        here=CASES,
        filters=[
            {
                "value": value.value,
                "label": label,
                "count": counts[value] if counts else 0,
                "is_chosen": value is shown,
            }
            for value, label in FILTERS.items()
        ],
        cases=[_row(one, names, agent.subject_id) for one in page],
        first_url=_url(shown, _FIRST) if after != _FIRST else "",
        next_url=_url(shown, _place_of(page[-1])) if len(found) > PAGE else "",
        now=visit.now,
    )


async def names_of(db: Database, subjects: Sequence[str | None]) -> dict[str, str]:
    """What agents are called; those who are gone are left out."""
    found = [
        await db.one(PERSON_BY_SUBJECT, subject_id=subject) for subject in {one for one in subjects if one}
    ]
    return {person.subject_id: person.name for person in found if person is not None}


def _shown(value: str) -> Show:
    return Show(value) if value in set(Show) else Show.ALL


def _place(visit: StaffVisit) -> tuple[int, str]:
    """The case that the page comes after; the beginning, where the address says something else."""
    found = _PLACE.fullmatch(visit.request.query_params.get("after", ""))
    return (int(found[1]), found[2]) if found else _FIRST


def _place_of(queued: QueuedCase) -> tuple[int, str]:
    return queued.case.queued_at or 0, queued.case.case_id


def _url(shown: Show, after: tuple[int, str]) -> str:
    place = {"after": f"{after[0]}.{after[1]}"} if after != _FIRST else {}
    return f"{CASES}?{urlencode({'show': shown.value, **place})}"


def _row(queued: QueuedCase, names: Mapping[str, str], agent: SubjectId) -> dict[str, Any]:
    case = queued.case
    return {
        "url": f"{CASES}/{case.case_id}",
        "reference": case.reference,
        "kind": KINDS[case.kind],
        "status": CASE_STATUSES[case.status],
        "is_frozen": case.frozen_at is not None,
        "is_bounced": queued.is_bounced,
        "who": masked_email(case.typed_identifier) if "@" in case.typed_identifier else case.typed_identifier,
        "owner": names.get(case.owner_id or "", ""),
        "is_mine": case.owner_id == agent,
        "queued_at": case.queued_at,
        "apply_at": case.apply_at if case.status is CaseStatus.COOLING else None,
    }
