"""oauth2-proxy, which lets people sign in to pages that know nothing of it."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Page, Request

from idp.demo.accounts import PASSWORD
from tests.interop.packages import build_go
from tests.interop.parties import CODE_AND_REFRESH, register
from tests.interop.person import sign_in
from tests.journeys.worlds import Demo
from tests.support.listening import listening
from tests.support.processes import free_port, running

_CAROL = "carol@demo.test"
_COOKIE_SECRET = "0123456789abcdef0123456789abcdef"
_LONGEST_SECONDS = 60


async def _page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A page that believes what the proxy says of who is there."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    said = re.search(r"^X-Forwarded-Email: (.*)\r$", head, re.MULTILINE | re.IGNORECASE)
    body = said[1] if said else "nobody"
    headers = f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close"
    writer.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}".encode())
    await writer.drain()


@pytest.fixture(scope="module")
def program() -> Path:
    return build_go("oauth2-proxy", "github.com/oauth2-proxy/oauth2-proxy/v7")


@contextmanager
def _proxying(program: Path, demo: Demo, page_port: int) -> Iterator[str]:
    """The proxy in front of a page; answers its origin."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    client = register(
        *(demo, "oauth2-proxy"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/oauth2/callback"],
        scope="openid profile email",
        is_first_party=True,
        refresh="session",
    )
    command: list[str | Path] = [
        *(program, "--provider=oidc", f"--oidc-issuer-url={demo.addresses.issuer}"),
        *(f"--client-id={client['client_id']}", f"--client-secret={client['client_secret']}"),
        *(f"--redirect-url={origin}/oauth2/callback", "--code-challenge-method=S256"),
        *("--scope=openid profile email", "--email-domain=*", "--skip-provider-button"),
        *(f"--http-address=127.0.0.1:{port}", f"--upstream=http://127.0.0.1:{page_port}/"),
        *("--cookie-secure=false", f"--cookie-secret={_COOKIE_SECRET}", "--cookie-refresh=1s"),
    ]
    with running(command, ready=(port, "/ping"), within_seconds=_LONGEST_SECONDS):
        yield origin


async def test_a_page_behind_it_learns_who_signed_in(demo: Demo, program: Path, page: Page) -> None:
    async with listening(_page) as page_port:
        with _proxying(program, demo, page_port) as origin:
            await _visit(demo, page, origin)


async def _visit(demo: Demo, page: Page, origin: str) -> None:
    # Who has not signed in doesn't reach the page, whatever they say of themselves.
    refused = httpx2.get(f"{origin}/", headers={"X-Forwarded-Email": _CAROL}, trust_env=False)
    assert refused.is_redirect
    assert refused.headers["location"].startswith(demo.addresses.issuer)

    await page.goto(origin)
    await sign_in(page, _CAROL, PASSWORD)
    assert await page.inner_text("body") == _CAROL

    # A second later its session has to be renewed, which it does with its refresh token.
    await page.wait_for_timeout(1_100)
    await page.reload()
    assert await page.inner_text("body") == _CAROL

    # Its own session ends, ours stays: the page asks for a sign-in again, which nobody has to type.
    left = await page.goto(f"{origin}/oauth2/sign_out")
    assert left is not None
    assert await page.inner_text("body") == _CAROL
    hops: list[str] = []
    request: Request | None = left.request
    while request is not None:
        hops.append(request.url.partition("?")[0])
        request = request.redirected_from
    assert f"{demo.addresses.issuer}/authorize" in hops
