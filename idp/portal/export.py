"""`/account/export`: all that we know of somebody, as one JSON file, made while it is being read.

`docs/privacy.md` says what is in it. A fresh proof is asked for: whoever finds an open browser must not take everything
along. The sections are in `exported_account.py` and `exported_record.py`.
"""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from starlette.responses import Response, StreamingResponse

from idp.login.throttle import delays
from idp.portal import exported_account, exported_record
from idp.portal.exported_item import Item, time_of
from idp.portal.visit import Visit
from idp.records.event import Event, EventType
from idp.store.throttle import THROTTLED, spend_try
from idp.web.locale import Message

PATH = "/account/export"
_FREE, _FORGET_SECONDS = 5, 3_600
_SPEND_COPY = spend_try(delays(_FREE, cap_seconds=_FORGET_SECONDS), forget_seconds=_FORGET_SECONDS)

SECTIONS: tuple[tuple[str, Callable[[Visit], AsyncIterator[Item]]], ...] = (
    ("devices", exported_account.devices),
    ("browsers", exported_account.browsers),
    ("sessions", exported_account.sessions),
    ("applications", exported_account.applications),
    ("service_accounts", exported_account.service_accounts),
    ("delegations", exported_account.delegations),
    ("subjects", exported_account.subjects),
    ("address_changes", exported_account.address_changes),
    ("domains", exported_account.domains),
    ("sign_ins", exported_record.sign_ins),
    ("events", exported_record.events),
    ("mails", exported_record.mails),
    ("requests_to_support", exported_record.cases),
)
"""The lists of the file, in its order."""


async def show(visit: Visit, *, wait: int = 0) -> Response:
    words = Message("That was often. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)})
    response = visit.render(
        "account/export.html",
        status=429 if wait else 200,
        errors={"form": words} if wait else {},
        **visit.form(),
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    if form.get("action") != "export":
        return visit.back()
    door, key = visit.door, f"export:{visit.person.subject_id}"
    event = Event(
        type=EventType.ACCOUNT_EXPORTED,
        actor=visit.occasion.actor,
        subject_id=visit.person.subject_id,
        session_id=visit.session.session_id,
    )
    recorded = door.audit.effect(event, visit.occasion.circumstances, now=visit.now)
    spent = _SPEND_COPY.effect(expects=1, key=key, now=visit.now)
    if not await door.database.apply([spent, recorded]):
        found = await door.database.one(THROTTLED, of_key=key, now=visit.now)
        return await show(visit, wait=max(found.blocked_until - visit.now, 1) if found else 1)
    return StreamingResponse(
        _written(visit),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{visit.person.customer_id}.json"',
            "Cache-Control": "no-store",
        },
    )


async def _written(visit: Visit) -> AsyncIterator[str]:
    """The document, a line for each thing in a list: a long history needs no memory here."""
    yield f'{{\n"made_at": {json.dumps(time_of(visit.now))}'
    yield f',\n"account": {_text(exported_account.account(visit))}'
    yield f',\n"security": {_text(await exported_account.security(visit))}'
    yield f',\n"habits": {_text(await exported_record.habits(visit))}'
    for name, section in SECTIONS:
        yield f",\n{json.dumps(name)}: ["
        separator = "\n"
        async for item in section(visit):
            yield separator + _text(item)
            separator = ",\n"
        yield "\n]"
    yield "\n}\n"


def _text(item: Item) -> str:
    return json.dumps(item, ensure_ascii=False)
