"""A new password by a link: whoever knew the old one may have let something in, and its owner is told of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.config.delegation import Delegation
from tests.portal.pressing import press
from tests.portal.ways_back import choose, mailed_link
from tests.support.delegating import BOB, ask, signed_in
from tests.support.mail import Mail, delivered
from tests.support.service_accounts import OFFERED, make, one_path, shown
from tests.support.world import World, open_world, settings_for


@pytest.fixture
async def acting_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house whose customers may have service accounts, and let others act."""
    settings = replace(
        settings_for(database_url, tmp_path),
        service_accounts=OFFERED,
        delegation=Delegation(enabled=True, scopes=("invoices:read",)),
    )
    async with open_world(settings) as world:
        yield world


async def reset(world: World) -> tuple[str, Mail]:
    """The page and the mail of a new password."""
    link = await mailed_link(world)
    page = await choose(world.browser(), link)
    assert page.status_code == 200
    [mail] = [mail for mail in await delivered(world) if "password was changed" in mail.subject]
    return page.text, mail


async def test_whoever_takes_the_account_back_learns_what_goes_on(acting_world: World) -> None:
    browser = await signed_in(acting_world)
    await ask(browser)
    for name in ("Invoices", "Backup"):
        shown(await make(browser, name=name, is_signed_in=True))

    page, mail = await reset(acting_world)

    for said in (page, mail.text, mail.html):
        assert "2 service accounts can work with your account" in said
        assert "1 other account may act for yours" in said
        assert "/account/applications" in said
        assert "/account/delegations" in said
        assert "whoever knew your old password may have let it in" in said
        # Nothing of what a thief wrote.
        assert "Invoices" not in said
        assert BOB not in said
    assert "/not-me/" in mail.text


async def test_what_does_nothing_is_not_counted(acting_world: World) -> None:
    browser = await signed_in(acting_world)
    client_id, _ = shown(await make(browser, is_signed_in=True))
    await press(browser, await browser.get(one_path(client_id)), "service-account-switch", "turn-off")

    page, mail = await reset(acting_world)

    for said in (page, mail.text, mail.html):
        assert "without your password" not in said


async def test_where_nobody_may_act_nothing_is_said(world: World) -> None:
    page, mail = await reset(world)
    assert "without your password" not in page + mail.text + mail.html
