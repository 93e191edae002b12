"""What relying parties that we did not write are tried against, and a browser that accepts its certificate."""

import itertools
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

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
from tests.support.browser import FLAGS
from tests.support.postgresql import Cluster
from tests.support.programs import CHROMIUM, NODE, NPM

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
    """The command that starts the relying party on openid-client, installed as its lock says."""
    folder = Path(__file__).with_name("openid-client")
    command: list[str | Path] = [NPM.get(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"npm ci failed in {folder}; it needs a package registry:\n{done.stderr}")
    return [NODE.get(), folder / "relying-party.mjs"]
