"""What people are shown of the application that asks: its logo from us, its links, its host, and single claims."""

import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from idp.clients.logos import Logos, logo_name, logo_path, picture_type
from idp.records.client import Client, ClientId
from tests.oauth.registration.registering import URI, initial_token, registered
from tests.support.outside import MemoryOutside
from tests.support.world import PASSWORD, START, Browser, World, answer

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
LOGO = "https://shop.example/logo.png"
PAGES = {
    "logo_uri": LOGO,
    "client_uri": "https://shop.example/",
    "policy_uri": "https://shop.example/privacy",
    "tos_uri": "https://shop.example/terms",
}


async def _sign_in_page(browser: Browser, held: dict[str, Any], **parameters: str) -> httpx2.Response:
    return await browser.authorize(client_id=held["client_id"], redirect_uri=URI, **parameters)


async def _consent_page(browser: Browser, held: dict[str, Any], **parameters: str) -> httpx2.Response:
    page = await _sign_in_page(browser, held, **parameters)
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert 'id="consent"' in page.text
    return page


@pytest.mark.requirement("S72", "S73")
async def test_both_pages_show_logo_policy_and_terms(sqlite_open_world: World) -> None:
    """The suite's modules registration-logo-uri, -policy-uri and -tos-uri look at the sign-in page."""
    world = sqlite_open_world
    world.outside.documents[LOGO] = PNG
    held = await registered(world, **PAGES)
    browser = world.browser()
    signing_in = await _sign_in_page(browser, held)
    consenting = await _consent_page(world.browser(), held)
    path = f"/logo/{held['client_id']}/{logo_name(LOGO)}"
    for page in (signing_in, consenting):
        assert f'src="{path}"' in page.text
        assert LOGO not in page.text
        for link in ("privacy", "terms"):
            assert (
                f'href="https://shop.example/{link}" target="_blank" rel="noopener noreferrer"' in page.text
            )
        assert "img-src 'self' data:;" in page.headers["content-security-policy"]
    assert world.outside.fetched == []
    for _ in range(2):
        picture = await browser.get(path)
        assert (picture.status_code, picture.content) == (200, PNG)
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert picture.headers["cross-origin-resource-policy"] == "same-origin"
    assert world.outside.fetched == [LOGO]


async def test_the_pages_speak_their_readers_language(sqlite_open_world: World) -> None:
    held = await registered(
        sqlite_open_world,
        **PAGES,
        **{
            "client_name#fr": "Boutique",
            "tos_uri#fr": "https://shop.example/cgu",
            "logo_uri#fr": f"{LOGO}?fr",
        },
    )
    page = await _sign_in_page(sqlite_open_world.browser(), held, ui_locales="fr")
    assert "Boutique" in page.text
    assert "https://shop.example/cgu" in page.text
    assert logo_name(f"{LOGO}?fr") in page.text


@pytest.mark.requirement("S30")
async def test_people_learn_that_nobody_vouches_for_an_application(sqlite_open_world: World) -> None:
    world = sqlite_open_world
    page = await _consent_page(world.browser(), await registered(world, **PAGES))
    told = "We don’t know who is behind this application"
    assert told in page.text
    assert "you go on to <bdi>shop.example</bdi>" in page.text
    assert "(shop.example)" in page.text
    token = await initial_token(world)
    page = await _consent_page(world.browser(), await registered(world, token.value, **PAGES))
    assert told not in page.text


async def test_claims_are_asked_one_by_one_and_remembered(sqlite_open_world: World) -> None:
    world = sqlite_open_world
    held = await registered(world)
    claims = json.dumps({"userinfo": {"birthdate": {"essential": True}, "email": None, "unknown": None}})
    browser = world.browser()
    page = await _consent_page(browser, held, scope="openid email", claims=claims)
    assert 'data-scope="claim:birthdate"' in page.text
    assert "See your date of birth" in page.text
    # A scope that is asked for stands for it already, and what nobody knows is not asked.
    assert "claim:email" not in page.text
    assert "claim:unknown" not in page.text
    assert "code" in answer(await browser.follow(await browser.submit(page, action="allow")))
    silent = {"client_id": held["client_id"], "redirect_uri": URI, "prompt": "none", "scope": "openid email"}
    assert "code" in answer(await browser.authorize(**silent, claims=claims))
    # One detail is not all of them.
    more = json.dumps({"userinfo": {"gender": None}})
    assert answer(await browser.authorize(**silent, claims=more))["error"] == "consent_required"
    everything = {**silent, "scope": "openid profile"}
    assert answer(await browser.authorize(**everything))["error"] == "consent_required"
    applications = await browser.get("/account/applications")
    assert "See your date of birth" in applications.text


async def test_a_logo_that_can_not_be_had_is_not_there(sqlite_open_world: World) -> None:
    world = sqlite_open_world
    held = await registered(world, logo_uri=LOGO)
    http = world.browser().http
    path = f"/logo/{held['client_id']}/{logo_name(LOGO)}"
    paths = [path, f"/logo/{held['client_id']}/{'0' * 16}", f"/logo/nobody/{logo_name(LOGO)}"]
    assert [(await http.get(each)).status_code for each in paths] == [404, 404, 404]
    # Nobody can have anything fetched but what is registered, and that not again at once.
    await http.get(path)
    assert world.outside.fetched == [LOGO]
    world.outside.documents[LOGO] = PNG
    world.clock.pass_(300)
    assert (await http.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", None),
        (b"<html><script>alert(1)</script>", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"\x89PNG", None),
        (b"BM", None),
        (b"", None),
    ],
)
def test_a_picture_is_told_by_its_first_bytes(content: bytes, kind: str | None) -> None:
    assert picture_type(content) == kind


async def test_copies_are_few_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.clients.logos._MOST", 2)
    uris = [f"https://shop.example/{each}.png" for each in range(3)]
    outside = MemoryOutside(documents=dict.fromkeys(uris, PNG))
    logos = Logos(outside)
    plain = Client(client_id=ClientId("shop"), client_name="Shop")
    clients = [replace(plain, logo_uri=uri) for uri in uris]
    for client, uri in zip(clients, uris, strict=True):
        assert await logos.find(client, logo_name(uri), START)
    assert await logos.find(clients[0], logo_name(uris[0]), START)
    assert len(outside.fetched) == 4
    assert await logos.find(clients[0], logo_name(uris[0]), START + 86_400)
    assert len(outside.fetched) == 5
    assert logo_path(plain, "en") == ""


async def test_a_logo_that_is_too_large_is_none() -> None:
    outside = MemoryOutside(documents={LOGO: PNG + b"\0" * 131_072})
    client = Client(client_id=ClientId("shop"), client_name="Shop", logo_uri=LOGO)
    assert await Logos(outside).find(client, logo_name(LOGO), START) is None
