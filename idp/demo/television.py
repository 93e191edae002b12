"""The demo's television: a device without a keyboard, at `/television` of the second application. RFC 8628.

It shows a code and a QR code, and looks every few seconds whether somebody has answered on their telephone. Its page
reloads by itself, without a script, as what a simple device does.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo.addresses import Addresses
from idp.demo.relying_party import RelyingParty

PATH = "/television"
CLIENT_ID = "television"

_log = logging.getLogger(__name__)
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_SCOPE = "openid profile"
_AGENT = "Demo-Television/1.0"
_MOST = 100
_NUMBER_BYTES = 12
_SLOWER_SECONDS = 5
# Whole seconds are counted here, and the answer to a question takes its time.
_SPARE_SECONDS = 1


@dataclass(slots=True, kw_only=True)
class Screen:
    """What one television shows. `outcome` is an error code, or empty; `name` is whose it became."""

    codes: dict[str, Any] = field(repr=False)
    interval: int
    ask_at: int
    outcome: str = ""
    name: str = ""

    @property
    def is_waiting(self) -> bool:
        return not self.outcome and not self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Television:
    """Many televisions in one: each screen has an address. The oldest go out."""

    party: RelyingParty
    addresses: Addresses
    screens: OrderedDict[str, Screen] = field(default_factory=OrderedDict)

    def routes(self) -> Sequence[Route]:
        return (
            Route(PATH, self.off),
            Route(PATH, self.turn_on, methods=["POST"]),
            Route(f"{PATH}/{{number}}", self.show),
        )

    async def off(self, request: Request) -> Response:
        return self.party.page(request, "television.html", screen=None, drawing="")

    async def turn_on(self, request: Request) -> Response:
        """Ask for codes (§3.1). The client is public, so its name is all that it sends."""
        try:
            codes = await self._post("device_authorization_endpoint", {"scope": _SCOPE})
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            _log.warning("the television got no code: %s", error)
            codes = {}
        if "device_code" not in codes:
            return self._page(request, Screen(codes={}, interval=0, ask_at=0, outcome="unreachable"))
        interval = int(codes.get("interval", 5))
        number = self.party.entropy.token_bytes(_NUMBER_BYTES).hex()
        ask_at = self.party.clock.now() + interval + _SPARE_SECONDS
        self.screens[number] = Screen(codes=codes, interval=interval, ask_at=ask_at)
        while len(self.screens) > _MOST:
            self.screens.popitem(last=False)
        return RedirectResponse(f"{PATH}/{number}", status_code=303)

    async def show(self, request: Request) -> Response:
        """The code, until somebody has answered; then whose television it is."""
        screen = self.screens.get(request.path_params["number"])
        if screen is None:
            return RedirectResponse(PATH, status_code=303)
        now = self.party.clock.now()
        if screen.is_waiting and now >= screen.ask_at:
            screen.ask_at = now + screen.interval + _SPARE_SECONDS
            try:
                await self._ask(screen)
            except (httpx2.HTTPError, ValueError, KeyError) as error:
                _log.warning("the television got no answer: %s", error)
        response = self._page(request, screen)
        if screen.is_waiting:
            response.headers["Refresh"] = str(screen.interval)
        return response

    async def _ask(self, screen: Screen) -> None:
        """Ask once more (§3.4). What a device may be told while it waits is no outcome (§3.5)."""
        form = {"grant_type": _GRANT_TYPE, "device_code": screen.codes["device_code"]}
        answer = await self._post("token_endpoint", form)
        match answer.get("error"):
            case None:
                screen.name = await self._whose(str(answer["access_token"]))
            case "authorization_pending":
                pass
            case "slow_down":
                screen.interval += _SLOWER_SECONDS
                screen.ask_at += _SLOWER_SECONDS
            case error:
                screen.outcome = str(error)

    async def _whose(self, access_token: str) -> str:
        metadata = await self._metadata()
        async with _http() as http:
            headers = {"Authorization": f"Bearer {access_token}"}
            response = await http.get(metadata["userinfo_endpoint"], headers=headers)
            return str(response.raise_for_status().json()["name"])

    async def _post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        metadata = await self._metadata()
        async with _http() as http:
            response = await http.post(metadata[endpoint], data={"client_id": CLIENT_ID, **form})
            answer: dict[str, Any] = response.json()
            return answer

    async def _metadata(self) -> dict[str, str]:
        async with _http() as http:
            response = await http.get(f"{self.addresses.issuer}/.well-known/oauth-authorization-server")
            members: dict[str, str] = response.raise_for_status().json()
            return members

    def _page(self, request: Request, screen: Screen) -> Response:
        return self.party.page(request, "television.html", screen=screen, drawing=drawing_of(screen))


def _http() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, verify=False, timeout=10, headers={"user-agent": _AGENT})


def drawing_of(screen: Screen) -> Markup:
    """The address with the code, as a QR code; empty once somebody has answered. Light ground, in dark pages too."""
    address = str(screen.codes.get("verification_uri_complete", ""))
    if not address or not screen.is_waiting:
        return Markup()
    drawing = segno.make(address, error="m", micro=False).svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None
    )
    return Markup(drawing)  # noqa: S704 - it is made of numbers alone.
