"""The authorization endpoint: RFC 6749 §3.1 and §4.1.1, OpenID Connect Core §3.1.2.

Until the redirect URI is trusted an error is a page, afterwards a redirect with `state` and `iss`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.browser_state import show_browser_state
from idp.login.dispatch import Issue, silent_error
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import begin
from idp.oauth.asked import Asked, Untrusted, check_asked, trusted_client
from idp.oauth.interactive import SignInPages
from idp.oauth.reply import error_reply, send
from idp.oauth.untrusted import UNTRUSTED, untrusted_page
from idp.records.interaction import InteractionKind
from idp.records.session import SignedIn
from idp.spec.authorization_request import KEPT_PARAMETERS
from idp.spec.errors import InvalidRequest, LoginRequired, ProtocolError
from idp.web.errors import PageError
from idp.web.forms import Parameters, query_parameters, read_parameters

_REPEATABLE = frozenset({"resource"})
# Strangers choose what an interaction stores.
_LONGEST_QUERY = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeEndpoint:
    door: FrontDoor
    pages: SignInPages

    async def answer(self, request: Request) -> Response:
        if request.method == "POST":
            return await _as_get(request)
        if len(request.scope["query_string"]) > _LONGEST_QUERY:
            raise PageError(UNTRUSTED, reason="authorization request is too long")
        now = self.door.clock.now()
        sent = query_parameters(request)
        try:
            _check_not_repeated(sent, "client_id", "redirect_uri")
            client = await trusted_client(sent, self.door.clients, now)
        except Untrusted as error:
            raise untrusted_page(self.door.settings, error) from error
        try:
            if repeated := sent.repeated(allowed=_REPEATABLE):
                raise InvalidRequest(f"{repeated} is sent more than once")
            parameters = _kept(sent)
            asked = await check_asked(
                {**sent, **parameters},
                client,
                settings=self.door.settings,
                database=self.door.database,
                keyring=self.pages.mint.keyring,
                now=now,
            )
            return await self._answer(request, asked, parameters, now)
        except ProtocolError as error:
            return send(self.door.pages, request, error_reply(self.door.settings.issuer, sent, error))

    async def _answer(
        self, request: Request, asked: Asked, parameters: Mapping[str, str], now: int
    ) -> Response:
        signed_in = await self.door.signed_in(request, now)
        step = await self.pages.first_step(asked, signed_in, now)
        if asked.request.is_silent and (error := silent_error(step)):
            raise error
        if isinstance(step, Issue):
            return await self._issue(request, asked, step.signed_in, now)
        browser = self.door.browser(request) or self.door.new_browser()
        path = await begin(
            self.door, browser=browser, kind=InteractionKind.AUTHORIZATION, parameters=parameters, now=now
        )
        return with_browser(self.door, RedirectResponse(path, 303), browser)

    async def _issue(self, request: Request, asked: Asked, signed_in: SignedIn, now: int) -> Response:
        reply, effects = await self.pages.granted(request, asked, signed_in, now)
        if await self.door.database.apply(effects):
            response = send(self.door.pages, request, reply)
            return show_browser_state(self.door, request, response, signed_in.session)
        # The session ended between loading and issuing.
        if asked.request.is_silent:
            raise LoginRequired("the person has signed out")
        return RedirectResponse(f"/authorize?{request.url.query}", 303)


async def _as_get(request: Request) -> Response:
    """A request by POST (Core §3.1.2.1), asked again by GET: another site's post carries no Lax cookies, so it would
    find nobody signed in.
    """
    sent = await read_parameters(request)
    query = urlencode(sent.pairs)
    if len(query) > _LONGEST_QUERY:
        raise PageError(UNTRUSTED, reason="posted authorization request is too long")
    return RedirectResponse(f"/authorize?{query}", 303)


def _kept(sent: Parameters) -> dict[str, str]:
    """What an interaction stores of the request."""
    kept = {name: sent[name] for name in KEPT_PARAMETERS if name in sent}
    if resources := sent.all("resource"):
        kept["resource"] = " ".join(resources)
    return kept


def _check_not_repeated(sent: Parameters, *names: str) -> None:
    for name in names:
        if sum(name == other for other, _ in sent.pairs) > 1:
            raise Untrusted(f"{name} is sent more than once")
