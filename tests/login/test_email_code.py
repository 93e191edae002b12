"""The e-mail code, from the risky sign-in to the application."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import bindparam, update

from idp.config.settings import Code
from idp.records.ports import NotDelivered
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.login.coded import Visitor, ask_for_code, code_in, link_in, mailed_code, mails_to
from tests.login.signing_in import is_signed_in
from tests.support.factors import give_factors, totp_at
from tests.support.mail import deliver
from tests.support.world import PASSWORD, World, answer, is_asking, open_world, risky_settings

FORGET_ADDRESS = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(primary_email=None, primary_email_key=None)
)
DOWN = NotDelivered("451", is_final=False)


def claims_in(token: str) -> dict[str, object]:
    payload = token.split(".")[1]
    decoded: dict[str, object] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


async def known(world: World) -> Visitor:
    """Alice's browser after a sign-in with a code."""
    visitor = await ask_for_code(world)
    assert "code" in answer(await visitor.enter(await mailed_code(world)))
    await mails_to(world)
    return visitor


@pytest.mark.requirement("S33")
async def test_a_fresh_browser_gets_a_code_and_signs_in(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    assert visitor.path.endswith("/email-code")
    signed_in = await visitor.enter(await mailed_code(risky_world))
    tokens = (await visitor.browser.redeem(signed_in)).json()
    claims = claims_in(tokens["id_token"])
    assert claims["amr"] == ["pwd", "email"]
    assert claims["acr"] == "1"


async def test_the_page_says_what_helps_and_no_address(sqlite_risky_world: World) -> None:
    page = (await ask_for_code(sqlite_risky_world)).page
    assert "a•••@e•••.test" in page.text
    assert "alice@" not in page.text
    for words in (
        "This browser is new to your account.",
        "It works for 10 minutes.",
        "spam folder",
        "Send a new code",
        "I no longer have this mailbox",
        "two-factor authentication",
        'inputmode="numeric"',
        'autocomplete="one-time-code"',
    ):
        assert words in page.text
    assert "no-store" in page.headers["cache-control"]


async def test_the_mail_says_what_for_and_what_to_do_if_it_was_somebody_else(
    sqlite_risky_world: World,
) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    assert mail.to == "alice@example.test"
    code = code_in(mail)
    assert code in mail.text.splitlines()[0]
    assert code not in mail.subject
    assert code in mail.html
    for words in ("Manager", "aa11111-ovh", "10 minutes", link_in(mail)):
        assert words in mail.text


async def test_the_browser_is_known_afterwards_and_stays_so_after_signing_out(risky_world: World) -> None:
    visitor = await known(risky_world)
    await visitor.browser.get("/logout")
    visitor.page = await visitor.browser.authorize(prompt="login")
    signed_in = await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(signed_in)


async def test_a_shared_computer_is_asked_each_time(sqlite_risky_world: World) -> None:
    browser = sqlite_risky_world.browser()
    for _ in range(2):
        visitor = Visitor(
            world=sqlite_risky_world, browser=browser, page=await browser.authorize(prompt="login")
        )
        await visitor.press("continue", username="aa11111-ovh", password=PASSWORD, shared_computer="1")
        assert visitor.path.endswith("/email-code")
        assert "code" in answer(await visitor.enter(await mailed_code(sqlite_risky_world)))
        sqlite_risky_world.clock.pass_(60)
        await mails_to(sqlite_risky_world)


@pytest.mark.parametrize(
    "typed",
    ["{0}{1}", " {0}-{1} ", "{0}\N{NO-BREAK SPACE}{1}\n", "{0}\N{EN DASH}{1}", "\u200b{0} {1}", "full"],
)
async def test_a_code_may_be_typed_and_pasted_in_many_ways(sqlite_risky_world: World, typed: str) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    code = await mailed_code(sqlite_risky_world)
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    signed_in = await visitor.enter(wide if typed == "full" else typed.format(*code.split()))
    assert "code" in answer(signed_in)


async def test_letters_are_a_setting(sqlite_url: str, tmp_path: Path) -> None:
    settings = risky_settings(sqlite_url, tmp_path, code=Code(alphabet="letters"))
    async with open_world(settings) as world:
        visitor = await ask_for_code(world)
        assert "Eight letters, such as BCDF-GHJK." in visitor.page.text
        assert 'inputmode="text"' in visitor.page.text
        code = await mailed_code(world)
        assert code[4] == "-"
        assert "code" in answer(await visitor.enter(code.lower().replace("-", "")))


async def test_pages_and_mails_speak_french(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world, ui_locales="fr")
    assert "Saisissez le code reçu par e-mail" in visitor.page.text
    [mail] = await mails_to(sqlite_risky_world)
    assert "est votre code" in mail.text
    assert "code" in answer(await visitor.enter(code_in(mail)))


async def test_the_other_pages_of_a_code_lead_back_to_it(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    prompt = visitor.path
    lost = await visitor.look(prompt.replace("email-code", "lost-mailbox"))
    assert "You no longer have this mailbox" in lost.text
    assert "aa11111-ovh" in lost.text
    assert f'href="{prompt}"' in lost.text
    forged = await visitor.browser.http.post(lost.url.path)
    assert forged.status_code == 403
    assert (await visitor.press("continue")).url.path.startswith("/recovery/")


async def test_without_other_ways_the_button_for_them_leads_back(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    assert 'value="other-way"' not in visitor.page.text
    await visitor.press("other-way")
    assert not await is_signed_in(visitor.browser)


async def delivery(visitor: Visitor) -> str:
    response = await visitor.browser.get(visitor.path.replace("email-code", "code-delivery"))
    word: str = response.json()["delivery"]
    return word


async def test_the_page_says_how_the_mail_is_doing(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    assert await delivery(visitor) == "sending"
    assert "The mail is on its way." in visitor.page.text
    await deliver(risky_world)
    assert await delivery(visitor) == "sent"
    assert "The mail has been sent." in (await visitor.look()).text


async def test_with_mail_down_the_page_says_so_and_known_browsers_work_on(risky_world: World) -> None:
    at_home = await known(risky_world)
    visitor = await ask_for_code(risky_world, address="203.0.113.9")
    risky_world.relay.refusal = DOWN
    await deliver(risky_world)
    assert await delivery(visitor) == "trouble"
    assert "The mail has not got through yet" in (await visitor.look()).text
    at_home.page = await at_home.browser.authorize(prompt="login")
    signed_in = await at_home.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(signed_in)
    risky_world.relay.refusal = None
    risky_world.clock.pass_(300)
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))


async def test_a_mail_that_nobody_takes_is_told_of_within_30_seconds(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    sqlite_risky_world.clock.pass_(29)
    assert await delivery(visitor) == "trouble"
    assert 'data-state="trouble"' in (await visitor.look()).text


async def test_who_has_proven_nothing_learns_nothing_of_the_mail(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    stranger = sqlite_risky_world.browser()
    for step in ("email-code", "code-delivery", "lost-mailbox"):
        page: httpx2.Response = await stranger.get(visitor.path.replace("email-code", step))
        assert page.is_redirect
        assert "example.test" not in page.text


async def test_whoever_has_a_device_may_use_it_instead_of_a_code(database_url: str, tmp_path: Path) -> None:
    async with open_world(risky_settings(database_url, tmp_path)) as world:
        await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
        visitor = await ask_for_code(world)
        assert is_asking(visitor.page, "email-code")
        await visitor.press("other-way")
        assert is_asking(visitor.page, "other-way")
        await visitor.press("totp")
        signed_in = await visitor.press("continue", code=totp_at(world.clock.now()))
        claims = claims_in((await visitor.browser.redeem(signed_in)).json()["id_token"])
        assert claims["amr"] == ["pwd", "otp", "mfa"]


async def test_a_code_never_replaces_two_factor_authentication(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world, "bb22222-ovh")
    assert is_asking(visitor.page, "second-factor")
    assert await mails_to(risky_world) == []
    for step in ("email-code", "code-delivery", "lost-mailbox"):
        page = await visitor.browser.get(visitor.path.replace("second-factor", step))
        assert page.is_redirect
    assert await mails_to(risky_world) == []


async def test_an_account_without_an_address_is_told_whom_to_call(sqlite_risky_world: World) -> None:
    house, alice = sqlite_risky_world.house, sqlite_risky_world.people["alice"]
    await house.database.apply([FORGET_ADDRESS.effect(of_account=alice.account_id)])
    visitor = await ask_for_code(sqlite_risky_world)
    assert visitor.path.endswith("/lost-mailbox")
    assert "Fill in the online form" in visitor.page.text
    assert await mails_to(sqlite_risky_world) == []
