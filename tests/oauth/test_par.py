"""Pushed authorization requests, RFC 9126: pushed by a client, answered once, to whoever comes in time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from idp.config.requests import Requests
from tests.attacks.paused import ALICE
from tests.oauth.asking import object_claims, register_asker
from tests.oauth.asserting import assertion, present
from tests.oauth.pushing import (
    PUSHER,
    URN,
    come,
    is_over,
    is_untrusted,
    push,
    pushed,
    register_pusher,
    sign_in,
    visitor,
)
from tests.oauth.wire import SPA, refused, success
from tests.portal.signing_up import Newcomer
from tests.support.client_keys import client_key, signed
from tests.support.world import (
    ISSUER,
    World,
    answer,
    asked,
    basic,
    is_asking,
    open_world,
    settings_for,
    with_settings,
)

CALLBACK = "http://localhost:8001/callback"


async def test_a_pushed_request_is_granted_as_it_was_pushed(world: World) -> None:
    browser = visitor(world)
    reference = await pushed(world, state="pushed state", nonce="pushed nonce", scope="openid email")

    response = await sign_in(browser, await come(browser, reference))

    assert response.headers["location"].startswith(CALLBACK)
    assert (answer(response)["state"], answer(response)["iss"]) == ("pushed state", ISSUER)
    tokens = success(await browser.redeem(response))
    claims = world.house.keyring.verify(tokens["id_token"], typ="JWT")
    assert (claims["nonce"], tokens["scope"]) == ("pushed nonce", "openid email")
    ((details,),) = await world.rows("SELECT details FROM audit_event WHERE type = 'authorization.granted'")
    assert '"pushed":true' in details.replace(" ", "")
    ((digest, redeemed_at),) = await world.rows("SELECT digest, redeemed_at FROM pushed_request")
    assert redeemed_at == world.clock.now()
    # Nothing at rest opens a door.
    assert bytes(digest) not in (reference.encode(), reference.removeprefix(URN).encode())


async def test_who_is_signed_in_is_asked_for_nothing(world: World) -> None:
    browser = visitor(world)
    await browser.sign_in()
    for prompt in ("", "none"):
        reference = await pushed(world, prompt=prompt)
        assert "code" in answer(await come(browser, reference))
        assert is_over(await come(browser, reference))


async def test_what_stands_beside_the_reference_does_not_count(world: World) -> None:
    """FAPI's modules send another state and nonce; a stranger could send another scope or redirect URI."""
    browser = visitor(world)
    reference = await pushed(world, scope="openid")
    beside = {
        "state": "outer", "nonce": "outer", "scope": "openid email", "redirect_uri": "https://evil.example/",
        "response_type": "token", "prompt": "none", "response_mode": "fragment", "code_challenge": "x" * 43,
    }  # fmt: skip

    response = await sign_in(browser, await come(browser, reference, **beside))

    assert response.headers["location"].startswith(f"{CALLBACK}?")
    assert answer(response)["state"] == "some state"
    tokens = success(await browser.redeem(response))
    assert tokens["scope"] == "openid"
    assert world.house.keyring.verify(tokens["id_token"], typ="JWT")["nonce"] == "n-1"


async def test_pages_may_be_reloaded_until_the_answer_goes_out(world: World) -> None:
    """fapi2-…-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds."""
    browser = visitor(world)
    reference = await pushed(world)
    for _ in range(3):
        assert is_asking(await come(browser, reference), "login")
    page = await come(browser, reference)
    assert is_asking(await browser.get(str(page.url)), "login")
    assert "code" in answer(await sign_in(browser, page))
    assert is_over(await come(browser, reference))
    assert is_over(await come(visitor(world), reference))


async def test_who_began_in_time_may_finish_later(world: World) -> None:
    browser, late = visitor(world), visitor(world)
    reference = await pushed(world)
    world.clock.pass_(89)
    page = await come(browser, reference)
    world.clock.pass_(1)
    assert is_over(await come(late, reference))
    world.clock.pass_(600)
    assert "code" in answer(await sign_in(browser, page))


async def test_of_two_tabs_the_second_gets_a_page(world: World) -> None:
    browser = visitor(world)
    reference = await pushed(world)
    first, second = await come(browser, reference), await come(browser, reference)

    assert "code" in answer(await sign_in(browser, first))

    assert is_over(await sign_in(browser, second))
    assert is_over(await browser.get(str(second.url), headers={"accept": "text/html"}))
    assert await world.rows("SELECT count(*) FROM code") == [(1,)]


@pytest.mark.requirement("S20")
async def test_of_20_tabs_that_finish_at_once_one_gets_a_code(world: World) -> None:
    """Each waits for consent, so that nothing is between the request and its answer but one post."""
    browser = visitor(world)
    reference = await pushed(world, "spa", **SPA)
    page = await come(browser, reference, "spa")
    await sign_in(browser, page)
    pages = [await come(browser, reference, "spa") for _ in range(20)]
    assert all('id="consent"' in page.text for page in pages)

    async def allow(page: Any) -> Any:
        return await browser.follow(await browser.submit(page, action="allow"))

    responses = await asyncio.gather(*map(allow, pages))

    assert sorted(response.status_code for response in responses) == [303, *[410] * 19]
    assert await world.rows("SELECT count(*) FROM code") == [(1,)]
    assert await world.rows("SELECT count(*) FROM family") == [(1,)]


@pytest.mark.requirement("S20")
async def test_of_20_browsers_without_a_page_one_gets_a_code(world: World) -> None:
    browser = visitor(world)
    await browser.sign_in()
    before = await world.rows("SELECT count(*) FROM code")
    reference = await pushed(world, prompt="none")

    responses = await asyncio.gather(*(come(browser, reference) for _ in range(20)))

    assert sorted(response.status_code for response in responses) == [303, *[410] * 19]
    assert await world.rows("SELECT count(*) FROM code") == [(before[0][0] + 1,)]


async def test_who_says_no_answers_it_too(world: World) -> None:
    browser = visitor(world)
    reference = await pushed(world, "spa", **SPA)
    page = await sign_in(browser, await come(browser, reference, "spa"))
    other = await come(browser, reference, "spa")

    denied = await browser.follow(await browser.submit(page, action="deny"))

    assert answer(denied)["error"] == "access_denied"
    assert is_over(await browser.follow(await browser.submit(other, action="allow")))
    assert is_over(await come(browser, reference, "spa"))


async def test_double_submission_does_not_ask_again(world: World) -> None:
    """Without a push the same would be asked once more, since the application may still wait."""
    browser = visitor(world)
    page = await come(browser, await pushed(world))
    assert "code" in answer(await sign_in(browser, page))
    again = await browser.submit(page, username=ALICE, password="correct horse battery")
    assert again.headers["location"].startswith("http://localhost:8001/login?iss=")

    await register_pusher(world)
    page = await come(browser, await pushed(world, PUSHER, prompt="login"), PUSHER)
    assert "code" in answer(await sign_in(browser, page))
    again = await browser.follow(await browser.submit(page, username=ALICE, password="correct horse battery"))
    assert is_over(again)
    assert await world.rows("SELECT count(*) FROM code") == [(2,)]


async def test_page_of_what_is_over_leads_back_to_the_application(sqlite_world: World) -> None:
    reference = await pushed(sqlite_world)
    sqlite_world.clock.pass_(90)
    page = await come(visitor(sqlite_world), reference)
    assert is_over(page)
    assert 'href="http://localhost:8001/login?iss=http%3A%2F%2Flocalhost%3A8000"' in page.text


async def test_reference_comes_by_form_as_well(world: World) -> None:
    browser, reference = visitor(world), await pushed(world)
    sent = {"client_id": "manager", "request_uri": reference}
    page = await browser.follow(await browser.http.post("/authorize", data=sent))
    assert "code" in answer(await sign_in(browser, page))


@pytest.mark.parametrize(
    ("parameters", "step"),
    [
        ({"prompt": "login"}, "login"),
        ({"prompt": "select_account"}, "select-account"),
        ({"max_age": "60"}, "login"),
        ({"prompt": "create"}, "sign-up-country"),
    ],
)
async def test_whatever_can_be_asked_can_be_pushed(
    sqlite_world: World, parameters: dict[str, str], step: str
) -> None:
    browser = visitor(sqlite_world)
    await browser.sign_in()
    sqlite_world.clock.pass_(120)
    page = await come(browser, await pushed(sqlite_world, **parameters))
    assert f'id="{step}"' in page.text, page.text


async def test_claims_resources_and_modes_are_kept(world: World) -> None:
    browser = visitor(world)
    form = [
        *asked(
            claims='{"id_token":{"email":null}}', response_mode="form_post", scope="openid profile email"
        ).items(),
        ("resource", "https://api.example.test"),
    ]
    response = await world.browser().http.post(
        "/par", data=dict(form), headers={"authorization": basic("manager")}
    )
    page = await sign_in(browser, await come(browser, response.json()["request_uri"]))
    assert page.status_code == 200
    assert 'name="code"' in page.text
    ((claims,),) = await world.rows("SELECT claims FROM family")
    assert "email" in claims


async def test_everybody_may_push_who_may_ask(world: World) -> None:
    """Public clients name themselves; the others authenticate, by whatever they registered."""
    await register_asker(world, "signer", token_endpoint_auth_method="private_key_jwt", initiate_login_uri="")
    claims = object_claims(world, "signer")
    asking = {name: claims[name] for name in ("redirect_uri", "response_type", "scope", "code_challenge")}
    asking["code_challenge_method"] = "S256"
    answers = [
        await push(world, "spa", **SPA),
        await push(world, "manager"),
        await world.browser().http.post("/par", data={**asked(), "client_secret": "manager-secret"}),
        await present(world, proof := assertion(world, "signer"), "/par", **asking),
    ]
    assert [response.status_code for response in answers] == [201] * 4

    refused(await present(world, proof, "/par", **asking), "invalid_client", 401)
    ((kept,), *_) = await world.rows("SELECT parameters FROM pushed_request")
    assert "secret" not in kept
    assert "assertion" not in kept


async def test_client_id_need_not_be_repeated(sqlite_world: World) -> None:
    browser = visitor(sqlite_world)
    page = await come(browser, await pushed(sqlite_world, client_id=""))
    assert "code" in answer(await sign_in(browser, page))


async def test_who_has_to_push_is_refused_without(world: World) -> None:
    """fapi2-…-ensure-unsigned-authorization-request-without-using-par-fails."""
    await register_pusher(world)
    browser = visitor(world)
    found = answer(await browser.authorize(client_id=PUSHER))
    assert (found["error"], found["state"], found["iss"]) == ("invalid_request", "some state", ISSUER)
    bare = await browser.get("/authorize", params={"client_id": PUSHER}, headers={"accept": "text/html"})
    assert is_untrusted(bare)
    page = await come(browser, await pushed(world, PUSHER), PUSHER)
    assert "code" in answer(await sign_in(browser, page))


async def test_setting_makes_everybody_push(sqlite_url: str, tmp_path: Path) -> None:
    strict = Requests(require_pushed=True, pushed_lifetime_seconds=30)
    settings = with_settings(settings_for(sqlite_url, tmp_path), requests=strict)
    async with open_world(settings) as world:
        browser = visitor(world)
        assert answer(await browser.authorize())["error"] == "invalid_request"
        response = await push(world)
        assert response.json()["expires_in"] == 30
        page = await come(browser, response.json()["request_uri"])
        assert "code" in answer(await sign_in(browser, page))
        found = (await browser.get("/.well-known/openid-configuration")).json()
        assert found["require_pushed_authorization_requests"] is True


async def test_metadata_says_where(sqlite_world: World) -> None:
    found = (await sqlite_world.browser().get("/.well-known/oauth-authorization-server")).json()
    assert found["pushed_authorization_request_endpoint"] == f"{ISSUER}/par"
    assert found["require_pushed_authorization_requests"] is False


async def test_browser_applications_of_any_origin_may_push(sqlite_world: World) -> None:
    http = sqlite_world.browser().http
    preflight = await http.options("/par", headers={"access-control-request-method": "POST"})
    assert preflight.headers["access-control-allow-methods"] == "POST"
    response = await http.post("/par", data=asked(**SPA), headers={"origin": "http://localhost:3000"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (201, "*")


async def test_signed_object_may_be_pushed_and_counts_alone(world: World) -> None:
    """RFC 9126 §3: what authenticates the client is all that may stand beside it."""
    await register_asker(world)
    token = signed(object_claims(world), client_key())
    authorization = {"authorization": basic("jar")}
    http = world.browser().http
    response = await http.post("/par", data={"request": token, "state": "outer"}, headers=authorization)
    browser = visitor(world)
    page = await come(browser, response.json()["request_uri"], "jar")
    assert answer(await sign_in(browser, page))["state"] == "inner state"

    bare = signed(object_claims(world, redirect_uri=None), client_key())
    beside = {"request": bare, "redirect_uri": "https://jar.example/callback"}
    refused(await http.post("/par", data=beside, headers=authorization), "invalid_request")
    other = signed(object_claims(world, "manager", iss="jar"), client_key())
    described = refused(
        await http.post("/par", data={"request": other}, headers=authorization), "invalid_request_object"
    )
    assert "client_id" in described


async def test_sign_up_that_took_long_still_answers_it_once(world: World) -> None:
    """The new customer goes on with an interaction of their own, which answers the same pushed request."""
    reference = await pushed(world, prompt="create")
    browser = visitor(world)
    newcomer = Newcomer(world=world, browser=browser, page=await come(browser, reference))
    await newcomer.until("name")
    world.clock.pass_(4_000)
    await newcomer.name()
    await newcomer.go_on()
    page = await newcomer.browser.submit(newcomer.page, "backup-address", action="skip")
    assert answer(await newcomer.browser.follow(page))["state"] == "some state"
    assert await world.rows("SELECT count(*) FROM pushed_request WHERE redeemed_at IS NOT NULL") == [(1,)]
    assert await world.rows("SELECT count(*) FROM code") == [(1,)]
