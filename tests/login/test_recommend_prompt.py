"""Support removed the second factors: the next sign-in recommends setting one up again, and lets go."""

import json

import pyotp

from idp.records.factor import Notify
from idp.store.address_changes import ASK_BACKUP_SOON
from idp.store.factors import INSERT_SECURITY
from tests.login.coded import Visitor
from tests.portal.pressing import press
from tests.portal.setting_up import codes_of, secret_of
from tests.support.world import PASSWORD, World, answer, is_asking

ON = "SELECT two_factor_at, recommended_at FROM security"


async def asked(world: World) -> Visitor:
    """Alice signs in after her factors were removed."""
    row = INSERT_SECURITY.effect(
        expects=1,
        subject_id=world.people["alice"].subject_id,
        user_handle=b"a handle",
        last_way="",
        notify=Notify.NEW.value,
        recommended_at=world.clock.now(),
    )
    await world.house.database.apply([row])
    visitor = await signing_in(world)
    assert is_asking(visitor.page, "recommend"), visitor.page.text
    return visitor


async def signing_in(world: World) -> Visitor:
    browser = world.browser()
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize())
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    return visitor


async def with_app(visitor: Visitor) -> None:
    """From the recommendation to the backup codes."""
    await visitor.press("continue")
    assert visitor.path.endswith("/set-up")
    browser = visitor.browser
    visitor.page = await browser.follow(await press(browser, visitor.page, "set-up", "totp"))
    code = pyotp.TOTP(secret_of(visitor.page)).at(visitor.world.clock.at)
    visitor.page = await browser.follow(await press(browser, visitor.page, "set-up", "continue", code=code))
    assert len(codes_of(visitor.page)) == 10


async def finish(visitor: Visitor) -> None:
    done = await press(visitor.browser, visitor.page, "backup-codes", "continue", saved="1")
    visitor.page = await visitor.browser.follow(done)


async def test_two_factor_authentication_is_set_up_again_inside_the_sign_in(world: World) -> None:
    visitor = await asked(world)
    await with_app(visitor)
    await finish(visitor)
    assert "code" in answer(visitor.page)
    assert await world.rows(ON) == [(world.clock.at, None)]
    [(acr, amr)] = await world.rows("SELECT acr, amr FROM session")
    assert (acr, json.loads(amr)) == ("2", ["pwd", "otp", "mfa"])


async def test_it_can_be_put_off_and_is_asked_at_the_next_sign_in(world: World) -> None:
    visitor = await asked(world)
    assert "code" in answer(await visitor.press("skip"))
    again = await signing_in(world)
    assert is_asking(again.page, "recommend")
    assert (await world.rows(ON))[0][0] is None


async def test_who_changes_their_mind_in_the_wizard_comes_back_and_gets_on(sqlite_world: World) -> None:
    visitor = await asked(sqlite_world)
    await visitor.press("continue")
    assert "Don’t sign in" not in visitor.page.text
    back = visitor.page.text.split('class="other-ways"')[1].split('href="')[1].split('"')[0]
    await visitor.look(back)
    assert is_asking(visitor.page, "recommend")
    assert "code" in answer(await visitor.press("skip"))


async def test_who_leaves_the_backup_codes_is_signed_in_without_two_factor_authentication(
    sqlite_world: World,
) -> None:
    visitor = await asked(sqlite_world)
    await with_app(visitor)
    away = visitor.page.text.split('class="other-ways"')[1].split('href="')[1].split('"')[0]
    done = await visitor.browser.follow(await visitor.browser.get(away))
    assert "code" in answer(done)
    assert (await sqlite_world.rows(ON))[0][0] is None


async def test_the_backup_codes_are_shown_although_a_backup_address_is_wished_for_next(
    sqlite_world: World,
) -> None:
    alice = sqlite_world.people["alice"]
    await sqlite_world.house.database.apply([ASK_BACKUP_SOON.effect(of_account=alice.account_id)])
    visitor = await asked(sqlite_world)
    await with_app(visitor)
    await finish(visitor)
    assert is_asking(visitor.page, "backup-address")
    assert "code" in answer(await visitor.press("skip"))


async def test_nobody_sets_a_device_up_where_none_is_asked_for(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    set_up = page.url.path.replace("/login", "/set-up")
    assert is_asking(await browser.follow(await browser.get(set_up)), "login")
    forced = await browser.submit(page, "login", username="aa11111-ovh", password=PASSWORD)
    done = await browser.follow(await browser.get(set_up))
    assert "code" in answer(done)
    assert forced.is_redirect
    assert await sqlite_world.rows("SELECT enrolment_id FROM enrolment") == []
