"""What several tests of an application do or read."""

import re

import httpx2

from tests.demo.conftest import Running


def code_of(page: httpx2.Response) -> str:
    """The error code that an error page shows."""
    found = re.search(r'id="error-code">([^<]*)<', page.text)
    return found[1] if found else ""


async def sign_in(running: Running, browser: httpx2.AsyncClient) -> httpx2.Response:
    return await browser.get(f"{running.addresses.manager}/login")
