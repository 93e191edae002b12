"""`/account/delegations/history`: what was agreed with other accounts, and who did what for whom.

Twenty a page, by keyset, as the history of sign-ins.
"""

import re
from typing import Any

from starlette.responses import Response

from idp.clients.registry import load_client
from idp.login.scope_words import describe
from idp.portal.visit import Visit
from idp.records.delegation import DelegationEntry, EndedBy
from idp.records.event import EventType
from idp.store.history import DELEGATION_ENTRIES, MOST_ON_PAGE, NEWEST
from idp.web.locale import Message

PATH = "/account/delegations/history"
_ENTRY = re.compile(r"[0-9a-f]{32}")


async def show(visit: Visit) -> Response:
    before = visit.request.query_params.get("before", "")
    if not _ENTRY.fullmatch(before):
        before = NEWEST
    found = await visit.door.database.all(
        DELEGATION_ENTRIES, of_subject=visit.person.subject_id, before=before, most=MOST_ON_PAGE + 1
    )
    entries = found[:MOST_ON_PAGE]
    return visit.render(
        "account/delegation-history.html",
        entries=[await _row(visit, entry) for entry in entries],
        is_first=before == NEWEST,
        newest_url=PATH,
        older_url=f"{PATH}?before={entries[-1].entry_id}" if len(found) > MOST_ON_PAGE else "",
        now=visit.now,
    )


async def _row(visit: Visit, entry: DelegationEntry) -> dict[str, Any]:
    client = await load_client(visit.door.database, entry.client_id) if entry.client_id else None
    application = client.name_in(visit.locale) if client else entry.client_id
    return {
        "at": entry.at,
        "what": sentence_of(entry, application),
        "scopes": [describe(scope)[1] for scope in entry.scopes],
    }


def sentence_of(entry: DelegationEntry, application: str) -> Message:
    """What happened, for whom the entry is about."""
    other = {"customer": entry.other}
    both = {**other, "application": application}
    is_mine = entry.is_customer
    match entry.type:
        case EventType.DELEGATION_OFFERED if is_mine:
            return Message("You asked %(customer)s to act for you", other)
        case EventType.DELEGATION_OFFERED:
            return Message("%(customer)s asked you to act for them", other)
        case EventType.DELEGATION_ACCEPTED if is_mine:
            return Message("%(customer)s accepted to act for you", other)
        case EventType.DELEGATION_ACCEPTED:
            return Message("You accepted to act for %(customer)s", other)
        case EventType.DELEGATION_DECLINED if is_mine:
            return Message("%(customer)s declined to act for you", other)
        case EventType.DELEGATION_DECLINED:
            return Message("You declined to act for %(customer)s", other)
        case EventType.DELEGATION_USED if is_mine:
            return Message("%(customer)s acted for you through %(application)s", both)
        case EventType.DELEGATION_USED:
            return Message("You acted for %(customer)s through %(application)s", both)
        case _:
            return _ended(entry, other)


def _ended(entry: DelegationEntry, other: dict[str, str]) -> Message:
    by = EndedBy(entry.reason) if entry.reason in {*EndedBy} else EndedBy.SYSTEM
    if by is (EndedBy.CUSTOMER if entry.is_customer else EndedBy.DELEGATE):
        if entry.is_customer:
            return Message("You no longer let %(customer)s act for you", other)
        return Message("You stopped acting for %(customer)s", other)
    if by is EndedBy.SYSTEM:
        if entry.is_customer:
            return Message("%(customer)s may no longer act for you", other)
        return Message("You may no longer act for %(customer)s", other)
    if entry.is_customer:
        return Message("%(customer)s stopped acting for you", other)
    return Message("%(customer)s no longer lets you act for them", other)
