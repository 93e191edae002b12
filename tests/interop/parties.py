"""Relying parties that others wrote, before a demo world: registered, started, and what they say of themselves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.journeys.worlds import Demo
from tests.support.processes import Running, idp, running

CODE_AND_REFRESH = ("authorization_code", "refresh_token")


def register(demo: Demo, client_id: str, **metadata: Any) -> dict[str, Any]:
    """Register a client with the operator's command; answers it with its secret."""
    file = demo.configuration.with_name(f"{client_id}.json")
    file.write_text(json.dumps({"client_name": client_id, **metadata}))
    return _idp(demo, "client", "create", client_id, "--from-json", str(file))


def initial_access_token(demo: Demo) -> str:
    """What an operator gives to somebody whose application registers itself."""
    token: str = _idp(demo, "client", "token", "create")["token"]
    return token


def _idp(demo: Demo, *command: str) -> dict[str, Any]:
    said = idp(*command, "--json", environment={"IDP_CONFIG": str(demo.configuration)})
    answer: dict[str, Any] = json.loads(said)
    return answer


@contextmanager
def serving(command: Sequence[str | Path], demo: Demo, origin: str, **settings: str) -> Iterator[Running]:
    """A relying party at an origin, until the end of the block."""
    port = origin.rsplit(":", maxsplit=1)[1]
    environment = {"ISSUER": demo.addresses.issuer, "PORT": port, **settings}
    with running(command, ready=f"ready {origin}", environment=environment) as server:
        yield server


def credentials(client: Mapping[str, Any]) -> dict[str, str]:
    return {"CLIENT_ID": client["client_id"], "CLIENT_SECRET": client.get("client_secret", "")}


async def open_(page: Page, address: str) -> Any:
    """Go there, and read where that leads."""
    await page.goto(address)
    return await read(page)


async def read(page: Page) -> Any:
    """The JSON that the tab shows."""
    return json.loads(await page.evaluate("document.body.innerText"))
