"""Whose brand: the account's, by its country; until we know whose account it is, the entry link's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Text, bindparam, update

from idp.app.upkeep import Upkeep
from idp.config.settings import OtherBrand, Settings, Subsidiary
from idp.config.subsidiaries import Subsidiaries
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.portal.pressing import open_account, press
from tests.portal.setting_up import choose
from tests.portal.signing_up import Newcomer
from tests.portal.test_entry import two_brands
from tests.support.mail import delivered
from tests.support.world import PASSWORD, World, open_world, settings_for

_MOVE = Write(
    update(account).where(account.c.account_id == bindparam("of_account", type_=Text)).values(country="CA")
)


@pytest.fixture
async def abroad(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Two brands, and Alice is a customer of the second one."""
    async with open_world(two_brands(settings_for(sqlite_url, tmp_path))) as world:
        moved = _MOVE.effect(expects=1, of_account=world.people["alice"].account_id)
        assert await world.house.database.apply([moved])
        yield world


def test_the_subsidiary_of_an_account_is_its_countrys_and_then_its_languages() -> None:
    both = Settings(issuer="https://login.example.com")
    found = Subsidiaries.of(both)
    for country, language, code in (
        ("FR", "pl", "FR"),
        ("CA", "en", "CA"),
        ("CA", "fr", "QC"),
        ("CA", "fr-CA", "QC"),
        ("CA", "de", "CA"),
    ):
        named = found.of_account(country=country, language=language)
        assert named is not None
        assert named.code == code
    assert found.of_account(country="JP", language="ja") is None
    assert found.of_account(country="", language="fr") is None


def test_a_subsidiary_of_the_configuration_takes_the_place_of_a_built_in_one() -> None:
    settings = replace(
        Settings(issuer="https://login.example.com"),
        brands=(OtherBrand(key="north", name="Maple Hosting"),),
        subsidiaries=(Subsidiary(code="qc", language="fr-CA", country="CA", brand="north"),),
    )
    found = Subsidiaries.of(settings)
    assert found.brand_of_account(country="CA", language="fr").name == "Maple Hosting"
    assert found.brand_of_account(country="CA", language="en").name == "Demo Hosting"


async def test_pages_and_mails_follow_the_account_whatever_link_it_came_by(abroad: World) -> None:
    browser = abroad.browser()
    await browser.get("/auth/?ovhSubsidiary=fr")
    assert " Demo Hosting</title>" in (await browser.authorize()).text
    page = await open_account(browser, "/account/delete")
    assert " Maple Hosting</title>" in (await browser.get("/account")).text
    await press(browser, page, "delete", "delete", customer_id="aa11111-ovh")
    (mail,) = [mail for mail in await delivered(abroad) if "will be deleted" in mail.subject]
    assert mail.headers["From"].startswith("Maple Hosting <")
    assert "Demo Hosting" not in mail.html + mail.text


async def test_the_last_mail_of_a_deleted_account_carries_its_brand(abroad: World) -> None:
    browser = abroad.browser()
    page = await open_account(browser, "/account/delete")
    await press(browser, page, "delete", "delete", customer_id="aa11111-ovh")
    await delivered(abroad)
    abroad.clock.pass_(30 * 86_400)
    await Upkeep(house=abroad.house, holder="test").once(abroad.clock.now())
    (last,) = await delivered(abroad)
    assert "Your Maple Hosting account was deleted" in last.text
    assert last.headers["From"].startswith("Maple Hosting <")


async def test_a_customer_without_a_country_sees_the_brand_of_the_link(abroad: World) -> None:
    browser = abroad.browser()
    await browser.get("/auth/?ovhSubsidiary=ca")
    page = await open_account(browser, identifier="bb22222-ovh")
    assert " Maple Hosting</title>" in page.text


async def test_an_authenticator_app_shows_the_brand_of_the_account(abroad: World) -> None:
    browser = abroad.browser()
    await open_account(browser)
    assert "issuer=Maple%20Hosting" in (await choose(browser, "totp")).text


async def test_a_password_that_is_the_brand_of_the_account_is_refused(abroad: World) -> None:
    browser = abroad.browser()
    page = await open_account(browser, "/account/password")
    for password, status in (("MapleHosting", 422), ("three purple badgers", 303)):
        tried = {"current": PASSWORD, "password": password}
        answered = await press(browser, page, "change-password", "continue", **tried)
        assert answered.status_code == status


async def test_who_chooses_a_country_sees_its_brand_and_is_written_to_by_it(abroad: World) -> None:
    newcomer = Newcomer(world=abroad, browser=abroad.browser(), page=await abroad.browser().get("/sign-up"))
    await newcomer.look("/sign-up")
    assert " Demo Hosting</title>" in newcomer.page.text
    await newcomer.say_where(country="CA")
    assert " Maple Hosting</title>" in newcomer.page.text
    await newcomer.choose()
    (mail,) = await delivered(abroad)
    assert mail.headers["From"].startswith("Maple Hosting <")
