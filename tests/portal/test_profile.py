"""`/account/profile`: every standard claim, checked, kept on error, and told to applications."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import httpx2
import pytest

from tests.portal.pressing import forms_of, open_account, press
from tests.portal.signing_up import begin
from tests.support.world import Browser, World

PROFILE = "/account/profile"
FULL = {
    "name": "Alice Martin",
    "given_name": "Alice",
    "middle_name": "Anne",
    "family_name": "Martin",
    "nickname": "Ali",
    "preferred_username": "ali",
    "gender": "female",
    "birthdate": "1984-02-29",
    "zoneinfo": "Europe/Paris",
    "phone_number": "+33 1 99 00 12 34",
    "website": "https://alice.example/",
    "profile_page": "https://alice.example/about",
    "picture": "https://alice.example/me.png",
    "street_address": "2 rue de l’Exemple",
    "postal_code": "59100",
    "locality": "Roubaix",
    "region": "Hauts-de-France",
    "country": "France",
    "language": "fr",
    "kind": "individual",
    "organization": "Les Amis du Pastel",
    "account_country": "FR",
}


async def save(browser: Browser, page: httpx2.Response, **fields: str) -> httpx2.Response:
    return await browser.follow(await press(browser, page, "profile", "save", **{**FULL, **fields}))


async def claims(browser: Browser) -> dict[str, Any]:
    """What an application is told that may know everything."""
    scope = "openid profile email phone address"
    tokens = (await browser.redeem(await browser.authorize(scope=scope))).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    told = (await browser.get("/userinfo", headers=bearer)).json()
    assert isinstance(told, dict)
    return told


async def stored(world: World) -> dict[str, Any]:
    [(profile,)] = await world.rows("SELECT profile FROM account WHERE customer_id = 'aa11111-ovh'")
    found = json.loads(profile)
    assert isinstance(found, dict)
    return found


async def test_every_claim_is_kept_and_told_to_applications(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PROFILE)
    assert "aa11111-ovh" in page.text
    world.clock.pass_(60)
    page = await save(browser, page)
    assert "Votre profil est enregistré." in page.text
    told = await claims(browser)
    told_as_typed = {*FULL} & {*told} - {"phone_number", "country"}
    assert len(told_as_typed) == 11
    assert {name: told[name] for name in told_as_typed} == {name: FULL[name] for name in told_as_typed}
    assert told["profile"] == FULL["profile_page"]
    assert told["locale"] == "fr"
    assert told["phone_number"] == "+33199001234"
    assert "phone_number_verified" not in told
    assert told["address"] == {
        "formatted": "2 rue de l’Exemple\n59100 Roubaix\nHauts-de-France\nFrance",
        "street_address": "2 rue de l’Exemple",
        "postal_code": "59100",
        "locality": "Roubaix",
        "region": "Hauts-de-France",
        "country": "France",
    }
    assert told["updated_at"] == world.clock.at
    assert "organization" not in told
    assert (await stored(world))["organization"] == FULL["organization"]
    own = await world.rows("SELECT language, kind, country FROM account WHERE customer_id = 'aa11111-ovh'")
    assert own == [("fr", "individual", "FR")]
    [(details,)] = await world.rows("SELECT details FROM audit_event WHERE type = 'profile.changed'")
    assert "birthdate" in details
    assert "1984" not in details


async def test_an_empty_field_takes_its_claim_back(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await save(browser, await open_account(browser, PROFILE))
    page = await save(browser, page, **dict.fromkeys(FULL, ""))
    assert await stored(sqlite_world) == {}
    assert await sqlite_world.rows(
        "SELECT language, kind, country FROM account WHERE customer_id = 'aa11111-ovh'"
    ) == [("", "", "")]
    assert "aa11111-ovh" in page.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("birthdate", "29.2.1984", "Enter a date"),
        ("birthdate", "1983-02-29", "Enter a date"),
        ("birthdate", "1984-13-01", "Enter a date"),
        ("birthdate", "1784", "Enter a date"),
        ("phone_number", "01 99 00 12 34", "Enter the number with its country code"),
        ("phone_number", "call me", "Enter the number with its country code"),
        ("website", "http://alice.example/", "Enter a web address in full"),
        ("website", "javascript:alert(1)", "Enter a web address in full"),
        ("website", "https://alice", "Enter a web address in full"),
        ("picture", "https://alice@evil.example/", "Enter a web address in full"),
        ("picture", "https://127.0.0.1/me.png", "Enter a web address in full"),
        ("profile_page", 'https://alice.example/"onload="', "Enter a web address in full"),
        ("profile_page", "https://[::1", "Enter a web address in full"),
        ("zoneinfo", "Mars/Olympus", "Choose one of the list"),
        ("gender", "<script>", "Choose one of the list"),
        ("language", "tlh", "Choose one of the list"),
        ("kind", "emperor", "Choose one of the list"),
        ("account_country", "XX", "Choose one of the list"),
        ("nickname", "x" * 121, "That is too long"),
        ("name", "\ud83d\ude00" * 400, "That is too long"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_that_was_typed_is_lost(
    sqlite_world: World, field: str, typed: str, sentence: str
) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PROFILE)
    before = await stored(sqlite_world)
    typed = typed.encode("utf-16", "surrogatepass").decode("utf-16")
    page = await save(browser, page, **{field: typed})
    assert page.status_code == 422
    assert sentence in page.text
    assert "<title>Error:" in page.text
    assert f'href="#{field}"' in page.text
    other = "nickname" if field != "nickname" else "given_name"
    assert f'value="{FULL[other]}"' in page.text
    assert '<script>"' not in page.text
    assert await stored(sqlite_world) == before


@pytest.mark.parametrize("birthdate", ["1984", "2000-02-29", "1999-12-31"])
async def test_a_year_is_a_date_of_birth_too(sqlite_world: World, birthdate: str) -> None:
    browser = sqlite_world.browser()
    await save(browser, await open_account(browser, PROFILE), birthdate=birthdate)
    assert (await stored(sqlite_world))["birthdate"] == birthdate


async def test_what_two_browsers_change_at_once_is_not_lost(world: World) -> None:
    first, second = world.browser(), world.browser()
    here, there = await open_account(first, PROFILE), await open_account(second, PROFILE)
    await save(first, here, nickname="Ali", language="")
    page = await save(second, there, nickname="Lili", language="")
    assert page.status_code == 409
    assert "changed elsewhere" in page.text
    assert 'value="Lili"' in page.text
    assert (await stored(world))["nickname"] == "Ali"
    await save(second, page, nickname="Lili")
    assert (await stored(world))["nickname"] == "Lili"


async def test_nobody_says_of_themselves_what_is_not_theirs_to_say(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PROFILE)
    forged = {
        "email": "bob@example.test",
        "primary_email": "bob@example.test",
        "email_verified": "1",
        "phone_number_verified": "1",
        "customer_id": "bb22222-ovh",
        "role": "administrator",
        "sub": "somebody",
        "member_of": '["staff"]',
        "address": "{}",
        "updated_at": "1",
    }
    await save(browser, page, **forged)
    found = await stored(sqlite_world)
    assert not {*forged} & {*found} - {"address"}
    told = await claims(browser)
    assert told["email"] == "alice@example.test"
    assert told["customer_id"] == "aa11111-ovh"
    assert "phone_number_verified" not in told
    rows = await sqlite_world.rows("SELECT role, member_of FROM account WHERE customer_id = 'aa11111-ovh'")
    assert rows == [("customer", "[]")]


async def test_what_a_company_signed_up_as_can_be_changed(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("type")
    await newcomer.press(kind="company")
    await newcomer.name(organization="Novak & Fils")
    page = await newcomer.look(PROFILE)
    assert 'name="organization" type="text" value="Novak &amp; Fils"' in page.text
    typed = {"given_name": "Nina", "name": "Nina Novak", "kind": "company", "language": "en"}
    await press(newcomer.browser, page, "profile", "save", **typed, organization="Novak\u202e SARL")
    [(profile,)] = await sqlite_world.rows("SELECT profile FROM account WHERE kind = 'company'")
    assert json.loads(profile)["organization"] == "Novak SARL"


async def test_a_number_that_somebody_verified_is_verified_no_more_once_it_changes(
    sqlite_world: World,
) -> None:
    browser = sqlite_world.browser()
    page = await save(browser, await open_account(browser, PROFILE))
    verify = json.dumps({**(await stored(sqlite_world)), "phone_number_verified": True})
    path = sqlite_world.house.settings.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE account SET profile = ? WHERE customer_id = 'aa11111-ovh'", (verify,))
    page = await browser.get(PROFILE)
    page = await save(browser, page, nickname="Lili")
    assert (await stored(sqlite_world))["phone_number_verified"] is True
    await save(browser, page, phone_number="+33 1 99 00 99 99")
    assert "phone_number_verified" not in await stored(sqlite_world)


async def test_a_form_of_another_session_changes_nothing(sqlite_world: World) -> None:
    alice, bob = sqlite_world.browser(), sqlite_world.browser()
    page = await open_account(alice, PROFILE)
    await open_account(bob, PROFILE, identifier="bb22222-ovh")
    path, hidden = forms_of(page)["profile"]
    answered = await bob.http.post(path, data={**hidden, **FULL}, headers={"origin": "http://localhost:8000"})
    assert answered.status_code == 403
