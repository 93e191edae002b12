"""`/account/addresses`: another primary address, a backup address, and changes that wait."""

import re

import pytest

from idp.app.upkeep import Upkeep
from tests.portal.addressing import (
    ADDRESSES,
    BACKUP,
    NEW,
    SPARE,
    addresses,
    apply_now,
    cancel_path,
    codes,
    give_backup,
    mails_about,
    plan_primary,
    prove,
    type_address,
    upkeep,
    waiting,
)
from tests.portal.pressing import open_account, press
from tests.support.world import World

OLD = "alice@example.test"
_DAY = 86_400


async def test_a_first_backup_address_is_there_as_soon_as_it_is_proven(world: World) -> None:
    browser = world.browser()
    page = await type_address(browser, BACKUP, SPARE)
    mails = await mails_about(world)
    assert await addresses(world) == (OLD, None)
    [code] = codes(mails[SPARE])
    page = await prove(browser, page, code)
    assert SPARE in page.text
    assert await addresses(world) == (OLD, SPARE)
    assert await waiting(world) == []
    told = await mails_about(world)
    assert {to for to, mails in told.items() if "A backup e-mail address was added" in mails[0].subject} == {
        OLD,
        SPARE,
    }


@pytest.mark.requirement("S50")
async def test_a_code_from_the_current_mailbox_changes_the_primary_address_at_once(world: World) -> None:
    browser = world.browser()
    await give_backup(world, browser)
    page, mails = await plan_primary(world, browser)
    assert await addresses(world) == (OLD, SPARE)
    assert await waiting(world) == [("primary", NEW)]
    assert NEW not in mails
    [code] = codes(mails[OLD])
    page = await apply_now(browser, page, code)
    assert NEW in page.text
    assert await addresses(world) == (NEW, SPARE)
    told = await mails_about(world)
    assert set(told) == {OLD, SPARE, NEW}
    assert all("Your e-mail address was changed" in mails[0].subject for mails in told.values())
    page = await open_account(world.browser(), identifier=NEW)
    assert "aa11111-ovh" in page.text


async def test_without_a_code_it_changes_by_itself_after_a_day_and_not_before(world: World) -> None:
    browser = world.browser()
    await plan_primary(world, browser)
    await upkeep(world, _DAY - 60)
    assert await addresses(world) == (OLD, None)
    assert "alice@new.test" in (await open_account(world.browser(), ADDRESSES)).text
    await upkeep(world, 60)
    assert await addresses(world) == (NEW, None)
    told = await mails_about(world)
    assert any("Your e-mail address was changed" in mail.subject for mail in told[OLD])
    assert any("Your e-mail address was changed" in mail.subject for mail in told[NEW])
    await upkeep(world, 600)
    assert await mails_about(world) == {}


async def test_a_running_server_makes_the_changes_that_are_due(sqlite_world: World) -> None:
    await plan_primary(sqlite_world, sqlite_world.browser())
    sqlite_world.clock.pass_(_DAY)
    await Upkeep(house=sqlite_world.house, holder="node").once(sqlite_world.clock.now())
    assert await addresses(sqlite_world) == (NEW, None)


@pytest.mark.requirement("S50")
async def test_every_known_address_can_stop_it_without_signing_in(world: World) -> None:
    browser, anybody = world.browser(), world.browser(address="203.0.113.9")
    await give_backup(world, browser)
    _, mails = await plan_primary(world, browser)
    path = cancel_path(mails[SPARE])
    assert path == cancel_path(mails[OLD])
    page = await anybody.get(path)
    assert "a•••@n•••.test" in page.text
    assert await waiting(world) == [("primary", NEW)]
    page = await press(anybody, page, "stop-change", "stop")
    assert "/forgot" in page.text
    assert await waiting(world) == []
    told = await mails_about(world)
    assert {to for to, mails in told.items() if "cancelled" in mails[0].subject} == {OLD, SPARE}
    await upkeep(world, 2 * _DAY)
    assert await addresses(world) == (OLD, SPARE)


async def test_a_stopped_change_stays_stopped_whatever_is_sent_again(world: World) -> None:
    browser = world.browser()
    page, mails = await plan_primary(world, browser)
    [code], path = codes(mails[OLD]), cancel_path(mails[OLD])
    stopping = await browser.get(path)
    await press(browser, stopping, "stop-change", "stop")
    again = await press(browser, stopping, "stop-change", "stop")
    assert again.status_code == 404
    await apply_now(browser, page, code)
    assert await addresses(world) == (OLD, None)
    assert [mail.subject for mail in (await mails_about(world))[OLD] if "cancelled" in mail.subject] != []


async def test_its_owner_sees_it_and_cancels_it(world: World) -> None:
    browser = world.browser()
    await plan_primary(world, browser)
    page = await browser.get(ADDRESSES)
    assert NEW in page.text
    page = await browser.follow(await press(browser, page, "cancel-primary", "cancel"))
    assert NEW not in page.text
    assert await waiting(world) == []


async def test_a_newer_change_takes_the_place_of_the_one_that_waits(world: World) -> None:
    browser = world.browser()
    _, first = await plan_primary(world, browser)
    world.clock.pass_(60)
    _, second = await plan_primary(world, browser, "alice@newer.test")
    assert await waiting(world) == [("primary", "alice@newer.test")]
    assert (await browser.get(cancel_path(first[OLD]))).status_code == 404
    assert (await browser.get(cancel_path(second[OLD]))).status_code == 200


async def test_who_can_not_open_the_new_mailbox_enters_another_address(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await type_address(browser, BACKUP, SPARE)
    assert "spam" in page.text
    [path] = re.findall(r'<a href="([^"]+)">I no longer have this mailbox', page.text)
    page = await browser.get(path)
    page = await browser.follow(
        await press(browser, page, "new-address", "continue", email="alice@other.test")
    )
    assert "alice@other.test" in page.text
    [code] = codes((await mails_about(sqlite_world))["alice@other.test"])
    await prove(browser, page, code)
    assert await addresses(sqlite_world) == (OLD, "alice@other.test")


async def test_another_backup_address_waits_too(world: World) -> None:
    browser = world.browser()
    await give_backup(world, browser)
    world.clock.pass_(60)
    page = await type_address(browser, BACKUP, "alice@other.test")
    [code] = codes((await mails_about(world))["alice@other.test"])
    page = await prove(browser, page, code)
    mails = await mails_about(world)
    assert await addresses(world) == (OLD, SPARE)
    assert cancel_path(mails[SPARE])
    page = await apply_now(browser, page, codes(mails[OLD])[0])
    assert await addresses(world) == (OLD, "alice@other.test")
    told = await mails_about(world)
    assert set(told) == {OLD, SPARE, "alice@other.test"}


async def test_a_backup_address_is_removed_after_the_wait_or_a_code(world: World) -> None:
    browser = world.browser()
    await give_backup(world, browser)
    page = await browser.get(f"{ADDRESSES}/remove")
    page = await browser.follow(await press(browser, page, "remove-backup", "remove"))
    mails = await mails_about(world)
    assert await addresses(world) == (OLD, SPARE)
    assert await waiting(world) == [("backup", "")]
    await apply_now(browser, page, codes(mails[OLD])[0])
    assert await addresses(world) == (OLD, None)
    told = await mails_about(world)
    assert {to for to, mails in told.items() if "was removed" in mails[0].subject} == {OLD, SPARE}
