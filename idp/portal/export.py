"""`/account/export`: all that we know of somebody, as one JSON file, made while it is being read.

Their own data and nothing else: no secret of a factor, no digest, no other person, nothing of which agent decided what.
Times are in UTC (RFC 3339). A fresh proof is asked for: whoever finds an open browser must not take everything along.
"""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response, StreamingResponse

from idp.account.own_devices import devices_of
from idp.clients.registry import load_client
from idp.login.proof_words import proof_words
from idp.portal.history import result_of
from idp.portal.visit import Visit
from idp.records.event import Event, EventType
from idp.store.address_changes import WAITING_CHANGES
from idp.store.applications import HOLDINGS_OF_SUBJECT
from idp.store.cases import CASES_OF_SUBJECT, DOCUMENTS_OF_CASE
from idp.store.database import Database
from idp.store.devices import DEVICES_OF_SUBJECT
from idp.store.domains import DOMAINS_OF_ACCOUNT
from idp.store.factors import SECURITY, STANDING
from idp.store.history import NEWEST, SIGN_INS
from idp.store.outbox import MESSAGE_LOG_OF_SUBJECT, MOST_LOGGED
from idp.store.sessions import CONSENTS_OF_SUBJECT, SESSIONS_OF_SUBJECT
from idp.web.locale import Message

PATH = "/account/export"
_MOST_AT_ONCE = 200
Item = dict[str, Any]


async def show(visit: Visit) -> Response:
    return visit.render("account/export.html", **visit.form())


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    if form.get("action") != "export":
        return visit.back()
    event = Event(
        type=EventType.ACCOUNT_EXPORTED,
        actor=visit.occasion.actor,
        subject_id=visit.person.subject_id,
        session_id=visit.session.session_id,
    )
    door = visit.door
    await door.database.apply([door.audit.effect(event, visit.occasion.circumstances, now=visit.now)])
    return StreamingResponse(
        _written(Export(visit=visit)),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{visit.person.customer_id}.json"',
            "Cache-Control": "no-store",
        },
    )


async def _written(export: "Export") -> AsyncIterator[str]:
    """The document, a line for each thing in a list: a long history needs no memory here."""
    yield f'{{\n"made_at": {json.dumps(_time(export.visit.now))}'
    for name, value in (("account", export.account()), ("security", await export.security())):
        yield f",\n{json.dumps(name)}: {_text(value)}"
    for name, items in export.lists():
        yield f",\n{json.dumps(name)}: ["
        separator = "\n"
        async for item in items:
            yield separator + _text(item)
            separator = ",\n"
        yield "\n]"
    yield "\n}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What goes into the file, section by section."""

    visit: Visit

    def account(self) -> Item:
        person = self.visit.person
        return {
            "customer_id": person.customer_id,
            "sub": person.sub,
            "primary_email": person.primary_email,
            "primary_email_verified": person.primary_email_verified,
            "backup_email": person.backup_email,
            "backup_email_verified": person.backup_email_verified,
            "kind": person.kind,
            "country": person.country,
            "language": person.language,
            "profile": dict(person.profile),
            "status": person.status.value,
            "created_at": _time(person.created_at),
            "updated_at": _time(person.updated_at),
            "delete_at": _time(person.delete_at),
        }

    async def security(self) -> Item:
        standing = await self._database.one(STANDING, of_subject=self._subject)
        security = await self._database.one(SECURITY, of_subject=self._subject)
        return {
            "two_factor_since": _time(standing.two_factor_at if standing else None),
            "backup_codes_left": standing.backup_codes if standing else 0,
            "notifications": security.notify.value if security else "new",
        }

    def lists(self) -> Iterable[tuple[str, AsyncIterator[Item]]]:
        return (
            ("devices", self._devices()),
            ("browsers", self._browsers()),
            ("sessions", self._sessions()),
            ("applications", self._applications()),
            ("address_changes", self._address_changes()),
            ("domains", self._domains()),
            ("sign_ins", self._sign_ins()),
            ("mails", self._mails()),
            ("requests_to_support", self._cases()),
        )

    async def _devices(self) -> AsyncIterator[Item]:
        for device in await devices_of(self._database, self.visit.person.subject_id):
            yield {
                "kind": device.kind.value,
                "name": device.name,
                "detail": device.detail,
                "created_at": _time(device.created_at),
                "used_at": _time(device.used_at),
            }

    async def _browsers(self) -> AsyncIterator[Item]:
        now = self.visit.now
        for device in await self._database.all(DEVICES_OF_SUBJECT, of_subject=self._subject, now=now):
            yield {
                "browser": device.browser,
                "system": device.system,
                "country": device.country,
                "place": device.place,
                "known_since": _time(device.created_at),
                "seen_at": _time(device.seen_at),
                "trusted_until": _time(device.trusted_until),
            }

    async def _sessions(self) -> AsyncIterator[Item]:
        for session in await self._database.all(SESSIONS_OF_SUBJECT, of_subject=self._subject):
            yield {
                "browser": session.user_agent,
                "country": session.country,
                "place": session.place,
                "began_at": _time(session.created_at),
                "seen_at": _time(session.seen_at),
                "expires_at": _time(session.expires_at),
                "methods": list(session.amr),
            }

    async def _applications(self) -> AsyncIterator[Item]:
        for consent in await self._database.all(CONSENTS_OF_SUBJECT, of_subject=self._subject):
            yield {
                "application": await self._name(consent.client_id),
                "allowed": sorted(consent.scopes),
                "allowed_at": _time(consent.created_at),
                "changed_at": _time(consent.updated_at),
            }
        now = self.visit.now
        for holding in await self._database.all(HOLDINGS_OF_SUBJECT, of_subject=self._subject, now=now):
            yield {
                "application": await self._name(holding.client_id),
                "used": holding.scope.split(),
                "first_used_at": _time(holding.granted_at),
                "last_used_at": _time(holding.last_used_at),
            }

    async def _address_changes(self) -> AsyncIterator[Item]:
        account_id = self.visit.person.account_id
        for change in await self._database.all(WAITING_CHANGES, of_account=account_id):
            yield {
                "place": change.place.value,
                "email": change.email,
                "asked_at": _time(change.created_at),
                "applies_at": _time(change.apply_at),
            }

    async def _domains(self) -> AsyncIterator[Item]:
        account_id = self.visit.person.account_id
        for owned in await self._database.all(DOMAINS_OF_ACCOUNT, of_account=account_id):
            yield {"domain": owned.domain, "added_at": _time(owned.added_at)}

    async def _sign_ins(self) -> AsyncIterator[Item]:
        before = NEWEST
        while entries := await self._database.all(
            SIGN_INS, of_subject=self._subject, before=before, most=_MOST_AT_ONCE
        ):
            for entry in entries:
                yield {
                    "at": _time(entry.at),
                    "result": self._said(result_of(entry)),
                    "methods": [self._said(word) for word in proof_words(entry.factor)],
                    "application": await self._name(entry.client_id) if entry.client_id else "",
                    "browser": entry.browser,
                    "system": entry.system,
                    "city": entry.city,
                    "country": entry.country,
                }
            before = entries[-1].entry_id

    async def _mails(self) -> AsyncIterator[Item]:
        before = NEWEST
        while messages := await self._database.all(
            MESSAGE_LOG_OF_SUBJECT, of_subject=self._subject, before_message=before, of_status=""
        ):
            for message in messages:
                yield {
                    "channel": message.channel,
                    "about": message.template,
                    "to": message.recipient,
                    "written_at": _time(message.created_at),
                    "status": message.status,
                    "finished_at": _time(message.finished_at),
                }
            if len(messages) < MOST_LOGGED:
                return
            before = messages[-1].message_id

    async def _cases(self) -> AsyncIterator[Item]:
        for case in await self._database.all(CASES_OF_SUBJECT, of_subject=self._subject):
            documents = await self._database.all(DOCUMENTS_OF_CASE, of_case=case.case_id)
            yield {
                "reference": case.reference,
                "about": case.kind.value,
                "status": case.status.value,
                "began_at": _time(case.created_at),
                "closed_at": _time(case.closed_at),
                "documents": [
                    {
                        "kind": document.kind,
                        "media_type": document.media_type,
                        "size": document.size,
                        "sent_at": _time(document.created_at),
                        "deleted_at": _time(document.deleted_at),
                    }
                    for document in documents
                ],
            }

    async def _name(self, client_id: str) -> str:
        client = await load_client(self._database, client_id)
        return client.name_in(self.visit.locale) if client else client_id

    def _said(self, message: Message) -> str:
        return self.visit.door.pages.say(message, self.visit.locale)

    @property
    def _database(self) -> Database:
        return self.visit.door.database

    @property
    def _subject(self) -> str:
        return self.visit.person.subject_id


def _text(item: Item) -> str:
    return json.dumps(item, ensure_ascii=False)


def _time(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
