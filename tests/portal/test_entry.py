"""The entry link: language and brand by the subsidiary, and no way out to anywhere that is not ours."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest

from idp.config.settings import Brand, OtherBrand, Settings, Subsidiary
from idp.store.clients import CLIENT, UPDATE_METADATA, metadata_text
from tests.portal.pressing import open_account, press
from tests.support.world import ISSUER, World, answer, open_world, settings_for

MANAGER = "http://localhost:8001"
HOSTILE = (
    "https://evil.test/",
    "//evil.test",
    "https:evil.test",
    "/\\evil.test",
    "http://localhost:80@evil.test",
    "http://localhost:8001@evil.test/",
    "http://localhost:8001\\@evil.test/",
    "http://localhost:8001.evil.test/",
    "http://localhost.evil.test:8001/",
    "http://evil.test\\.localhost:8001/",
    "http://localhost。evil.test/",
    "http://localhost:8001//evil.test/",
    "http://localhost:8001/%2e%2e/%2e%2e//evil.test",
    "http://localhost:8002/",
    "https://localhost:8001/",
    "http://localhost:3000/callback",
    "javascript:alert(1)",
    "http://localhost:8001/\r\nSet-Cookie: a=b",
    "http://localhost:8001\x00.evil.test/",
    "http://localhost:8001%2eevil.test/",
    "http://localhost:8001\N{FULLWIDTH FULL STOP}evil.test/",
    "http://localhost:8001\N{FULLWIDTH SOLIDUS}evil.test/",
    "http://localhost:8001\N{FULLWIDTH COMMERCIAL AT}evil.test/",
    "http://LOCALHOST\N{COMBINING ACUTE ACCENT}:8001/",
    "http://localhost:8001\N{RIGHT-TO-LEFT OVERRIDE}/tset.live",
    "\thttp://localhost:8001/",
    "http://localhost:8001/" + "a" * 20_000,
    "data:text/html,evil.test",
    "",
)


@pytest.fixture
async def entered(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A world whose manager is where people go, with a second brand for Canada."""
    async with open_world(two_brands(settings_for(database_url, tmp_path))) as world:
        await _give_home(world)
        yield world


def two_brands(settings: Settings) -> Settings:
    return replace(
        settings,
        brand=Brand(home_client="manager"),
        brands=(OtherBrand(key="north", name="Maple Hosting", accent="#8a1c1c"),),
        subsidiaries=(Subsidiary(code="CA", language="en-CA", country="CA", brand="north"),),
    )


async def _give_home(world: World) -> None:
    client = await world.house.database.one(CLIENT, client_id="manager")
    assert client is not None
    metadata = metadata_text(replace(client, client_uri=f"{MANAGER}/"))
    effect = UPDATE_METADATA.effect(of_client="manager", metadata=metadata, now=world.clock.now())
    assert await world.house.database.apply([effect])


def _asked(response: httpx2.Response) -> dict[str, str]:
    """What the application is asked, at its `initiate_login_uri`."""
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{MANAGER}/login?")
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


@pytest.mark.parametrize("path", ["/auth", "/auth/"])
@pytest.mark.parametrize("code", ["fr", "FR", "Fr"])
async def test_the_link_of_a_subsidiary_begins_a_sign_in_in_its_language(
    entered: World, path: str, code: str
) -> None:
    browser = entered.browser(headers={"accept-language": "en"})
    came_from = quote(f"{MANAGER}/invoices", safe="")
    response = await browser.get(f"{path}?action=gotomanager&from={came_from}&ovhSubsidiary={code}")
    assert _asked(response) == {
        "iss": ISSUER,
        "target_link_uri": f"{MANAGER}/invoices",
        "ui_locales": "fr",
    }
    assert response.headers["cache-control"] == "no-store"
    page = await browser.authorize()
    assert '<html lang="fr"' in page.text


async def test_the_latest_link_counts_and_then_the_footer(entered: World) -> None:
    browser = entered.browser(headers={"accept-language": "fr"})
    await browser.get("/auth/?ovhSubsidiary=fr")
    assert _asked(await browser.get("/auth/?ovhSubsidiary=GB"))["ui_locales"] == "en"
    assert '<html lang="en"' in (await browser.authorize()).text
    await browser.get("/account?language=fr")
    await browser.follow(await browser.get("/account?language=fr"))
    page = await browser.authorize()
    await browser.get(f"{page.url.path}?language=fr")
    assert '<html lang="fr"' in (await browser.authorize()).text


@pytest.mark.parametrize("query", ["", "ovhSubsidiary=XX", "ovhSubsidiary=", "action=fly&from=x", "action="])
async def test_unknown_values_fall_back_without_an_error(entered: World, query: str) -> None:
    browser = entered.browser(headers={"accept-language": "fr"})
    response = await browser.get(f"/auth/?{query}")
    assert _asked(response) == {"iss": ISSUER}
    assert "set-cookie" not in response.headers


async def test_a_language_that_we_do_not_speak_leaves_the_browser_its_own(entered: World) -> None:
    browser = entered.browser(headers={"accept-language": "fr"})
    assert "ui_locales" not in _asked(await browser.get("/auth/?ovhSubsidiary=CZ"))


async def test_a_subsidiary_shows_its_brand_until_another_one_is_entered(entered: World) -> None:
    browser = entered.browser()
    await browser.get("/auth/?ovhSubsidiary=ca")
    page = await browser.authorize()
    assert " Maple Hosting</title>" in page.text
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "--accent: #8a1c1c" in (await browser.get(style)).text
    await browser.get("/auth/?ovhSubsidiary=fr")
    assert " Demo Hosting</title>" in (await browser.authorize()).text


@pytest.mark.parametrize(
    "planted", ["south", "north", "ca; idp-subsidiary=fr", "../../etc", "%00", "x" * 600]
)
async def test_a_subsidiary_that_nobody_has_shows_the_main_brand(entered: World, planted: str) -> None:
    browser = entered.browser(headers={"cookie": f"idp-subsidiary={planted}"})
    assert " Demo Hosting</title>" in (await browser.authorize()).text


async def test_a_sign_up_begins_with_the_country_and_the_language_of_the_link(entered: World) -> None:
    browser = entered.browser(headers={"accept-language": "en"})
    await browser.get("/auth/?ovhSubsidiary=ca")
    page = await browser.follow(await browser.get("/auth/signup/new/?ovhSubsidiary=QC"))
    assert '<option value="CA" selected>' in page.text
    assert '<option value="fr" selected>' in page.text


async def test_a_link_without_a_country_leaves_the_place_of_the_browser(entered: World) -> None:
    browser = entered.browser(headers={"accept-language": "en"})
    page = await browser.follow(await browser.get("/auth/signup/new/?ovhSubsidiary=WE"))
    assert '<option value="FR" selected>' in page.text


@pytest.mark.requirement("S71")
@pytest.mark.parametrize("name", ["from", "onsuccess"])
async def test_no_link_leads_to_a_place_that_is_not_ours(entered: World, name: str) -> None:
    browser = entered.browser()
    for place in HOSTILE:
        response = await browser.get("/auth/", params={"action": "gotomanager", name: place})
        assert _asked(response) == {"iss": ISSUER}, place


@pytest.mark.requirement("S71")
@pytest.mark.parametrize("good_first", [True, False])
async def test_a_place_that_is_named_twice_is_ours_or_none(entered: World, good_first: bool) -> None:
    places = (f"{MANAGER}/invoices", "https://evil.test/")
    first, second = places if good_first else places[::-1]
    query = f"from={quote(first, safe='')}&from={quote(second, safe='')}&ovhSubsidiary=fr&ovhSubsidiary=XX"
    asked = _asked(await entered.browser().get(f"/auth/?{query}"))
    assert asked.get("target_link_uri", places[0]) == places[0]


@pytest.mark.parametrize("action", ["disconnect\x00", "DISCONNECT", "gotomanager'--", "x" * 10_000, "🙂"])
async def test_an_unknown_action_signs_in_whatever_it_is(entered: World, action: str) -> None:
    assert _asked(await entered.browser().get("/auth/", params={"action": action})) == {"iss": ISSUER}


@pytest.mark.parametrize("code", ["f r", "../fr", "fr\r\nset-cookie: a=b", "x" * 10_000, "ﬀ", "\x00", "İ"])
async def test_a_forged_subsidiary_counts_as_none(entered: World, code: str) -> None:
    response = await entered.browser().get("/auth/", params={"ovhSubsidiary": code})
    assert _asked(response) == {"iss": ISSUER}
    assert "set-cookie" not in response.headers


async def test_another_host_in_the_request_changes_no_address(entered: World) -> None:
    for name in ("host", "x-forwarded-host", "forwarded"):
        response = await entered.browser().get("/auth/?action=disconnect", headers={name: "evil.test"})
        assert "evil.test" not in response.headers.get("location", ""), name
        response = await entered.browser().get("/auth/?ovhSubsidiary=fr", headers={name: "evil.test"})
        assert "evil.test" not in response.headers.get("location", ""), name


async def test_onsuccess_alone_signs_in_to_whose_place_it_is(entered: World) -> None:
    browser = entered.browser()
    place = f"{MANAGER}/#/billing?page=1"
    assert _asked(await browser.get("/auth/", params={"onsuccess": place}))["target_link_uri"] == place


async def test_without_an_application_to_go_to_the_account_opens(sqlite_world: World) -> None:
    response = await sqlite_world.browser().get("/auth/?action=gotomanager&ovhSubsidiary=fr")
    assert (response.status_code, response.headers["location"]) == (303, "/account")


async def test_the_former_address_of_sign_up_leads_there(entered: World) -> None:
    browser = entered.browser()
    for path in ("/auth/signup/new", "/auth/signup/new/"):
        response = await browser.get(f"{path}?lang=fr_FR&onsuccess=https://evil.test")
        assert (response.status_code, response.headers["location"]) == (303, "/sign-up")
        assert "idp-language=fr" in response.headers["set-cookie"]


async def test_disconnect_asks_before_it_signs_out_and_then_goes_on(entered: World) -> None:
    browser = entered.browser()
    await open_account(browser)
    link = "/auth/?action=disconnect&onsuccess=" + quote(f"{MANAGER}/", safe="")
    page = await browser.follow(await browser.get(link))
    assert 'id="logout"' in page.text
    assert (await browser.get("/account")).status_code == 200
    gone = await press(browser, page, "logout", "continue")
    assert (gone.status_code, gone.headers["location"]) == (303, f"{MANAGER}/")
    assert (await browser.get("/account")).headers["location"].startswith("/sign-in/")
    assert answer(await browser.authorize(prompt="none"))["error"] == "login_required"


async def test_disconnect_of_nobody_goes_on_at_once(entered: World) -> None:
    browser = entered.browser()
    link = "/auth/?action=disconnect&onsuccess=" + quote(f"{MANAGER}/", safe="")
    gone = await browser.follow(await browser.get(link))
    assert (gone.status_code, gone.headers["location"]) == (303, f"{MANAGER}/")


@pytest.mark.requirement("S71")
async def test_disconnect_goes_nowhere_else(entered: World) -> None:
    browser = entered.browser()
    for place in HOSTILE:
        asked = {"action": "disconnect", "onsuccess": place}
        gone = await browser.follow(await browser.get("/auth/", params=asked))
        assert (gone.status_code, "evil.test" in gone.text) == (200, False), place


@pytest.mark.requirement("S71")
async def test_a_destination_swapped_in_the_form_of_signing_out_is_not_followed(entered: World) -> None:
    browser = entered.browser()
    await open_account(browser)
    page = await browser.follow(await browser.get("/auth/?action=disconnect"))
    gone = await press(browser, page, "logout", "continue", onsuccess="https://evil.test/")
    assert gone.status_code == 200
    assert "evil.test" not in gone.text


@pytest.mark.requirement("S71")
async def test_somebody_elses_application_is_no_place_to_go(entered: World) -> None:
    client = await entered.house.database.one(CLIENT, client_id="spa")
    assert client is not None
    metadata = metadata_text(replace(client, client_uri="http://localhost:3000/"))
    await entered.house.database.apply(
        [UPDATE_METADATA.effect(of_client="spa", metadata=metadata, now=entered.clock.now())]
    )
    browser = entered.browser()
    assert _asked(await browser.get("/auth/?onsuccess=http://localhost:3000/")) == {"iss": ISSUER}


async def test_only_a_link_enters(entered: World) -> None:
    assert (await entered.browser().http.post("/auth/")).status_code == 405
