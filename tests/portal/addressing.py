"""Somebody at the pages of their e-mail addresses: signed in, and what they type and read."""

import re

import httpx2

from idp.account.address_change import apply_due_changes
from idp.records.event import Occasion
from tests.login.coded import code_in
from tests.portal.pressing import open_account, press
from tests.support.mail import Mail, delivered
from tests.support.world import Browser, World

ADDRESSES = "/account/addresses"
PRIMARY, BACKUP = f"{ADDRESSES}/primary", f"{ADDRESSES}/backup"
NEW, SPARE = "alice@new.test", "alice@spare.test"
_CANCEL = re.compile(r"http://localhost:8000(/address/[0-9A-Za-z_-]+)")


async def addresses(world: World, who: str = "alice") -> tuple[str | None, str | None]:
    """The account's primary and backup address, each proven."""
    [(primary, is_primary, backup, is_backup)] = await world.rows(
        "SELECT primary_email, primary_email_verified, backup_email, backup_email_verified FROM account"
        f" WHERE account_id = '{world.people[who].account_id}'"
    )
    assert is_primary == 1
    assert is_backup == (1 if backup else 0)
    return primary, backup


async def waiting(world: World) -> list[tuple[str, str]]:
    """The changes that wait: place and new address."""
    return await world.rows(
        "SELECT place, email FROM address_change WHERE applied_at IS NULL AND ended_at IS NULL ORDER BY change_id"
    )


async def type_address(browser: Browser, path: str, address: str, **who: str) -> httpx2.Response:
    """From nowhere to the page that asks for the code of a new address."""
    page = await browser.follow(await browser.get(path))
    if 'id="login"' in page.text:
        page = await open_account(browser, path, **who)
    return await browser.follow(await press(browser, page, "new-address", "continue", email=address))


async def prove(browser: Browser, page: httpx2.Response, code: str) -> httpx2.Response:
    return await browser.follow(await press(browser, page, "address-code", "continue", code=code))


async def apply_now(browser: Browser, page: httpx2.Response, code: str) -> httpx2.Response:
    return await browser.follow(await press(browser, page, "address-change-code", "continue", code=code))


async def mails_about(world: World) -> dict[str, list[Mail]]:
    """What is in the mailboxes, by address, but for notices of sign-ins."""
    found: dict[str, list[Mail]] = {}
    for mail in await delivered(world):
        if "New sign-in" not in mail.subject:
            found.setdefault(mail.to, []).append(mail)
    return found


def codes(mails: list[Mail]) -> list[str]:
    return [code_in(mail) for mail in mails if "code" in mail.subject]


def cancel_path(mails: list[Mail]) -> str:
    [mail] = [mail for mail in mails if "about to change" in mail.subject]
    found = _CANCEL.search(mail.text)
    assert found, mail.text
    return found[1]


async def give_backup(world: World, browser: Browser, address: str = SPARE) -> None:
    """Through the pages: there was none before."""
    page = await type_address(browser, BACKUP, address)
    [code] = codes((await mails_about(world))[address])
    page = await prove(browser, page, code)
    assert address in page.text
    await mails_about(world)


async def plan_primary(
    world: World, browser: Browser, address: str = NEW
) -> tuple[httpx2.Response, dict[str, list[Mail]]]:
    """Up to the page that asks for the code from the current mailbox, and the mails of the moment."""
    page = await type_address(browser, PRIMARY, address)
    [code] = codes((await mails_about(world))[address])
    page = await prove(browser, page, code)
    assert 'id="address-change-code"' in page.text, page.text
    return page, await mails_about(world)


async def upkeep(world: World, seconds: int = 0) -> None:
    """What a running server does by itself, as far as it is about addresses."""
    world.clock.pass_(seconds)
    await apply_due_changes(world.house, Occasion(now=world.clock.now(), actor="system"))
