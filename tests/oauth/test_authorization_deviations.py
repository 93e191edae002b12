"""Where the library beneath us departs from the specifications at the authorization endpoint, and we don't.

The numbers are those of a list of its deviations: 1 to 13 are about authorization requests.
"""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from idp.spec.response import RESPONSE_TYPES
from tests.oauth.asking import CALLBACK, object_claims, register_asker
from tests.oauth.wire import NATIVE, SPA, consented, success, tokens_of
from tests.support.client_keys import client_key, signed
from tests.support.world import CHALLENGE, ISSUER, Browser, World, answer, asked

LEGACY = {"client_id": "legacy", "redirect_uri": CALLBACK, "scope": "openid profile"}
STATE = "a b%20c&d=\"e'\\<f>+\N{SNOWMAN}"
PLAIN = {"code_challenge": "", "code_challenge_method": ""}


@pytest.fixture
async def legacy_world(excepting_world: World) -> World:
    """With an old application that may ask for everything, and asks for consent."""
    await register_asker(
        excepting_world,
        "legacy",
        grant_types=frozenset({"authorization_code", "implicit"}),
        response_types=frozenset(RESPONSE_TYPES),
        is_first_party=False,
        require_pkce=False,
    )
    return excepting_world


def answered(response: httpx2.Response) -> tuple[str, dict[str, str]]:
    """How an answer came, and what it is."""
    if response.status_code == 200:
        assert 'id="form-post"' in response.text
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', response.text)
        return "form_post", {unescape(name): unescape(value) for name, value in found}
    location = urlsplit(response.headers["location"])
    assert location.netloc == urlsplit(CALLBACK).netloc
    way = "fragment" if location.fragment else "query"
    return way, dict(parse_qsl(location.fragment or location.query, strict_parsing=True))


async def ask(world: World, **parameters: str) -> httpx2.Response:
    return await world.browser().get("/authorize", params=asked(**{**LEGACY, **parameters}))


async def consent(browser: Browser, action: str = "allow", **parameters: str) -> httpx2.Response:
    """The answer to the old application, past its pages."""
    page = await browser.authorize(**{**LEGACY, **parameters})
    if 'id="login"' in page.text:
        page = await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
        page = await browser.follow(page)
    if 'id="consent"' in page.text:
        page = await browser.follow(await browser.submit(page, action=action))
    return page


@pytest.mark.requirement("S7")
async def test_1_pkce_is_demanded_where_it_is_due(legacy_world: World) -> None:
    """At the authorization endpoint, S256 alone, of hybrid requests too, and of every public client."""
    without: dict[str, str] = {**SPA, **PLAIN}
    for parameters in (
        PLAIN,
        without,
        {**NATIVE, **PLAIN},
        {**LEGACY, "code_challenge_method": "plain"},
        {**LEGACY, "code_challenge": CHALLENGE, "code_challenge_method": ""},
        {**LEGACY, "response_type": "code id_token", "code_challenge_method": "plain"},
    ):
        response = await legacy_world.browser().get("/authorize", params=asked(**parameters))
        location = urlsplit(response.headers["location"])
        assert "error=invalid_request&" in location.query + location.fragment, parameters
    assert (await ask(legacy_world, **PLAIN)).headers["location"].startswith("/sign-in/")


async def test_2_a_missing_redirect_uri_is_never_guessed_and_native_ones_have_any_port(
    legacy_world: World,
) -> None:
    page = await legacy_world.browser(headers={"accept": "text/html"}).get(
        "/authorize", params=asked(redirect_uri="")
    )
    assert (page.status_code, "location" in page.headers) == (400, False)
    native = asked(client_id="native", redirect_uri="http://127.0.0.1:51234/callback", prompt="none")
    response = await legacy_world.browser().get("/authorize", params=native)
    assert response.headers["location"].startswith("http://127.0.0.1:51234/callback?error=login_required")
    other = asked(redirect_uri="http://localhost:8002/callback")
    assert (await legacy_world.browser().get("/authorize", params=other)).status_code == 400


async def test_3_no_character_of_a_request_is_an_error_of_ours(legacy_world: World) -> None:
    """In redirect_uri, response_type and response_mode they raised ValueError."""
    for strange in ('"', "\\", "\N{SNOWMAN}", "\x7f", "\r\n", "a\tb", "\ud7ff"):
        page = await legacy_world.browser().get("/authorize", params=asked(redirect_uri=strange))
        assert page.status_code == 400
        for name in ("response_type", "response_mode", "prompt", "scope", "max_age", "display", "claims"):
            for response_type in ("code", "id_token", "code id_token"):
                response = await ask(legacy_world, **{"response_type": response_type, name: strange})
                assert response.status_code == 303
                if not response.headers["location"].startswith("/sign-in/"):
                    assert answered(response)[1]["iss"] == ISSUER


async def test_4_an_unsupported_response_type_is_named(legacy_world: World) -> None:
    for value in ("codex", "code foo", "none"):
        _, found = answered(await ask(legacy_world, response_type=value))
        assert found["error"] == "unsupported_response_type"
        assert found["error_description"] == f"response_type {value} is not supported"


async def test_5_the_response_mode_is_kept_to_and_tokens_never_go_into_a_query(legacy_world: World) -> None:
    for mode in ("query", "fragment", "form_post"):
        response = await consent(legacy_world.browser(), response_mode=mode, state=STATE)
        way, found = answered(response)
        assert (way, found["state"]) == (mode, STATE)
        assert "code" in found
        if mode == "form_post":
            policy = response.headers["content-security-policy"]
            nonce = re.search(r'<script src="[^"]*form-post[^"]*" nonce="([^"]+)"', response.text)
            assert nonce
            assert f"script-src 'nonce-{nonce[1]}'" in policy
            assert "form-action" not in policy
            assert re.search(r"<button[^>]*>", response.text)
            assert not re.search(r"<script(?! src)|\son\w+=|style=", response.text)
    for response_type in RESPONSE_TYPES[1:]:
        response = await ask(legacy_world, response_type=response_type, response_mode="query", state=STATE)
        assert (answered(response)[0], answered(response)[1]["error"]) == ("fragment", "invalid_request")


@pytest.mark.parametrize("response_type", RESPONSE_TYPES)
async def test_6_and_7_errors_and_denials_go_the_right_way_with_state_and_iss(
    legacy_world: World, response_type: str
) -> None:
    default = "query" if response_type == "code" else "fragment"
    for mode in ("", "form_post", "fragment"):
        common = {"response_type": response_type, "response_mode": mode, "state": STATE}
        for parameters, error in (
            ({"prompt": "none"}, "login_required"),
            ({"prompt": "none login"}, "invalid_request"),
            ({"scope": "unknown openid "}, "invalid_scope"),
            ({"code_challenge": "short"}, "invalid_request" if "code" in response_type.split() else ""),
            ({"nonce": ""}, "invalid_request" if "id_token" in response_type.split() else ""),
            ({"max_age": "soon"}, "invalid_request"),
        ):
            if error:
                way, found = answered(await ask(legacy_world, **common, **parameters))
                assert way == (mode or default)
                assert (found["error"], found["state"], found["iss"]) == (error, STATE, ISSUER)
                assert set(found) == {"error", "error_description", "state", "iss"}
        way, found = answered(await consent(legacy_world.browser(), "deny", **common))
        assert (way, found["error"]) == (mode or default, "access_denied")
        assert (found["state"], found["iss"]) == (STATE, ISSUER)


async def test_6_a_missing_response_type_is_told_in_the_query(legacy_world: World) -> None:
    """oidcc-response-type-missing; or posted, where that was asked for."""
    for mode, way in (("", "query"), ("query", "query"), ("form_post", "form_post")):
        found = answered(await ask(legacy_world, response_type="", response_mode=mode, state=STATE))
        assert found[0] == way
        assert (found[1]["error"], found[1]["state"]) == ("invalid_request", STATE)


async def test_8_every_prompt_does_what_it_says(legacy_world: World) -> None:
    browser = legacy_world.browser()
    silent = {**LEGACY, "prompt": "none"}
    assert answer(await browser.authorize(**silent))["error"] == "login_required"
    await browser.sign_in()
    assert answer(await browser.authorize(**silent))["error"] == "consent_required"
    await consent(browser)
    assert "code" in answer(await browser.authorize(**silent))
    # Also without openid, where it was ignored.
    assert answer(await legacy_world.browser().authorize(scope="invoices:read", prompt="none"))["error"] == (
        "login_required"
    )
    page = await browser.authorize(**LEGACY, prompt="login")
    assert 'id="login"' in page.text
    page = await browser.follow(
        await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
    )
    # Once is enough: whoever has signed in again is not asked for ever.
    assert "code" in answer(page)
    assert 'id="consent"' in (await browser.authorize(**LEGACY, prompt="consent")).text
    assert 'id="select-account"' in (await browser.authorize(**LEGACY, prompt="select_account")).text


async def test_9_max_age_is_kept_to_and_auth_time_is_when_somebody_signed_in(world: World) -> None:
    browser = world.browser()

    async def auth_time(**parameters: str) -> int:
        tokens = success(await browser.redeem(await browser.sign_in(**parameters)))
        return int(world.house.keyring.verify(tokens["id_token"], typ="JWT")["auth_time"])

    first = await auth_time()
    world.clock.pass_(100)
    silent = await browser.authorize(max_age="15000", prompt="none")
    claims = world.house.keyring.verify(success(await browser.redeem(silent))["id_token"], typ="JWT")
    assert claims["auth_time"] == first
    assert answer(await browser.authorize(max_age="99", prompt="none"))["error"] == "login_required"
    assert await auth_time(max_age="99") == first + 100
    assert answer(await browser.authorize(max_age="0", prompt="none"))["error"] == "login_required"


async def test_10_a_request_object_is_never_ignored(world: World) -> None:
    for parameters, error in (
        ({"request": "e30.e30."}, "invalid_request_object"),
        ({"request_uri": "https://x.example/r"}, "invalid_request_uri"),
    ):
        response = await world.browser().get("/authorize", params=asked(**parameters))
        assert (answer(response)["error"], answer(response)["state"]) == (error, "some state")


async def test_11_state_inside_an_object_comes_back_with_a_denial(legacy_world: World) -> None:
    """The rest of 11 is in test_request_object.py and test_request_object_hostile.py."""
    claims = object_claims(legacy_world, "legacy", state=STATE)
    browser = legacy_world.browser()
    page = await browser.follow(
        await browser.get(
            "/authorize", params={**LEGACY, "response_type": "code", "request": signed(claims, client_key())}
        )
    )
    page = await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
    found = answer(await browser.follow(await browser.submit(await browser.follow(page), action="deny")))
    assert (found["error"], found["state"], found["iss"]) == ("access_denied", STATE, ISSUER)


async def test_12_a_nonce_may_come_twice_and_is_needed_for_id_tokens_of_the_front_channel_alone(
    legacy_world: World,
) -> None:
    for response_type in RESPONSE_TYPES:
        for nonce in ("twice", "twice", ""):
            browser = legacy_world.browser()
            _, found = answered(await consent(browser, response_type=response_type, nonce=nonce))
            is_refused = not nonce and "id_token" in response_type.split()
            assert found.get("error") == ("invalid_request" if is_refused else None)
    assert (await tokens_of(legacy_world, nonce=""))["id_token"]


async def test_13_a_client_with_a_secret_may_use_implicit(legacy_world: World) -> None:
    _, found = answered(await consent(legacy_world.browser(), response_type="id_token token"))
    assert {"id_token", "access_token"} <= found.keys()
    assert (await consented(legacy_world.browser())).status_code == 303


async def test_unknown_parameters_are_ignored_and_repeated_ones_refused(legacy_world: World) -> None:
    """RFC 6749 §3.1, in the mode that was asked for."""
    sent = [*asked(**LEGACY, response_mode="form_post").items(), ("extra", "1"), ("x[]", "2"), ("nonce", "")]
    response = await legacy_world.browser().get(f"/authorize?{urlencode(sent)}")
    assert (answered(response)[0], answered(response)[1]["error"]) == ("form_post", "invalid_request")
    response = await legacy_world.browser().get(f"/authorize?{urlencode(sent[:-1])}")
    assert response.headers["location"].startswith("/sign-in/")
