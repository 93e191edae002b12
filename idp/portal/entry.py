"""`/auth/`: the entry link of the control panel, and of whatever links to it from elsewhere.

`ovhSubsidiary` picks language, brand, and the country that a sign-up begins with; then the browser goes to an
application's `initiate_login_uri` (OpenID Connect Core §4, third-party initiated login), which begins the sign-in
itself. `onsuccess`, or else `from`, becomes its `target_link_uri` if it is a place of that application
(`clients/places.py`); anything else that is unknown counts as not said. Signing out is left to `/logout`, which asks
first: a link must sign nobody out.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.clients.places import Places
from idp.config.brands import Subsidiary
from idp.login.front_door import FrontDoor
from idp.spec.redirect_response import with_query
from idp.web.cookies import Cookie
from idp.web.locale import choose_locale

SIGN_UP_PATH = "/sign-up"
_PATHS = ("/auth", "/auth/")
_SIGN_UP_PATHS = ("/auth/signup/new", "/auth/signup/new/")
_HOME = "/account"


def entry_routes(door: FrontDoor, places: Places) -> list[BaseRoute]:
    entry = EntryLink(door=door, places=places)
    return [
        *(Route(path, entry.answer, methods=["GET"]) for path in _PATHS),
        *(Route(path, entry.sign_up, methods=["GET"]) for path in _SIGN_UP_PATHS),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    door: FrontDoor
    places: Places

    async def answer(self, request: Request) -> Response:
        """GET `/auth/`. Whatever `action` it names: only signing out is something else than signing in."""
        if request.query_params.get("action") == "disconnect":
            return self._on(request, await self._sign_out_url(request))
        return self._on(request, await self._sign_in_url(request))

    async def sign_up(self, request: Request) -> Response:
        """GET `/auth/signup/new/`. Its `lang` counts where the subsidiary is unknown."""
        return self._on(request, SIGN_UP_PATH)

    async def _sign_in_url(self, request: Request) -> str:
        now = self.door.clock.now()
        home = self._home_client(request)
        onsuccess, came_from = (request.query_params.get(name, "") for name in ("onsuccess", "from"))
        client = await self.places.find(onsuccess, now)
        target = onsuccess if client is not None and client.initiate_login_uri else ""
        if not target:
            client = await self.door.clients.find(home, now) if home else None
            target = came_from if home and await self.places.find(came_from, now, client_id=home) else ""
        if client is None or not client.initiate_login_uri:
            return _HOME
        parameters = {"iss": self.door.settings.issuer}
        if target:
            parameters["target_link_uri"] = target
        if language := self._language(request):
            parameters["ui_locales"] = language
        return with_query(client.initiate_login_uri, parameters)

    async def _sign_out_url(self, request: Request) -> str:
        onsuccess = request.query_params.get("onsuccess", "")
        is_ours = await self.places.find(onsuccess, self.door.clock.now()) is not None
        asked = {"onsuccess": onsuccess if is_ours else "", "ui_locales": self._language(request)}
        parameters = urlencode({name: value for name, value in asked.items() if value})
        return f"/logout?{parameters}" if parameters else "/logout"

    def _on(self, request: Request, location: str) -> Response:
        """Off to `location`, with what the subsidiary says remembered. It outweighs an earlier choice, as a language in
        the footer will outweigh it: the latest counts.
        """
        response = Response(status_code=303, headers={"location": location, "cache-control": "no-store"})
        if language := self._language(request):
            self.door.cookies.set(response, Cookie.LANGUAGE, language)
        if subsidiary := self._subsidiary(request):
            self.door.cookies.set(response, Cookie.SUBSIDIARY, subsidiary.code.lower())
        return response

    def _language(self, request: Request) -> str:
        """The language that the link asks for, if we speak it; else empty."""
        subsidiary = self._subsidiary(request)
        wished = subsidiary.language if subsidiary else request.query_params.get("lang", "")
        return choose_locale(offered=self.door.settings.language.offered, default="", choice=wished)

    def _home_client(self, request: Request) -> str:
        pages = self.door.pages
        return pages.subsidiaries.brand_of(self._subsidiary(request) or pages.subsidiary(request)).home_client

    def _subsidiary(self, request: Request) -> Subsidiary | None:
        return self.door.pages.subsidiaries.named(request.query_params.get("ovhSubsidiary", ""))
