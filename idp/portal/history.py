"""`/account/history`: who tried to sign in to the account, from where and how, and why more was asked for.

Twenty a page, by keyset: a page's name is the identifier of the entry before it, and one that is none shows the newest.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from idp.clients.registry import load_client
from idp.login.proof_words import KEY, proof_words
from idp.portal.visit import Visit
from idp.records.event import EventType
from idp.records.history import SignInEntry
from idp.records.risk import Decision, Outcome
from idp.risk.sentences import reasons_of, sentence_of
from idp.store.history import DECISIONS, MOST_ON_PAGE, NEWEST, SIGN_INS
from idp.web.locale import Message

PATH = "/account/history"
_ENTRY = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GOOD = frozenset(
    {
        EventType.SIGN_IN_SUCCEEDED,
        EventType.SESSION_RAISED,
        EventType.DEVICE_CONNECTED,
        EventType.SIGN_IN_REPORTED,
    }
)

_RESULTS: Mapping[EventType, Message] = {
    EventType.SIGN_IN_SUCCEEDED: Message("Sign-in succeeded"),
    EventType.SESSION_RAISED: Message("Confirmed once more"),
    EventType.DEVICE_CONNECTED: Message("You connected a device"),
    EventType.SIGN_IN_FAILED: Message("Wrong password"),
    EventType.SIGN_IN_THROTTLED: Message("Not checked: too many tries"),
    EventType.SIGN_IN_REFUSED: Message("Refused"),
    EventType.SIGN_IN_REPORTED: Message("You told us that a sign-in was not yours"),
    EventType.PROOF_FAILED: Message("Right password, wrong code"),
}
_BLOCKED = Message("The account was blocked")
_WRONG_KEY = Message("Passkey or security key not accepted")


async def show(visit: Visit) -> Response:
    before = visit.request.query_params.get("before", "")
    if not _ENTRY.fullmatch(before):
        before = NEWEST
    database, subject_id = visit.door.database, visit.person.subject_id
    found = await database.all(SIGN_INS, of_subject=subject_id, before=before, most=MOST_ON_PAGE + 1)
    entries = found[:MOST_ON_PAGE]
    decisions = await decisions_on(visit, entries)
    return visit.render(
        "account/history.html",
        entries=[await _row(visit, entry, decisions.get(entry.decision_id)) for entry in entries],
        is_first=before == NEWEST,
        newest_url=PATH,
        older_url=f"{PATH}?before={entries[-1].entry_id}" if len(found) > MOST_ON_PAGE else "",
        now=visit.now,
    )


async def decisions_on(visit: Visit, entries: Sequence[SignInEntry]) -> Mapping[str, Decision]:
    """The risk decisions on the entries of one page, by their identifiers."""
    named = [entry.decision_id for entry in entries if entry.decision_id]
    if not named:
        return {}
    padded = {
        f"decision_{n}": decision for n, decision in enumerate([*named, *[""] * MOST_ON_PAGE][:MOST_ON_PAGE])
    }
    found = await visit.door.database.all(DECISIONS, of_subject=visit.person.subject_id, **padded)
    return {decision.decision_id: decision for decision in found}


async def _row(visit: Visit, entry: SignInEntry, decision: Decision | None) -> dict[str, Any]:
    client = await load_client(visit.door.database, entry.client_id) if entry.client_id else None
    why, *reasons = reasons_told(decision) or (None,)
    return {
        "at": entry.at,
        "is_good": entry.type in _GOOD,
        "result": result_of(entry),
        "factors": proof_words(entry.factor) if entry.type is not EventType.SIGN_IN_REPORTED else [],
        "application": client.name_in(visit.locale) if client else "",
        "browser": entry.browser,
        "system": entry.system,
        "city": entry.city,
        "country": entry.country,
        "why": why,
        "reasons": reasons,
    }


def reasons_told(decision: Decision | None) -> tuple[Message, ...]:
    """Why more than a password was asked for, in one sentence, and what differed; nothing where it was not."""
    if decision is None or decision.enforced in (Outcome.ALLOW, Outcome.DELAY):
        return ()
    return sentence_of(decision), *reasons_of(decision)


def result_of(entry: SignInEntry) -> Message:
    """What became of a try, in words."""
    if entry.type is EventType.SIGN_IN_FAILED and entry.reason == "disabled":
        return _BLOCKED
    if entry.type in (EventType.SIGN_IN_FAILED, EventType.PROOF_FAILED) and KEY in proof_words(entry.factor):
        return _WRONG_KEY
    return _RESULTS[entry.type]
