"""The main way through the front door in Debian's Firefox, before a real `idp demo`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.demo.accounts import PASSWORD
from idp.demo.addresses import Addresses
from tests.interop.firefox import ENTER, TAB, Firefox, open_firefox
from tests.journeys.mailbox import Mailbox
from tests.support.processes import free_base, running


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[Addresses]:
    """A running demo world."""
    found = Addresses(port=free_base())
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "idp",
        "demo",
        "--port",
        str(found.port),
        "--data-dir",
        tmp_path / "demo",
    ]
    with running(command, ready=f"ready {found.issuer}", within_seconds=60):
        yield found


async def _sign_in(firefox: Firefox, addresses: Addresses, identifier: str, password: str = PASSWORD) -> None:
    await firefox.wait_for(f"{addresses.issuer}/sign-in/", "#login")
    await firefox.type("#login [autocomplete~=username]", identifier)
    await firefox.type("#login [autocomplete~=current-password]", password)
    await firefox.click("#login [name=action][value=continue]")


async def _enter_code(firefox: Firefox, addresses: Addresses) -> None:
    """What was mailed to Alice, because this browser is new."""
    await firefox.wait_for(f"{addresses.issuer}/sign-in/", "#email-code")
    code = await Mailbox(origin=addresses.mailbox).code("alice@demo.test")
    await firefox.type("#email-code [autocomplete~=one-time-code]", code)
    await firefox.click("#email-code [name=action][value=continue]")


async def _sign_out(firefox: Firefox, addresses: Addresses) -> None:
    await firefox.click("details.menu summary")
    await firefox.click("#sign-out [name=action]")
    await firefox.wait_for(f"{addresses.manager}/signed-out")


async def test_customer_signs_in_to_everything_and_out_again(addresses: Addresses, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    async with open_firefox(profile) as firefox:
        for identifier, is_new in (("aa11111-ovh", True), ("alice@demo.test", False)):
            await firefox.open(f"{addresses.manager}/")
            await firefox.click("a.primary")
            await _sign_in(firefox, addresses, identifier)
            if is_new:
                await _enter_code(firefox, addresses)
            await firefox.wait_for(f"{addresses.manager}/", "details.menu")
            assert await firefox.text("h1") == "Bienvenue, Alice Martin"
            await firefox.click("details.menu summary")
            menu = await firefox.text("details.menu .sheet")
            assert menu.index("alice@demo.test") < menu.index("aa11111-ovh")
            await firefox.open(f"{addresses.second}/login")
            await firefox.wait_for(f"{addresses.second}/", "details.menu")
            assert await firefox.text("details.menu summary") == "Alice Martin"
            await firefox.open(f"{addresses.manager}/")
            await _sign_out(firefox, addresses)
            await firefox.open(f"{addresses.second}/silent")
            await firefox.wait_for(f"{addresses.second}/callback", "#error-code")
            assert await firefox.text("#error-code") == "login_required"


async def test_wrong_password_and_the_way_back(addresses: Addresses, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    async with open_firefox(profile) as firefox:
        await firefox.open(f"{addresses.manager}/login")
        await firefox.wait_for(f"{addresses.issuer}/sign-in/", "#login")
        # Without a window Firefox gives a page the focus when it likes; the journeys check that the field asks for it.
        await firefox.type("#username", f"aa11111-ovh{TAB}wrong horse battery{ENTER}")
        await firefox.wait_for(f"{addresses.issuer}/sign-in/", ".summary")
        assert await firefox.evaluate("document.activeElement.matches('.summary')")
        await firefox.type("#login [autocomplete~=current-password]", f"{PASSWORD}{ENTER}")
        await _enter_code(firefox, addresses)
        await firefox.wait_for(f"{addresses.manager}/", "details.menu")
        await firefox.back()
        await firefox.wait_for(f"{addresses.manager}/", "details.menu")
