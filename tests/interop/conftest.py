"""What relying parties that we did not write are tried against, and a browser that accepts its certificate."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.demo.mails import Mails
from idp.demo.smtp import receiving
from idp.web.serving import listen
from tests.interop.authority import Authority, make_authority
from tests.interop.installation import Installation, installed
from tests.interop.packages import install_npm
from tests.journeys.worlds import Demo, demo_world
from tests.support.browser import FLAGS
from tests.support.postgresql import Cluster
from tests.support.programs import CHROMIUM, NODE

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signed the certificates of every server here."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(authority: Authority) -> AsyncIterator[Browser]:
    """A headless Chromium that accepts this one key beside what everybody accepts: other faults of TLS still show."""
    flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={authority.spki}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.get(), args=flags)
        yield browser
        await browser.close()


@pytest.fixture
def installation(tmp_path: Path, cluster: Cluster, authority: Authority) -> Iterator[Installation]:
    """An installation that nobody has touched yet."""
    with installed(tmp_path, cluster, f"interop_{next(_numbers)}", authority) as installation:
        yield installation


@pytest_asyncio.fixture(loop_scope="session")
async def mails(installation: Installation) -> AsyncIterator[Mails]:
    """The mailbox of everybody of the installation, filled by SMTP."""
    mails = Mails(clock=SystemClock(), entropy=SystemEntropy())
    async with receiving([listen("127.0.0.1", installation.mail_port)], mails):
        yield mails


@pytest.fixture(scope="session")
def openid_client() -> list[str | Path]:
    """The command that starts the relying party on openid-client."""
    return [NODE.get(), install_npm("openid-client") / "relying-party.mjs"]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo world where relying parties register themselves, and are reached on this machine. It asks for no code in a
    new browser.
    """
    settings: dict[str, dict[str, Any]] = {
        "risk": {"mode": "observe"},
        "registration": {"mode": "open"},
        "exceptions": {
            "fetch_private_networks": ["127.0.0.0/8"],
            "assertion_audiences": ["issuer", "endpoint"],
        },
    }
    with demo_world(tmp_path_factory.mktemp("interop"), "en-GB", settings) as demo:
        yield demo
