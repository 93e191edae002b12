"""Changes of addresses under attack: `peers.md` §5 items 5, 6 and 9."""

import asyncio

import pytest

from idp.account.status import enable_account
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.address_changes import ASK_BACKUP_SOON
from tests.attacks.paused import Paused, Slow
from tests.login.coded import link_in
from tests.portal.addressing import (
    BACKUP,
    NEW,
    PRIMARY,
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
from tests.portal.pressing import forms_of, open_account, press
from tests.portal.ways_back import CHOSEN, choose, mailed_link
from tests.support.world import ISSUER, PASSWORD, World

OLD, BOBS = "alice@example.test", "bob@example.test"
BOB = {"identifier": "bb22222-ovh"}
_DAY = 86_400


async def test_a_typed_address_is_nobodys_before_its_code(world: World) -> None:
    """Item 9: Bob takes the address of somebody who has no account yet. Nothing says that it is his, then or later."""
    bob = world.browser()
    await type_address(bob, PRIMARY, NEW, **BOB)
    await mails_about(world)
    assert await addresses(world, "bob") == (BOBS, None)
    assert await waiting(world) == []
    alice = world.browser()
    page, mails = await plan_primary(world, alice)
    await apply_now(alice, page, codes(mails[OLD])[0])
    assert await addresses(world) == (NEW, None)
    # What he was sent for it, he never read; and it would be worth nothing now.
    assert await addresses(world, "bob") == (BOBS, None)


async def test_a_code_is_worth_nothing_for_another_purpose(world: World) -> None:
    """Item 5: proven as a backup address is not proven as a primary one, and the other way round."""
    browser = world.browser()
    for_backup = await type_address(browser, BACKUP, NEW)
    [backup_code] = codes((await mails_about(world))[NEW])
    for_primary = await type_address(browser, PRIMARY, NEW)
    [primary_code] = codes((await mails_about(world))[NEW])
    assert (await prove(browser, for_primary, backup_code)).status_code == 422
    assert (await prove(browser, for_backup, primary_code)).status_code == 422
    assert await waiting(world) == []
    assert await addresses(world) == (OLD, None)


async def test_a_code_of_one_session_or_account_is_worth_nothing_in_another(world: World) -> None:
    first, second, bob = world.browser(), world.browser(), world.browser()
    await type_address(first, PRIMARY, NEW)
    [code] = codes((await mails_about(world))[NEW])
    world.clock.pass_(40)
    elsewhere = await type_address(second, PRIMARY, NEW)
    bobs = await type_address(bob, PRIMARY, NEW, **BOB)
    await mails_about(world)
    assert (await prove(second, elsewhere, code)).status_code == 422
    assert (await prove(bob, bobs, code)).status_code == 422
    assert await waiting(world) == []


async def test_a_code_from_the_current_mailbox_applies_its_own_change_alone(world: World) -> None:
    """The code for one change, entered for the one that took its place."""
    browser = world.browser()
    first, mails = await plan_primary(world, browser)
    [code] = codes(mails[OLD])
    world.clock.pass_(60)
    second, _ = await plan_primary(world, browser, "eve@evil.test")
    page = await apply_now(browser, second, code)
    assert page.status_code == 422
    await apply_now(browser, first, code)
    assert await addresses(world) == (OLD, None)


async def test_nobody_sees_or_touches_a_change_of_another_account(world: World) -> None:
    alice, bob = world.browser(), world.browser()
    page, mails = await plan_primary(world, alice)
    [code] = codes(mails[OLD])
    await type_address(bob, BACKUP, "bob@spare.test", **BOB)
    seen = await bob.follow(await bob.get(str(page.url)))
    assert NEW not in seen.text
    [(change,)] = await world.rows("SELECT change_id FROM address_change")
    overview = await bob.get("/account/addresses/primary")
    _, hidden = forms_of(overview)["new-address"]
    for path in ("/account/addresses", "/account/addresses/code"):
        await bob.http.post(
            path,
            data={**hidden, "change": change, "action": "cancel", "code": code},
            headers={"origin": ISSUER},
        )
    assert await waiting(world) == [("primary", NEW)]


async def test_of_two_accounts_that_get_an_address_at_once_one_does(world: World) -> None:
    """Both read the mailbox, and both read their own current one."""
    alice, bob = world.browser(), world.browser()
    page, mails = await plan_primary(world, alice)
    world.clock.pass_(60)
    bobs_page = await type_address(bob, PRIMARY, NEW, **BOB)
    [code] = codes((await mails_about(world))[NEW])
    bobs_page = await prove(bob, bobs_page, code)
    bobs_mails = await mails_about(world)
    answers = await asyncio.gather(
        apply_now(alice, page, codes(mails[OLD])[0]), apply_now(bob, bobs_page, codes(bobs_mails[BOBS])[0])
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    found = await world.rows("SELECT count(*) FROM account WHERE primary_email_key = 'alice@new.test'")
    assert found == [(1,)]


async def test_a_right_code_sent_many_times_at_once_counts_once(world: World) -> None:
    browser = world.browser()
    page, mails = await plan_primary(world, browser)
    [code] = codes(mails[OLD])
    await asyncio.gather(
        *(press(browser, page, "address-change-code", "continue", code=code) for _ in range(4))
    )
    assert await addresses(world) == (NEW, None)
    told = [mail for mail in (await mails_about(world))[NEW] if "was changed" in mail.subject]
    assert len(told) == 1


async def test_of_two_changes_at_once_one_waits(world: World) -> None:
    """In two browsers of one account, each proven: the later one ends the earlier, whichever that is."""
    browsers, pages, new = [world.browser(), world.browser()], [], [NEW, "alice@newer.test"]
    for browser, address in zip(browsers, new, strict=True):
        pages.append(await type_address(browser, PRIMARY, address))
    mails = await mails_about(world)
    await asyncio.gather(
        *(
            prove(browser, page, codes(mails[address])[0])
            for browser, page, address in zip(browsers, pages, new, strict=True)
        )
    )
    assert len(await waiting(world)) == 1
    rows = await world.rows("SELECT ended_reason FROM address_change ORDER BY ended_reason")
    assert rows == [("",), ("replaced",)]


async def test_a_link_comes_from_the_configuration_whatever_host_is_asked(sqlite_world: World) -> None:
    """Item 2."""
    browser = sqlite_world.browser()
    page = await type_address(browser, PRIMARY, NEW)
    [code] = codes((await mails_about(sqlite_world))[NEW])
    path, hidden = forms_of(page)["address-code"]
    await browser.http.post(
        path,
        data={**hidden, "action": "continue", "code": code},
        headers={"origin": ISSUER, "x-forwarded-host": "evil.test", "forwarded": "host=evil.test"},
    )
    mails = (await mails_about(sqlite_world))[OLD]
    assert cancel_path(mails)
    assert all("evil" not in mail.text for mail in mails)


@pytest.mark.requirement("S50")
async def test_whoever_holds_the_session_alone_takes_no_address_away(world: World) -> None:
    """A stolen cookie, five minutes later: no password, so neither address changes, and none is removed."""
    browser = world.browser()
    await give_backup(world, browser)
    world.clock.pass_(301)
    for path in (PRIMARY, BACKUP, "/account/addresses/remove"):
        page = await browser.follow(await browser.get(path))
        assert 'id="login"' in page.text
    assert await waiting(world) == []
    assert await addresses(world) == (OLD, SPARE)


async def test_an_owner_who_chooses_another_password_stops_what_a_thief_asked_for(world: World) -> None:
    await plan_primary(world, world.browser())
    owner = world.browser()
    link = await mailed_link(world, browser=owner)
    assert await waiting(world) != []
    await choose(owner, link)
    assert await waiting(world) == []
    told = [mail.subject for mail in (await mails_about(world))[OLD]]
    assert any("A change of your e-mail address was cancelled" in subject for subject in told)
    await upkeep(world, _DAY)
    assert await addresses(world) == (OLD, None)


async def test_an_owner_who_signs_everybody_else_out_stops_it_too_and_is_told(world: World) -> None:
    await plan_primary(world, world.browser())
    owner = world.browser()
    page = await open_account(owner, "/account/password")
    fields = {"current": PASSWORD, "password": CHOSEN, "sign_out": "1"}
    await press(owner, page, "change-password", "continue", **fields)
    assert await waiting(world) == []
    told = [mail.subject for mail in (await mails_about(world))[OLD]]
    assert any("cancelled" in subject for subject in told)


async def test_an_owner_who_blocks_the_account_stops_what_a_thief_asked_for(world: World) -> None:
    """Unblocking goes on with nothing."""
    await plan_primary(world, world.browser())
    owner = world.browser()
    page = await open_account(owner, "/account/block")
    await press(owner, page, "block", "block")
    assert await waiting(world) == []
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    blocked = await house.database.one(PERSON_BY_SUBJECT, subject_id=world.people["alice"].subject_id)
    assert blocked is not None
    assert await enable_account(house.database, house.audit, occasion, blocked)
    await upkeep(world, _DAY)
    assert await addresses(world) == (OLD, None)


@pytest.mark.parametrize("path", [BACKUP, PRIMARY])
async def test_a_form_on_its_way_while_the_owner_ends_the_session_changes_nothing(
    world: World, path: str
) -> None:
    """The thief's form was let in, and its body comes after the owner chose another password."""
    thief, owner = world.browser(), world.browser()
    page = await type_address(thief, path, SPARE)
    [code] = codes((await mails_about(world))[SPARE])
    action, hidden = forms_of(page)["address-code"]
    late = Slow(fields={**hidden, "action": "continue", "code": code})
    under_way = asyncio.create_task(late.send(thief, action))
    await late.is_awaited.wait()
    await choose(owner, await mailed_link(world, browser=owner))
    late.may_come.set()
    assert (await under_way).status_code == 303
    assert await waiting(world) == []
    assert await addresses(world) == (OLD, None)


async def test_a_sign_in_of_the_former_password_adds_no_backup_address(world: World) -> None:
    """A thief who waits at the question for one, with the right code in hand."""
    paused, owner = await Paused.at_login(world), world.browser()
    await world.house.database.apply([ASK_BACKUP_SOON.effect(of_account=world.people["alice"].account_id)])
    await paused.password()
    assert paused.is_at("backup-address")
    await paused.post("backup-address", action="continue", email=SPARE)
    code = await paused.mailed_code()
    await choose(owner, await mailed_link(world, browser=owner))
    await paused.post("backup-address", action="continue", code=code)
    assert await addresses(world) == (OLD, None)


async def test_an_owner_who_reports_the_thief_stops_what_they_asked_for(world: World) -> None:
    thief, owner = world.browser(), world.browser()
    page = await type_address(thief, BACKUP, SPARE)
    [code] = codes((await mails_about(world))[SPARE])
    await prove(thief, page, code)
    told = (await mails_about(world))[OLD]
    await plan_primary(world, thief)
    assert await waiting(world) != []
    link = link_in(next(mail for mail in told if "/not-me/" in mail.text))
    await press(owner, await owner.get(link), "not-me", "continue")
    assert await waiting(world) == []
    await upkeep(world, _DAY)
    assert await addresses(world) == (OLD, SPARE)
