"""The authorization endpoint: RFC 6749 §3.1 and §4.1.1, OpenID Connect Core §3.1.2.

Until the redirect URI is trusted an error is a page, afterwards a redirect with `state` and `iss`. Of a request object
(§6, RFC 9101) only what was verified is trusted, and of a pushed request (RFC 9126) all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.browser_state import show_browser_state
from idp.login.dispatch import Issue, silent_error
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import begin
from idp.oauth.asked import (
    Asked,
    Untrusted,
    check_asked,
    check_redirect_uri,
    kept_parameters,
    known_client,
)
from idp.oauth.interactive import SignInPages
from idp.oauth.posted import ask_again, read_request
from idp.oauth.pushed import find_pushed, is_pushed
from idp.oauth.reply import error_reply, send
from idp.oauth.request_object import BY_REFERENCE, BY_VALUE, RequestObjects
from idp.oauth.untrusted import untrusted_page
from idp.records.client import Client
from idp.records.interaction import InteractionKind
from idp.records.pushed_request import PushedRequest
from idp.records.session import SignedIn
from idp.spec.errors import InvalidRequest, LoginRequired, ProtocolError
from idp.web.forms import Parameters

_REPEATABLE = frozenset({"resource"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeEndpoint:
    door: FrontDoor
    pages: SignInPages
    objects: RequestObjects

    async def answer(self, request: Request) -> Response:
        issuer = self.door.settings.issuer
        sent = await read_request(self.door.pages, request, issuer=issuer)
        if isinstance(sent, Response):
            return sent
        now = self.door.clock.now()
        try:
            _check_not_repeated(sent, "client_id", "redirect_uri")
            client = await known_client(sent, self.door.clients, now)
            try:
                parameters, pushed_id = await self._resolved(sent, client, now)
            except ProtocolError as error:
                return self._told(request, sent, client, error)
            check_redirect_uri(parameters, client)
        except Untrusted as error:
            raise untrusted_page(self.door.settings, error) from error
        try:
            asked = await check_asked(
                parameters,
                client,
                settings=self.door.settings,
                database=self.door.database,
                keyring=self.pages.mint.keyring,
                now=now,
                pushed_id=pushed_id,
            )
            return await self._answer(request, asked, sent, kept_parameters(parameters), now)
        except ProtocolError as error:
            return send(self.door.pages, request, error_reply(issuer, parameters, error))

    async def _resolved(
        self, sent: Parameters, client: Client, now: int
    ) -> tuple[dict[str, str], str | None]:
        """What is asked, wherever it is written, and the pushed request that it is, if it is one. Raises PageError, or
        a ProtocolError.
        """
        if is_pushed(sent.get(BY_REFERENCE, "")):
            pushed = await self._pushed(sent, client, now)
            return dict(pushed.parameters), pushed.request_id
        if self.door.settings.requests.require_pushed or client.require_pushed_authorization_requests:
            raise InvalidRequest("this request has to be pushed first")  # RFC 9126 §5 and §6.
        if repeated := sent.repeated(allowed=_REPEATABLE):
            raise InvalidRequest(f"{repeated} is sent more than once")
        resources = sent.all("resource")
        beside = {**sent, "resource": " ".join(resources)} if resources else sent
        parameters = await self.objects.resolve(beside, client, now)
        kept_parameters(parameters)
        return parameters, None

    async def _pushed(self, sent: Parameters, client: Client, now: int) -> PushedRequest:
        """RFC 9126 §4: what is beside it doesn't count, but two requests at once are none."""
        if BY_VALUE in sent or sent.all(BY_REFERENCE) != [sent[BY_REFERENCE]]:
            raise InvalidRequest("request and request_uri are sent both, or one of them twice")
        return await find_pushed(
            self.door.database, sent[BY_REFERENCE], client, settings=self.door.settings, now=now
        )

    def _told(self, request: Request, sent: Parameters, client: Client, error: ProtocolError) -> Response:
        """What is wrong with an object is told to the redirect URI beside it. Raises Untrusted, for what is in the
        object can't be believed.
        """
        try:
            check_redirect_uri(sent, client)
        except Untrusted as fault:
            raise Untrusted(f"{error.description}; {fault.reason}", client=client) from error
        return send(self.door.pages, request, error_reply(self.door.settings.issuer, sent, error))

    async def _answer(
        self, request: Request, asked: Asked, sent: Parameters, kept: Mapping[str, str], now: int
    ) -> Response:
        signed_in = await self.door.signed_in(request, now)
        step = await self.pages.first_step(asked, signed_in, now)
        if asked.request.is_silent and (error := silent_error(step)):
            raise error
        if isinstance(step, Issue):
            return await self._issue(request, asked, sent, step.signed_in, now)
        browser = self.door.browser(request) or self.door.new_browser()
        path = await begin(
            self.door,
            browser=browser,
            kind=InteractionKind.AUTHORIZATION,
            parameters=kept,
            pushed_id=asked.pushed_id,
            now=now,
        )
        return with_browser(self.door, RedirectResponse(path, 303), browser)

    async def _issue(
        self, request: Request, asked: Asked, sent: Parameters, signed_in: SignedIn, now: int
    ) -> Response:
        reply, effects = await self.pages.granted(request, asked, signed_in, now)
        if await self.door.database.apply(effects):
            response = send(self.door.pages, request, reply)
            return show_browser_state(self.door, request, response, signed_in.session)
        # The session ended between loading and issuing; or a pushed request was answered elsewhere, as we shall see.
        if asked.request.is_silent and asked.pushed_id is None:
            raise LoginRequired("the person has signed out")
        return ask_again(self.door.pages, request, sent)


def _check_not_repeated(sent: Parameters, *names: str) -> None:
    for name in names:
        if sum(name == other for other, _ in sent.pairs) > 1:
            raise Untrusted(f"{name} is sent more than once")
