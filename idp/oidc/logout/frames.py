"""Front-channel logout: a hidden frame for each application that the browser signed in to with the session.

OpenID Connect Front-Channel Logout 1.0 §2 and §3. Each gets `iss` and `sid` beside its own query, so that it knows
which of its sessions is meant; browsers that keep other sites' cookies from frames leave it nothing else. The page goes
on by itself when all frames have answered, or after a while.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from idp.clients.registry import Clients
from idp.records.session import Session
from idp.spec.redirect_response import with_query
from idp.store.database import Database
from idp.store.logouts import CLIENTS_OF_SESSION

# Nobody waits for more; the rest is what back-channel logout is for.
_MOST = 50
SECONDS = 5
"""How long the page waits without scripts; they wait less."""
# What goes into a policy: a registered address might hold what would end one directive and begin another.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    issuer: str
    database: Database
    clients: Clients

    async def of(self, session: Session, now: int) -> tuple[str, ...]:
        """The addresses to open when a session ends in this browser."""
        found = []
        for party in await self.database.all(CLIENTS_OF_SESSION, of_session=session.session_id):
            client = await self.clients.find(party.client_id, now)
            uri = client.frontchannel_logout_uri if client else ""
            if _origin(uri) and "#" not in uri:
                found.append(with_query(uri, {"iss": self.issuer, "sid": party.sid}))
        return tuple(found[:_MOST])


def allow(response: Response, frames: Sequence[str], continue_url: str) -> None:
    """Let a page show exactly these origins, and go on without scripts too."""
    origins = " ".join(sorted({_origin(uri) for uri in frames}))
    response.headers["content-security-policy"] += f"; frame-src {origins}"
    if continue_url:
        response.headers["refresh"] = f"{SECONDS};url={continue_url}"


def _origin(uri: str) -> str:
    """Empty where it is none that a frame may show."""
    parts = urlsplit(uri)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return origin if _ORIGIN.fullmatch(origin) else ""
