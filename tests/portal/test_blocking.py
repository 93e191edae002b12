"""The owner blocks the account, and what undoes it: never a password or one mailbox alone."""

import re

import httpx2
import pytest

from idp.account.status import disable_account
from idp.records.account import BlockedBy
from idp.records.event import Circumstances, Event, EventType, Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.factors import HOLD_SECURITY
from tests.login.coded import ask_for_code, code_in, mailed_code
from tests.login.proving import ALICE, BOB, owe_factor, sign_in_by_app
from tests.login.signing_in import is_signed_in
from tests.portal.pressing import open_account, press
from tests.portal.ways_back import CHOSEN, choose, give_backup, go_on, is_gone, mailed_link
from tests.support.factors import totp_at
from tests.support.mail import delivered
from tests.support.world import PASSWORD, Browser, World, answer, is_asking

DAY = 86_400


async def block(browser: Browser) -> httpx2.Response:
    return await press(browser, await browser.get("/account/block"), "block", "block")


async def blocked_bob(world: World) -> Browser:
    """Bob, with an app for long, blocks his account."""
    visitor = await sign_in_by_app(world)
    world.clock.pass_(8 * DAY)
    visitor = await sign_in_by_app(world, browser=visitor.browser, prompt="login")
    await delivered(world)
    assert (await block(visitor.browser)).status_code == 200
    return visitor.browser


async def blocked_alice(world: World) -> Browser:
    """Alice, with two mailboxes and no factor, blocks hers."""
    await give_backup(world, "alice", "spare@example.test")
    visitor = await ask_for_code(world)
    assert "code" in answer(await visitor.enter(await mailed_code(world)))
    browser = visitor.browser
    await delivered(world)
    assert (await block(browser)).status_code == 200
    return browser


async def status_of(world: World, who: str) -> tuple[str, str]:
    subject = world.people[who].account_id
    [row] = await world.rows(f"SELECT status, blocked_by FROM account WHERE account_id = '{subject}'")
    return row[0], row[1]


async def test_blocking_ends_everything_at_once_and_tells_every_address(world: World) -> None:
    await give_backup(world, "alice", "spare@example.test")
    browser, other = world.browser(), world.browser(address="203.0.113.9")
    tokens = (await other.redeem(await other.sign_in(scope="openid offline_access"))).json()
    await open_account(browser)
    await delivered(world)
    page = await block(browser)
    assert "Your account is blocked" in page.text
    for one in (browser, other):
        assert not await is_signed_in(one)
    refreshed = await other.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    assert await world.rows("SELECT 1 FROM device WHERE revoked_at IS NULL") == []
    mails = {mail.to: mail for mail in await delivered(world)}
    assert set(mails) == {"alice@example.test", "spare@example.test"}
    assert all("/forgot" in mail.text for mail in mails.values())
    assert await status_of(world, "alice") == ("disabled", "owner")


async def test_the_right_password_alone_learns_the_way_back(risky_world: World) -> None:
    await blocked_bob(risky_world)
    page = await risky_world.browser().sign_in(BOB)
    assert page.status_code == 403
    assert "You can unblock it" in page.text
    assert re.search(r'class="primary" href="/forgot\?from=[0-9a-f]{32}"', page.text)
    wrong = await risky_world.browser().sign_in(BOB, "not the password")
    assert is_asking(wrong, "login")


async def test_a_new_password_and_the_factor_unblock_it(risky_world: World) -> None:
    await blocked_bob(risky_world)
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world, BOB))
    assert "still blocked" in saved.text
    asked = await go_on(browser, saved, who=BOB)
    assert is_asking(asked, "second-factor")
    assert await status_of(risky_world, "bob") == ("disabled", "owner")
    await delivered(risky_world)
    done = await browser.follow(
        await browser.submit(asked, "second-factor", code=totp_at(risky_world.clock.now()))
    )
    assert done.status_code == 200
    assert await status_of(risky_world, "bob") == ("active", "")
    assert await is_signed_in(browser)
    assert any("unblocked" in mail.subject for mail in await delivered(risky_world))


async def test_without_a_factor_both_mailboxes_unblock_it(risky_world: World) -> None:
    await blocked_alice(risky_world)
    await delivered(risky_world)
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world, ALICE))
    await delivered(risky_world)
    asked = await go_on(browser, saved)
    assert is_asking(asked, "unblock")
    codes = {mail.to: code_in(mail) for mail in await delivered(risky_world)}
    primary, backup = codes["alice@example.test"], codes["spare@example.test"]
    for pair in ({"primary": primary}, {"backup": backup}, {"primary": primary, "backup": primary}):
        wrong = await browser.submit(asked, "unblock", **pair)
        assert wrong.status_code == 422
        assert await status_of(risky_world, "alice") == ("disabled", "owner")
    done = await browser.follow(await browser.submit(asked, "unblock", primary=primary, backup=backup))
    assert done.status_code == 200, done.headers
    assert await status_of(risky_world, "alice") == ("active", "")
    assert await is_signed_in(browser)


async def test_a_new_password_in_another_browser_does_not_go_on(risky_world: World) -> None:
    await blocked_bob(risky_world)
    await choose(risky_world.browser(), await mailed_link(risky_world, BOB))
    page = await risky_world.browser().sign_in(BOB, CHOSEN)
    assert page.status_code == 403
    assert await status_of(risky_world, "bob") == ("disabled", "owner")


async def test_a_sign_in_that_began_before_the_block_lifts_nothing(risky_world: World) -> None:
    """Somebody with the password waits at the second factor while the owner blocks."""
    visitor = await sign_in_by_app(risky_world)
    risky_world.clock.pass_(8 * DAY)
    visitor = await sign_in_by_app(risky_world, browser=visitor.browser, prompt="login")
    thief = await owe_factor(risky_world, address="203.0.113.9")
    await block(visitor.browser)
    await thief.enter(totp_at(risky_world.clock.now()))
    await thief.look()
    assert not await is_signed_in(thief.browser)
    assert await status_of(risky_world, "bob") == ("disabled", "owner")


async def test_a_link_from_before_the_block_unblocks_nothing(risky_world: World) -> None:
    """Neither one that waits, nor a password that was chosen by one before."""
    thief = risky_world.browser(address="203.0.113.9")
    saved = await choose(thief, await mailed_link(risky_world, BOB))
    waiting = await mailed_link(risky_world, BOB)
    risky_world.clock.pass_(60)
    house, person = risky_world.house, risky_world.people["bob"]
    occasion = Occasion(now=risky_world.clock.now(), actor="test")
    await disable_account(house.database, house.audit, occasion, person, by=BlockedBy.OWNER)
    assert await is_gone(thief, waiting)
    page = await go_on(thief, saved, who=BOB)
    assert page.status_code == 403


async def test_a_factor_that_was_changed_shortly_before_needs_support(risky_world: World) -> None:
    visitor = await sign_in_by_app(risky_world)
    subject = risky_world.people["bob"].subject_id
    held = HOLD_SECURITY.effect(expects=1, of_subject=subject, now=risky_world.clock.now())
    assert await risky_world.house.database.apply([held])
    await block(visitor.browser)
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world, BOB))
    page = await go_on(browser, saved, who=BOB)
    assert page.status_code == 403
    assert "only our support team can unblock it" in page.text
    assert "/recovery?for=blocked&amp;from=" in page.text


@pytest.mark.parametrize("what", ["factor", "address"])
async def test_what_turns_out_at_the_second_proof_to_be_recent_lifts_nothing(
    risky_world: World, what: str
) -> None:
    """The act looks at the same as the page before it: whatever is known by then counts."""
    await blocked_bob(risky_world)
    browser = risky_world.browser()
    asked = await go_on(browser, await choose(browser, await mailed_link(risky_world, BOB)), who=BOB)
    assert is_asking(asked, "second-factor")
    house, subject = risky_world.house, risky_world.people["bob"].subject_id
    now = risky_world.clock.now()
    event = Event(type=EventType.ADDRESS_CHANGED, actor="test", subject_id=subject)
    known = {
        "factor": HOLD_SECURITY.effect(expects=1, of_subject=subject, now=now),
        "address": house.audit.effect(event, Circumstances(), now=now),
    }
    assert await house.database.apply([known[what]])
    await browser.follow(await browser.submit(asked, "second-factor", code=totp_at(now)))
    assert await status_of(risky_world, "bob") == ("disabled", "owner")
    assert not await is_signed_in(browser)


async def test_without_backup_address_and_factor_only_support_helps(world: World) -> None:
    browser = world.browser()
    await open_account(browser)
    await block(browser)
    saved = await choose(browser, await mailed_link(world))
    page = await go_on(browser, saved)
    assert page.status_code == 403
    assert "only our support team can unblock it" in page.text


@pytest.mark.parametrize("by", [BlockedBy.STAFF, BlockedBy.OPERATOR])
async def test_others_blocks_stay_and_take_an_owners_over(risky_world: World, by: BlockedBy) -> None:
    await blocked_bob(risky_world)
    house = risky_world.house
    person = await house.database.one(PERSON_BY_SUBJECT, subject_id=risky_world.people["bob"].subject_id)
    assert person is not None
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world, BOB))
    occasion = Occasion(now=risky_world.clock.now(), actor="test")
    assert await disable_account(house.database, house.audit, occasion, person, by=by)
    page = await go_on(browser, saved, who=BOB)
    assert page.status_code == 403
    assert "You can unblock it" not in page.text
    assert await status_of(risky_world, "bob") == ("disabled", by.value)


async def test_the_link_in_a_mail_blocks_too(risky_world: World) -> None:
    stranger = risky_world.browser(address="203.0.113.9")
    page = await stranger.authorize()
    await stranger.follow(await stranger.submit(page, username=ALICE, password=PASSWORD))
    [mail] = await delivered(risky_world)
    found = re.search(r"http://localhost:8000(/not-me/\S+)", mail.text)
    assert found
    owner = risky_world.browser()
    blocked = await press(owner, await owner.get(found[1]), "block", "block")
    assert "Your account is blocked" in blocked.text
    assert await status_of(risky_world, "alice") == ("disabled", "owner")
    assert (await owner.get(found[1])).status_code == 404


async def test_the_page_asks_once_and_leads_back(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    security = await open_account(browser, "/account/security")
    assert 'href="/account/block"' in security.text
    sqlite_world.clock.pass_(3_600)
    page = await browser.get("/account/block")
    assert page.status_code == 200, "a living session suffices"
    assert await status_of(sqlite_world, "alice") == ("active", "")
    assert 'href="/account/security">Don’t block it' in page.text
