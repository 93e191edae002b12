"""`/device/answer`: who asks, from where and for what; the person's answer; and what became of it.

The page's address holds a ticket: which request, sealed for one session by a form token. So it can be loaded again, and
is of no use to anybody else, not even to the device whose request it is.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.login.application import about, host_of
from idp.login.front_door import FrontDoor
from idp.login.scope_words import describe
from idp.login.visit import Visit
from idp.oauth.device.approval import Approving, approve, deny
from idp.oauth.device.authorization import PAGE_PATH
from idp.oidc.sessions import sid_for
from idp.oidc.subjects import sub_for
from idp.records.client import Client
from idp.records.device_request import DeviceRequest
from idp.records.session import Session
from idp.spec.scope import scopes_of
from idp.spec.token_value import is_same
from idp.store.device_requests import DEVICE_REQUEST
from idp.store.grants import ISSUED_BY_FAMILY
from idp.store.sessions import CONSENT

ANSWER_PATH = "/device/answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request, who asks, and the ticket that led here."""

    request: DeviceRequest
    client: Client
    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """One visit of the page."""

    door: FrontDoor
    visit: Visit

    async def load(self) -> Found | None:
        """What the ticket stands for; None where it is not this session's, or the client is gone."""
        ticket = self.visit.request.query_params.get("request", "")
        request_id = ticket.partition(".")[0]
        if not is_same(ticket.encode(), _ticket(self.door, self.visit.session, request_id).encode()):
            return None
        request = await self.door.database.one(DEVICE_REQUEST, of_request=request_id)
        client = await self.door.clients.find(request.client_id, self.visit.now) if request else None
        if request is None or client is None or client.disabled_at is not None:
            return None
        return Found(request=request, client=client, ticket=ticket)

    async def show(self, found: Found) -> Response:
        request, visit = found.request, self.visit
        if not request.is_open(visit.now):
            return await self._outcome(found)
        scopes = scopes_of(request.scope)
        here = self.door.seen(visit.request)
        return visit.render(
            "device/answer.html",
            **self._asking(found),
            form_action=_address(found.ticket),
            csrf_token=self.door.form_token(visit.browser, self._purpose(request)),
            is_unverified=found.client.is_unverified,
            scopes=[describe(scope) for scope in scopes],
            browser=request.browser,
            place=request.place,
            country=request.country,
            is_elsewhere=bool(request.country and here.place.country)
            and request.country != here.place.country,
            here_country=here.place.country,
            asked_at=request.created_at,
            now=visit.now,
        )

    async def submit(self, found: Found) -> Response:
        """One answer counts: of two, or of an answer and the end of the session, the first."""
        visit, request = self.visit, found.request
        form = await self.door.read_form(visit.request, self._purpose(request))
        back = RedirectResponse(_address(found.ticket), 303)
        if not request.is_open(visit.now):
            return back
        match form.get("action"):
            case "allow":
                effects = approve(await self._approving(found), request, found.client, visit.signed_in)
            case "deny":
                effects = deny(await self._approving(found), request, visit.signed_in)
            case _:
                return back
        await self.door.database.apply(effects)
        return back

    async def _outcome(self, found: Found) -> Response:
        """What became of it, for who answered it. To anybody else the code was used already."""
        request = found.request
        family_id = request.family_id
        issued = await self.door.database.one(ISSUED_BY_FAMILY, family_id=family_id) if family_id else None
        if issued is not None and issued.family.subject_id == self.visit.person.subject_id:
            outcome = "allowed"
        elif request.denied_at is not None:
            outcome = "denied"
        else:
            outcome = "used" if request.is_answered else "expired"
        return self.visit.render(
            "device/outcome.html",
            **self._asking(found),
            outcome=outcome,
            again_url=PAGE_PATH,
            is_first_party=found.client.is_first_party,
        )

    def _asking(self, found: Found) -> dict[str, Any]:
        locale = self.visit.locale
        return {
            **about(found.client, locale),
            "application": found.client.name_in(locale),
            "application_host": host_of(found.client.said("client_uri", locale)),
        }

    async def _approving(self, found: Found) -> Approving:
        visit, door = self.visit, self.door
        subject_id = visit.person.subject_id
        return Approving(
            settings=door.settings,
            audit=door.audit,
            entropy=door.entropy,
            occasion=visit.occasion,
            sub=await sub_for(door.database, door.entropy, visit.person, found.client, visit.now),
            sid=sid_for(visit.session, found.client),
            consent=await door.database.one(CONSENT, of_subject=subject_id, of_client=found.client.client_id),
        )

    def _purpose(self, request: DeviceRequest) -> str:
        """Bound to the request and to the session: neither can be changed under a page that is open."""
        return f"{ANSWER_PATH} {request.request_id} {self.visit.session.sid}"


def address_of(door: FrontDoor, session: Session, request: DeviceRequest) -> str:
    """The page about a request, for one session."""
    return _address(_ticket(door, session, request.request_id))


def _ticket(door: FrontDoor, session: Session, request_id: str) -> str:
    return f"{request_id}.{door.form_token(session.session_id, f'{ANSWER_PATH} {request_id}')}"


def _address(ticket: str) -> str:
    return f"{ANSWER_PATH}?{urlencode({'request': ticket})}"
