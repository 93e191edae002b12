"""Sign-ups that don't go straight on: back, reload, another tab, another browser, too late. Never a dead end."""

import asyncio

import pytest

from tests.portal.pressing import press
from tests.portal.signing_up import CHOSEN, EMAIL, Newcomer, begin, begin_from
from tests.support.mail import delivered
from tests.support.world import ISSUER, World, answer, is_asking


def elsewhere(newcomer: Newcomer, step: str) -> str:
    """The path of another question of the same sign-up."""
    return f"{newcomer.path.rpartition('/')[0]}/{step}"


async def test_back_shows_what_was_answered_and_takes_another_answer(world: World) -> None:
    newcomer = await (await begin(world)).until("type")
    page = await newcomer.look(elsewhere(newcomer, "country"))
    assert '<option value="FR" selected>' in page.text
    await newcomer.say_where("BE")
    assert newcomer.step == "type"
    page = await newcomer.look(elsewhere(newcomer, "credentials"))
    assert f'value="{EMAIL}"' in page.text
    await newcomer.look(elsewhere(newcomer, "code"))
    assert newcomer.step == "type"
    await newcomer.press(kind="association")
    await newcomer.look(elsewhere(newcomer, "type"))
    assert (
        'value="association" required aria-describedby="kind-association-hint" checked' in newcomer.page.text
    )
    await newcomer.press(kind="individual")
    await newcomer.name()
    assert newcomer.step == "welcome"
    assert await world.rows(f"SELECT country FROM account WHERE primary_email_key = '{EMAIL}'") == [("BE",)]


async def test_questions_that_are_not_due_lead_to_the_one_that_is(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    for step in ("code", "type", "name", "welcome"):
        await newcomer.look(elsewhere(newcomer, step))
        assert newcomer.step == "credentials"
    assert (await newcomer.browser.get(elsewhere(newcomer, "phone"))).status_code == 404
    # A form that is sent before its turn changes nothing.
    await newcomer.until("code")
    forged = await newcomer.browser.http.post(
        elsewhere(newcomer, "name"),
        data={"given_name": "Nina", "family_name": "Novak"},
        headers={"origin": ISSUER},
    )
    assert forged.headers["location"].endswith("/code")
    assert await sqlite_world.rows("SELECT kind, completed_at FROM sign_up") == [("", None)]


async def test_reload_and_the_same_address_again_send_no_second_code(world: World) -> None:
    newcomer = await (await begin(world)).until("code")
    code = await newcomer.mailed_code()
    await newcomer.look()
    await newcomer.look(elsewhere(newcomer, "credentials"))
    await newcomer.choose()
    assert newcomer.step == "code"
    assert await delivered(world) == []
    await newcomer.enter(code)
    assert newcomer.step == "type"


async def test_another_address_is_proven_by_a_code_of_its_own(world: World) -> None:
    newcomer = await (await begin(world)).until("code")
    former = await newcomer.mailed_code()
    await newcomer.press("change")
    assert newcomer.step == "credentials"
    await newcomer.choose("nora@new.test")
    page = await newcomer.enter(former)
    assert (page.status_code, newcomer.step) == (422, "code")
    [mail] = await delivered(world)
    assert mail.to == "nora@new.test"


async def test_an_address_that_changes_after_its_proof_has_to_be_proven_again(world: World) -> None:
    newcomer = await (await begin(world)).until("name")
    world.clock.pass_(30)
    await newcomer.look(elsewhere(newcomer, "credentials"))
    await newcomer.choose("nora@new.test")
    assert newcomer.step == "code"
    await newcomer.look(elsewhere(newcomer, "name"))
    assert newcomer.step == "code"
    await newcomer.prove()
    assert newcomer.step == "name"
    await newcomer.name()
    assert await world.rows("SELECT primary_email FROM account WHERE kind <> ''") == [("nora@new.test",)]


async def test_a_new_code_is_sent_after_a_while_and_a_late_one_works_no_more(world: World) -> None:
    newcomer = await (await begin(world)).until("code")
    first = await newcomer.mailed_code()
    page = await newcomer.press("resend")
    assert (page.status_code, page.headers["retry-after"]) == (429, "30")
    world.clock.pass_(30)
    await newcomer.press("resend")
    second = await newcomer.mailed_code()
    assert first != second
    world.clock.pass_(601)
    page = await newcomer.enter(second)
    assert "This code works no more" in page.text
    await newcomer.press("resend")
    await newcomer.enter(await newcomer.mailed_code())
    assert newcomer.step == "type"


async def test_the_last_question_sent_twice_makes_one_account(world: World) -> None:
    newcomer = await (await begin(world)).until("name")
    page = newcomer.page
    answers = await asyncio.gather(
        *(
            press(newcomer.browser, page, "sign-up-name", "continue", given_name="Nina", family_name="Novak")
            for _ in range(5)
        )
    )
    assert {answered.status_code for answered in answers} == {303}
    assert {answered.headers["location"].rpartition("/")[2] for answered in answers} == {"welcome"}
    assert await world.rows("SELECT count(*) FROM account WHERE kind <> ''") == [(1,)]
    assert await world.rows("SELECT count(*) FROM session") == [(1,)]
    assert [mail.to for mail in await delivered(world)] == [EMAIL]


async def test_two_tabs_of_one_browser_are_two_sign_ups(world: World) -> None:
    first = await (await begin(world)).until("name")
    second = Newcomer(world=world, browser=first.browser, page=await first.browser.get("/sign-up"))
    await second.until("name", email="nora@new.test")
    await first.name()
    await second.name("Nora")
    # The second one is another person's: whoever was signed in before is not any more.
    home = await first.browser.get("/account")
    assert "Nora Novak" in home.text
    alive = await world.rows("SELECT count(*) FROM session WHERE ended_at IS NULL")
    assert alive == [(1,)]


async def test_two_sign_ups_with_one_address_make_one_account(world: World) -> None:
    first = await (await begin(world)).until("name")
    second = await (await begin(world, address="198.51.100.1")).until("name")
    pages = await asyncio.gather(first.name(), second.name())
    assert sorted(page.status_code for page in pages) == [200, 409]
    [refused] = [page for page in pages if page.status_code == 409]
    assert "You have an account already" in refused.text
    assert await world.rows(f"SELECT count(*) FROM account WHERE primary_email_key = '{EMAIL}'") == [(1,)]
    assert await world.rows("SELECT count(*) FROM customer_id WHERE customer_id LIKE 'nn%'") == [(1,)]


async def test_another_browser_begins_its_own(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("type")
    stranger = Newcomer(world=sqlite_world, browser=sqlite_world.browser(), page=newcomer.page)
    await stranger.look()
    assert stranger.path == "/sign-up"
    other = await begin(sqlite_world)
    await other.look(newcomer.path)
    assert other.path == "/sign-up"
    page = await press(stranger.browser, newcomer.page, "sign-up-type", "continue", kind="individual")
    assert page.headers["location"] == "/sign-up"
    assert await sqlite_world.rows("SELECT kind FROM sign_up") == [("",)]


async def test_too_late_it_begins_again_for_the_same_application(world: World) -> None:
    newcomer = await (await begin_from(world)).until("code")
    world.clock.pass_(86_400)
    await newcomer.look()
    assert newcomer.path == "/sign-up"
    assert "was not finished in time" in newcomer.page.text
    answered = await newcomer.say_where()
    assert is_asking(answered, "sign-up-credentials")


@pytest.mark.parametrize("parameters", [{}, {"prompt": "create"}])
async def test_an_application_whose_sign_in_expired_meanwhile_is_answered_all_the_same(
    world: World, parameters: dict[str, str]
) -> None:
    newcomer = await (await begin_from(world, **parameters)).until("name")
    world.clock.pass_(4_000)
    await newcomer.name()
    assert newcomer.step == "welcome"
    await newcomer.go_on()
    page = await newcomer.browser.submit(newcomer.page, "backup-address", action="skip")
    assert answer(await newcomer.browser.follow(page))["state"] == "some state"


async def test_an_application_that_was_answered_in_another_tab_is_not_answered_twice(world: World) -> None:
    newcomer = await begin_from(world)
    [came_from] = [part.split('"', 1)[0] for part in newcomer.page.text.split('name="from" value="')[1:]]
    await newcomer.until("name")
    page = await newcomer.browser.get(f"/sign-in/{came_from}/login")
    done = await newcomer.browser.submit(
        page, "login", username="aa11111-ovh", password="correct horse battery"
    )
    assert "code" in answer(await newcomer.browser.follow(done))
    await newcomer.name()
    await newcomer.go_on()
    page = await newcomer.browser.submit(newcomer.page, "backup-address", action="skip")
    home = await newcomer.browser.follow(page)
    assert home.url.path == "/account"
    assert "Nina Novak" in home.text


async def test_the_welcome_is_for_whom_it_welcomes(world: World) -> None:
    newcomer = await (await begin(world)).until("welcome")
    welcome = newcomer.path
    page = await newcomer.look()
    customer_id = page.text.split('id="customer-id">', 1)[1].split("<", 1)[0]
    home = await newcomer.browser.get("/account")
    await press(newcomer.browser, home, "sign-out", "logout")
    world.clock.pass_(601)
    page = await newcomer.look(welcome)
    assert customer_id not in page.text
    assert is_asking(page, "login")


async def test_nothing_of_a_sign_up_can_be_done_again_after_the_welcome(world: World) -> None:
    newcomer = await (await begin(world)).until("welcome")
    for step in ("country", "credentials", "code", "type", "name"):
        await newcomer.look(elsewhere(newcomer, step))
        assert newcomer.step == "welcome"


async def test_a_welcome_of_long_ago_leads_to_the_account(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("welcome")
    sqlite_world.clock.pass_(86_400)
    answered = await newcomer.browser.get(newcomer.path)
    assert answered.headers["location"] == "/account"


async def test_a_browser_without_cookies_is_told_so(sqlite_world: World) -> None:
    answered = await sqlite_world.browser().http.post(
        "/sign-up", data={"country": "FR", "language": "en"}, headers={"origin": ISSUER}
    )
    assert answered.status_code == 400
    assert "idp-browser" in answered.text
    assert CHOSEN not in answered.text
