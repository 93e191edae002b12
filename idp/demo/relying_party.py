"""An application that signs people in with our issuer: the manager and the second one are this, told apart by data.

`/login` is also the `initiate_login_uri` (OpenID Connect Core §4). `provider.py` talks to the issuer, `visits.py`
remembers browsers.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx2
from authlib.integrations.starlette_client import OAuthError
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.demo.invoices import Invoice, fetch_invoices
from idp.demo.pages import DemoPages
from idp.demo.provider import Provider, Registration
from idp.demo.visits import SignedIn, Visit, Visits, visit_of
from idp.demo.words import LANGUAGES, language_of
from idp.records.ports import Clock, Entropy
from idp.web.forms import read_parameters
from idp.web.redirect import is_local_path

_log = logging.getLogger(__name__)
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_LONGEST_HINT = 320
_STATE_BYTES = 24
_NOT_KEPT = {"cache-control": "no-store"}

MorePages = Callable[["RelyingParty"], Sequence[Route]]
"""Pages that one application has beyond the others'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What tells one application from the other. `word` prefixes its own sentences in `words.py`."""

    registration: Registration
    word: str
    cookie: str
    accent: str
    accent_dark: str
    api: str
    shows_invoices: bool
    neighbour: str


def create_relying_party(
    application: Application, *, clock: Clock, entropy: Entropy, more: Sequence[MorePages] = ()
) -> ASGIApp:
    """The ASGI application of one relying party, with `more` pages of its own."""
    party = RelyingParty(application, clock=clock, entropy=entropy)
    routes = [
        Route("/", party.home),
        Route("/login", party.login),
        Route("/silent", party.silent),
        Route("/callback", party.callback),
        Route("/logout", party.logout, methods=["GET", "POST"]),
        Route("/signed-out", party.signed_out),
        Route("/back-channel-logout", party.told, methods=["POST"]),
        Route("/front-channel-logout", party.told_in_frame),
        Route("/demo.css", party.pages.style),
        *(route for pages in more for route in pages(party)),
    ]
    starlette = Starlette(routes=routes, exception_handlers={HTTPException: party.not_found})
    party.visits = Visits(starlette, cookie=application.cookie, clock=clock, entropy=entropy)
    return party.visits


class RelyingParty:
    visits: Visits

    def __init__(self, application: Application, *, clock: Clock, entropy: Entropy) -> None:
        self.application = application
        self.pages = DemoPages(
            accent=application.accent,
            accent_dark=application.accent_dark,
            form_target=application.registration.issuer,
        )
        self.provider = Provider(application.registration)
        self.clock = clock
        self.entropy = entropy

    async def home(self, request: Request) -> Response:
        """Greets who is signed in, and invites everybody else."""
        visit = visit_of(request)
        if visit.signed_in is None:
            return self.page(request, "welcome.html")
        signed_in = await self.fresh(visit)
        if signed_in is None:
            return RedirectResponse("/", status_code=303)
        invoices: list[Invoice] | None = None
        if self.application.shows_invoices:
            invoices = await fetch_invoices(self.application.api, str(signed_in.token["access_token"]))
        return self.page(request, "home.html", invoices=invoices)

    async def login(self, request: Request) -> Response:
        """Begins a sign-in. Whoever links here may name the person, a page of ours, a prompt (Core §4), a language."""
        query = request.query_params
        if query.get("iss", self.application.registration.issuer) != self.application.registration.issuer:
            return self.failure(request, "refused", "invalid_issuer", status=400)
        target = self._local(query.get("target_link_uri", "/"))
        asked = "prompt" in query or "login_hint" in query
        if visit_of(request).signed_in and not asked:
            return RedirectResponse(target, status_code=303)
        hints = {}
        if query.get("ui_locales") in LANGUAGES:
            hints["ui_locales"] = query["ui_locales"]
        if query.get("prompt") in _PROMPTS:
            hints["prompt"] = query["prompt"]
        if 0 < len(query.get("login_hint", "")) <= _LONGEST_HINT:
            hints["login_hint"] = query["login_hint"]
        return await self.begin(request, target, hints)

    async def silent(self, request: Request) -> Response:
        """A sign-in that succeeds only where a session exists."""
        return RedirectResponse("/login?prompt=none", status_code=303)

    async def callback(self, request: Request) -> Response:
        """Ends a sign-in: the redirect URI."""
        return await self._guarded(request, lambda: self._complete(request))

    async def _complete(self, request: Request) -> Response:
        signed_in, target = await self.provider.complete(request)
        visit = visit_of(request)
        visit.signed_in = signed_in
        self.visits.renew(visit)
        return RedirectResponse(target, status_code=303)

    async def logout(self, request: Request) -> Response:
        """Asks by GET, since following a link must not sign anyone out; signs out by POST, here and at the issuer.

        No token against forged requests: the cookie is SameSite=Lax, so another site's post arrives signed out.
        """
        visit = visit_of(request)
        if request.method != "POST":
            return self.page(request, "sign-out.html") if visit.signed_in else RedirectResponse("/", 303)
        signed_in, visit.signed_in = visit.signed_in, None
        self.visits.renew(visit)
        locale = language_of(request.headers.get("accept-language", ""))
        response = await self._guarded(request, lambda: self.provider.end(request, signed_in, locale))
        # A form's post must become a GET on its way: 302 leaves that to the browser.
        response.status_code = 303 if response.status_code == 302 else response.status_code
        return response

    async def signed_out(self, request: Request) -> Response:
        """Where the issuer returns to. Anybody may come here by hand, so nothing is claimed without a state."""
        try:
            await self.provider.check_ended(request)
        except OAuthError:
            return self.page(request, "signed-out.html", why="signed_out_here_why")
        return self.page(request, "signed-out.html", why="signed_out_why")

    async def told(self, request: Request) -> Response:
        """The issuer says that a session ended (Back-Channel Logout 1.0 §2.7): what began with it ends here."""
        token = (await read_parameters(request)).get("logout_token", "")
        try:
            sid = await self.provider.ended(token, self.clock.now())
        except (OAuthError, JoseError, ValueError) as error:
            _log.info("a logout token was refused: %s", error)
            return JSONResponse({"error": "invalid_request"}, status_code=400, headers=_NOT_KEPT)
        except httpx2.HTTPError:
            return Response(status_code=503, headers=_NOT_KEPT)
        self.visits.end(sid)
        return Response(headers=_NOT_KEPT)

    async def told_in_frame(self, request: Request) -> Response:
        """The same by the browser, in a frame of the issuer's page (Front-Channel Logout 1.0 §2)."""
        query, visit = request.query_params, visit_of(request)
        sid = query.get("sid", "")
        is_ours = visit.signed_in is not None and bool(sid) and visit.signed_in.sid == sid
        if is_ours and self.provider.is_issuer(query.get("iss", "")):
            visit.signed_in = None
        policy = f"default-src 'none'; frame-ancestors {self.application.registration.issuer}"
        return HTMLResponse("<!doctype html>", headers={**_NOT_KEPT, "content-security-policy": policy})

    async def not_found(self, request: Request, error: Exception) -> Response:
        """Any address that we don't serve."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.failure(request, "not_found", "", status=status)

    async def begin(self, request: Request, target: str, hints: Mapping[str, str]) -> Response:
        languages = {"ui_locales": language_of(request.headers.get("accept-language", ""))}
        state = self.entropy.token_bytes(_STATE_BYTES).hex()
        return await self._guarded(
            request, lambda: self.provider.begin(request, state, target, {**languages, **hints})
        )

    async def fresh(self, visit: Visit) -> SignedIn | None:
        """Who is signed in, with a live access token; None if the issuer ended it meanwhile."""
        async with visit.lock:
            if visit.signed_in is None:
                return None
            try:
                visit.signed_in = await self.provider.refreshed(visit.signed_in, self.clock.now())
            except (OAuthError, JoseError) as error:
                _log.info("the issuer ended a sign-in: %s", error)
                visit.signed_in = None
            except httpx2.HTTPError as error:
                # The name and the menu need no token; the API will say what it needs.
                _log.warning("the issuer does not answer: %s", error)
            return visit.signed_in

    async def _guarded(self, request: Request, act: Callable[[], Awaitable[Response]]) -> Response:
        """`act`, or the page for what stopped it."""
        try:
            return await act()
        except OAuthError as error:
            code = str(error.error)
            _log.info("sign-in refused: %s", error)
            if code == "login_required":
                # The issuer's session is gone, and ours lived on it.
                visit_of(request).signed_in = None
            known = {"login_required": "login_required", "access_denied": "access_denied"}
            reason = known.get(code, "expired" if code == "mismatching_state" else "refused")
            return self.failure(request, reason, code, status=400)
        except JoseError as error:
            _log.warning("a token was refused: %s", error)
            return self.failure(request, "refused", "invalid_token", status=502)
        except httpx2.HTTPError as error:
            _log.warning("the issuer does not answer: %s", error)
            return self.failure(request, "unreachable", "", status=502)

    def _local(self, target: str) -> str:
        path = target.removeprefix(self.application.registration.origin)
        return path if is_local_path(path) else "/"

    def failure(self, request: Request, reason: str, code: str, *, status: int) -> Response:
        return self.page(request, "error.html", status=status, reason=reason, code=code)

    def page(self, request: Request, template: str, *, status: int = 200, **context: object) -> Response:
        return self.pages.render(
            request,
            template,
            status=status,
            application=self.application,
            person=visit_of(request).signed_in,
            **context,
        )
