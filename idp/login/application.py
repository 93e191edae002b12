"""What pages tell of the application that somebody signs in for, in their language, and our copy of its logo."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from idp.clients.logos import Logos, logo_path
from idp.clients.registry import Clients
from idp.records.client import Client
from idp.records.ports import Clock

LOGO_PATH = "/logo/{client_id}/{name}"
_KEPT_SECONDS = 86_400
# One transparent point.
_NOTHING = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


def about(client: Client | None, locale: str) -> dict[str, Any]:
    """The variables of `parts/application.html`; all are empty for one of our own pages."""
    if client is None:
        return dict.fromkeys(("application_url", "application_logo", "policy_url", "terms_url"), "")
    return {
        "application_url": client.said("client_uri", locale),
        "application_logo": logo_path(client, locale),
        "policy_url": client.said("policy_uri", locale),
        "terms_url": client.said("tos_uri", locale),
    }


def host_of(uri: str) -> str:
    """The host as it is registered: in ASCII, where letters that look alike look different."""
    return urlsplit(uri).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoEndpoint:
    """`GET /logo/{client_id}/{name}`. Whoever is shown a page that asks for an application may see its logo."""

    clients: Clients
    logos: Logos
    clock: Clock

    async def answer(self, request: Request) -> Response:
        now = self.clock.now()
        client = await self.clients.find(request.path_params["client_id"], now)
        logo = await self.logos.find(client, request.path_params["name"], now) if client else None
        if logo is None:
            # Browsers show it all the same, instead of the sign of a broken picture.
            return Response(_NOTHING, status_code=404, media_type="image/gif")
        headers = {
            "cache-control": f"public, max-age={_KEPT_SECONDS}",
            "cross-origin-resource-policy": "same-origin",
        }
        return Response(logo.content, media_type=logo.media_type, headers=headers)
