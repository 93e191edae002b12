"""`/device`: where a person enters what their device shows, sees who asks and from where, and answers. RFC 8628 §3.3.

Whoever can be made to enter a stranger's code gives the stranger their account (§5.4). So the code is always looked at
before the answer, the page names where it was asked from, and no consent of before speaks for the person.
Nobody guesses without an account: the page needs a sign-in first, and a try is spent before a code is compared.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.demand import Demand
from idp.login.dispatch import Issue, next_step
from idp.login.front_door import FrontDoor
from idp.login.interaction import begin_local
from idp.login.visit import Visit, browser_of
from idp.oauth.device.answering import ANSWER_PATH, Answering, address_of
from idp.oauth.device.authorization import PAGE_PATH
from idp.oauth.device.user_codes import find_request
from idp.records.client import Client
from idp.records.device_request import DeviceRequest
from idp.records.event import Event, EventType
from idp.records.session import SignedIn
from idp.spec.user_code import LONGEST_TYPED, read_user_code, shown
from idp.store.factors import STANDING
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie
from idp.web.locale import Message

_UNKNOWN = Message(
    "No device waits with this code. Compare it with the one on the device, or let it show a new one."
)
_UNREADABLE = Message("A device’s code has eight letters. Enter it as the device shows it.")
_MISSING = Message("Enter the code that the device shows.")
# From a sign-in to the answer, somebody types a code and reads who asks.
_ANSWERED_WITHIN_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePages:
    door: FrontDoor

    def routes(self) -> list[Route]:
        return [
            Route(PAGE_PATH, self.enter, methods=["GET", "POST"]),
            Route(ANSWER_PATH, self.answer, methods=["GET", "POST"]),
        ]

    async def enter(self, request: Request) -> Response:
        """GET and POST `/device`: the code. An address that brings one (§3.3.1) only fills it in."""
        visit = await self._visit(request, PAGE_PATH)
        if isinstance(visit, Response):
            return visit
        if request.method == "POST":
            return await self._compare(visit)
        code = _brought(request) or read_user_code(self._kept(request)) or ""
        return self._page(visit, typed=shown(code) if code else "")

    async def answer(self, request: Request) -> Response:
        """GET and POST `/device/answer`: who asks, and the person's answer; later what became of it."""
        visit = await self._visit(request, ANSWER_PATH)
        if isinstance(visit, Response):
            return visit
        answering = Answering(door=self.door, visit=visit)
        found = await answering.load()
        if found is None:
            return RedirectResponse(PAGE_PATH, 303)
        if (raising := await self._raising(visit, found.client)) is not None:
            return raising
        if request.method == "POST":
            return await answering.submit(found)
        return await answering.show(found)

    async def _visit(self, request: Request, path: str) -> Visit | Response:
        """Who is signed in, or the way there, which leads back to the code and keeps one that was brought."""
        now = self.door.clock.now()
        signed_in = await self.door.signed_in(request, now)
        if signed_in is not None:
            browser = browser_of(self.door, request)
            return Visit(
                door=self.door, request=request, path=path, signed_in=signed_in, browser=browser, now=now
            )
        if request.method == "POST":
            # Another site's post carries no Lax cookie, and must not replace any.
            return RedirectResponse(PAGE_PATH, 303)
        response = await begin_local(self.door, request, PAGE_PATH, now)
        if code := _brought(request):
            self._keep(response, code)
        return response

    async def _compare(self, visit: Visit) -> Response:
        """Spend a try, then look the code up: what was not looked for is not told from what is not there."""
        form = await visit.read_form()
        typed = form.get("user_code", "")[:LONGEST_TYPED]
        code = read_user_code(typed)
        if code is None:
            return self._page(visit, typed=typed, error=_UNREADABLE if typed.strip() else _MISSING)
        throttle, circumstances = self.door.throttle, circumstances_of(visit.request)
        keys = throttle.user_code_keys(circumstances, visit.person.subject_id)
        if wait := await throttle.spend(keys, visit.now):
            return self._page(visit, typed=typed, wait=wait)
        request = await find_request(self.door.database, self.door.secrets, code)
        client = await self.door.clients.find(request.client_id, visit.now) if request else None
        is_waiting = request is not None and request.is_open(visit.now)
        if request is None or client is None or client.disabled_at is not None or not is_waiting:
            await self.door.database.apply([self._failed(visit)])
            return self._page(visit, typed=typed, error=_UNKNOWN)
        await self.door.database.apply(throttle.give_back(keys))
        return await self._led_on(visit, request, client, code)

    async def _led_on(self, visit: Visit, request: DeviceRequest, client: Client, code: str) -> Response:
        if (raising := await self._raising(visit, client)) is not None:
            self._keep(raising, code)
            return raising
        response = RedirectResponse(address_of(self.door, visit.session, request), 303)
        self.door.cookies.expire(response, Cookie.USER_CODE)
        return response

    async def _raising(self, visit: Visit, client: Client) -> Response | None:
        """To the sign-in once more, where the client's own sign-ins ask for more than this session has."""
        demand = _demand(client)
        if await _meets(self.door, visit.signed_in, demand, visit.now):
            return None
        return await begin_local(
            self.door, visit.request, PAGE_PATH, visit.now, max_age=demand.max_age, acr=demand.acr
        )

    def _failed(self, visit: Visit) -> Effect:
        event = Event(
            type=EventType.USER_CODE_FAILED,
            outcome="failure",
            actor=visit.occasion.actor,
            subject_id=visit.person.subject_id,
            session_id=visit.session.session_id,
        )
        return self.door.audit.effect(event, visit.occasion.circumstances, now=visit.now)

    def _kept(self, request: Request) -> str:
        return self.door.cookies.read(request, Cookie.USER_CODE) or ""

    def _keep(self, response: Response, code: str) -> None:
        lifetime = self.door.settings.device_authorization.lifetime_seconds
        self.door.cookies.set(response, Cookie.USER_CODE, code, max_age_seconds=lifetime)

    def _page(self, visit: Visit, *, typed: str, error: Message | None = None, wait: int = 0) -> Response:
        errors = {"user_code": error} if error else {}
        if wait:
            errors = {"form": _many(wait)}
        return visit.render(
            "device/code.html",
            status=429 if wait else 422 if error else 200,
            headers={"Retry-After": str(wait)} if wait else None,
            **visit.form(),
            typed=typed,
            errors=errors,
        )


def _demand(client: Client) -> Demand:
    """What the client's own sign-ins ask for. A `default_max_age` of 0 would never be met by who then types a code."""
    max_age = client.default_max_age
    return Demand(
        acr=client.minimum_acr, max_age=None if max_age is None else max(max_age, _ANSWERED_WITHIN_SECONDS)
    )


def _brought(request: Request) -> str:
    return read_user_code(request.query_params.get("user_code", "")) or ""


async def _meets(door: FrontDoor, signed_in: SignedIn, demand: Demand, now: int) -> bool:
    standing = await door.database.one(STANDING, of_subject=signed_in.person.subject_id)
    step = next_step(demand, signed_in, None, standing=standing, consent=None, rules=door.rules, now=now)
    return isinstance(step, Issue)


def _many(wait: int) -> Message:
    return Message(
        "Many codes were asked for or tried. Wait %(wait)s, then try again.",
        {"wait": timedelta(seconds=wait)},
    )
