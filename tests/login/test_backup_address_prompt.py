"""The backup address prompt: who has none is asked at the end of a sign-in, and may put it off for 90 days."""

import pytest
from sqlalchemy import bindparam, update

from idp.store.address_changes import ASK_BACKUP_SOON
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.login.coded import Visitor, code_in, mailed_code, mails_to, other_than
from tests.support.world import PASSWORD, World, answer, is_asking

SPARE = "alice@spare.test"
FOUND = "SELECT backup_email, backup_email_verified FROM account WHERE customer_id = 'aa11111-ovh'"
VERIFY_BACKUP = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(backup_email=bindparam("address"), backup_email_key=bindparam("address"), backup_email_verified=1)
)


async def asked(world: World, who: str = "alice", **parameters: str) -> Visitor:
    """A sign-in up to the question; nobody has asked this account before."""
    person = world.people[who]
    await world.house.database.apply([ASK_BACKUP_SOON.effect(of_account=person.account_id)])
    visitor = await signed_in_again(world, who, **parameters)
    assert is_asking(visitor.page, "backup-address"), visitor.page.text
    return visitor


async def signed_in_again(world: World, who: str = "alice", **parameters: str) -> Visitor:
    browser = world.browser()
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize(**parameters))
    await visitor.press("continue", username=world.people[who].customer_id, password=PASSWORD)
    return visitor


async def test_a_backup_address_is_proven_at_the_end_of_a_sign_in_and_the_owner_is_told(
    world: World,
) -> None:
    visitor = await asked(world)
    assert "alice@example.test" in visitor.page.text
    await visitor.press("continue", email=SPARE)
    [mail] = await mails_to(world, "code")
    assert mail.to == SPARE
    assert "code" in answer(await visitor.enter(code_in(mail)))
    assert await world.rows(FOUND) == [(SPARE, 1)]
    told = await mails_to(world, "A backup e-mail address was added")
    assert {mail.to for mail in told} == {"alice@example.test", SPARE}
    world.clock.pass_(90 * 86_400)
    assert "code" in answer((await signed_in_again(world)).page)


async def test_who_puts_it_off_is_asked_again_after_90_days(world: World) -> None:
    visitor = await asked(world)
    assert "code" in answer(await visitor.press("skip"))
    for days, is_asked in ((89, False), (1, True)):
        world.clock.pass_(days * 86_400)
        page = (await signed_in_again(world)).page
        assert is_asking(page, "backup-address") is is_asked
    assert await world.rows(FOUND) == [(None, 0)]


async def test_it_can_be_put_off_while_a_code_is_on_its_way(sqlite_world: World) -> None:
    visitor = await asked(sqlite_world)
    await visitor.press("continue", email=SPARE)
    assert "code" in answer(await visitor.press("skip"))
    assert await sqlite_world.rows(FOUND) == [(None, 0)]


@pytest.mark.parametrize("typed", ["alice@example.test", " ALICE@Example.TEST ", "\uff41lice@example.test"])
async def test_it_differs_from_the_primary_address_in_any_spelling(sqlite_world: World, typed: str) -> None:
    visitor = await asked(sqlite_world)
    page = await visitor.press("continue", email=typed)
    assert page.status_code == 422
    assert "The backup address has to be another one." in page.text
    assert await mails_to(sqlite_world, "code") == []


async def test_it_differs_from_the_primary_address_in_the_moment_of_the_change(world: World) -> None:
    """The primary address became this one while the code was on its way."""
    visitor = await asked(world)
    await visitor.press("continue", email=SPARE)
    code = await mailed_code(world)
    become = Write(
        update(account)
        .where(account.c.account_id == bindparam("of_account"))
        .values(primary_email=bindparam("address"), primary_email_key=bindparam("address"))
    )
    alice = world.people["alice"]
    await world.house.database.apply([become.effect(of_account=alice.account_id, address=SPARE)])
    await visitor.enter(code)
    assert await world.rows(FOUND) == [(None, 0)]


async def test_one_that_was_given_meanwhile_is_not_replaced(world: World) -> None:
    visitor = await asked(world)
    await visitor.press("continue", email=SPARE)
    code = await mailed_code(world)
    alice = world.people["alice"]
    await world.house.database.apply(
        [VERIFY_BACKUP.effect(of_account=alice.account_id, address="other@spare.test")]
    )
    await visitor.enter(code)
    assert await world.rows(FOUND) == [("other@spare.test", 1)]


async def test_wrong_codes_give_nobody_a_backup_address(sqlite_world: World) -> None:
    visitor = await asked(sqlite_world)
    await visitor.press("continue", email=SPARE)
    code = await mailed_code(sqlite_world)
    for _ in range(5):
        await visitor.enter(other_than(code))
    assert "that was the last try" in visitor.page.text
    await visitor.press("continue", code=code)
    assert await sqlite_world.rows(FOUND) == [(None, 0)]


async def test_the_page_is_open_only_in_its_turn(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    forced = await browser.follow(await browser.get(page.url.path.replace("/login", "/backup-address")))
    assert is_asking(forced, "login")


async def test_another_browser_proves_nothing_with_the_code(sqlite_world: World) -> None:
    visitor, thief = await asked(sqlite_world), sqlite_world.browser()
    await visitor.press("continue", email=SPARE)
    await mailed_code(sqlite_world)
    await thief.authorize()
    shown = await thief.follow(await thief.get(visitor.path))
    assert SPARE not in shown.text


async def test_staff_are_not_asked(sqlite_world: World) -> None:
    ada = sqlite_world.people["ada"]
    await sqlite_world.house.database.apply([ASK_BACKUP_SOON.effect(of_account=ada.account_id)])
    visitor = await signed_in_again(sqlite_world, "ada")
    assert visitor.path.endswith("/set-up")
