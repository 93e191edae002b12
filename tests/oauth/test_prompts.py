"""prompt, max_age and id_token_hint: what an application may demand of the sign-in. OpenID Connect Core §3.1.2.1."""

import pytest

from tests.oauth.wire import SPA, Tokens, success, tokens_of
from tests.support.world import PASSWORD, START, Browser, World, answer, asked


def _claims(world: World, tokens: Tokens) -> dict[str, object]:
    claims: dict[str, object] = world.house.keyring.verify(tokens["id_token"], typ="JWT")
    return claims


async def _silent(browser: Browser, **parameters: str) -> str:
    """The error of a request without a page, or `code`."""
    response = answer(await browser.get("/authorize", params=asked(prompt="none", **parameters)))
    return response.get("error", "code")


@pytest.mark.requirement("S33")
async def test_silence_tells_what_would_have_to_be_asked(world: World) -> None:
    """Authlib deviation 8: `consent_required` was never said."""
    browser = world.browser()
    assert await _silent(browser) == "login_required"
    assert await _silent(browser, **SPA) == "login_required"

    await browser.sign_in()

    assert await _silent(browser) == "code"
    assert await _silent(browser, **SPA) == "consent_required"
    assert await _silent(browser, scope="invoices:read") == "code"


@pytest.mark.requirement("S33")
async def test_prompt_login_asks_again_and_says_when(world: World) -> None:
    """oidcc-prompt-login: the form is shown again, and `auth_time` is later."""
    browser = world.browser()
    first = success(await browser.redeem(await browser.sign_in()))
    world.clock.pass_(30)

    page = await browser.authorize(prompt="login")
    assert 'id="login"' in page.text
    response = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    second = success(await browser.redeem(response))

    assert _claims(world, first)["auth_time"] == START
    assert _claims(world, second)["auth_time"] == START + 30
    assert _claims(world, second)["sid"] == _claims(world, first)["sid"]


async def test_prompt_login_is_not_met_by_opening_the_dispatcher(world: World) -> None:
    """CVE-2025-12390, GHSA-c9h6-v78w-52wj and their like: only the page's own proof counts."""
    browser = world.browser()
    await browser.sign_in()
    start = await browser.get("/authorize", params=asked(prompt="login"))
    dispatcher = start.headers["location"]

    for path in (dispatcher, f"{dispatcher}/consent", f"{dispatcher}/select-account", dispatcher):
        page = await browser.follow(await browser.get(path))
        assert 'id="login"' in page.text


async def test_select_account_asks_even_who_is_signed_in(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()

    page = await browser.authorize(prompt="select_account")
    assert 'id="select-account"' in page.text

    assert "code" in answer(await browser.follow(await browser.submit(page, action="continue")))


async def test_prompts_combine(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()

    page = await browser.authorize(**SPA, prompt="consent login  select_account login")
    assert 'id="login"' in page.text
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert 'id="consent"' in page.text

    assert "code" in answer(await browser.follow(await browser.submit(page, action="allow")))


@pytest.mark.requirement("S33")
async def test_max_age_asks_again_when_the_sign_in_is_too_old(world: World) -> None:
    """Authlib deviation 9: max_age was ignored. oidcc-max-age-1 and -10000."""
    browser = world.browser()
    await browser.sign_in()
    world.clock.pass_(2)

    assert await _silent(browser, max_age="1") == "login_required"
    assert await _silent(browser, max_age="2") == "code"
    assert await _silent(browser, max_age="15000") == "code"
    assert await _silent(browser, max_age="9999999999") == "code"
    assert await _silent(browser, max_age="0") == "login_required"
    assert 'id="login"' in (await browser.authorize(max_age="1")).text


@pytest.mark.requirement("S33")
async def test_max_age_0_asks_even_in_the_same_second(world: World) -> None:
    """Core §3.1.2.1: max_age=0 is equivalent to prompt=login."""
    browser = world.browser()
    await browser.sign_in()

    assert await _silent(browser, max_age="0") == "login_required"
    page = await browser.authorize(max_age="0")
    assert 'id="login"' in page.text

    response = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert "code" in answer(response)


async def test_an_id_token_hint_for_who_is_signed_in_is_silent(world: World) -> None:
    """oidcc-id-token-hint. It is a hint, so an expired one is as good."""
    browser = world.browser()
    tokens = success(await browser.redeem(await browser.sign_in()))

    assert await _silent(browser, id_token_hint=tokens["id_token"]) == "code"
    world.clock.pass_(3_600)
    assert await _silent(browser, id_token_hint=tokens["id_token"]) == "code"


async def test_an_id_token_hint_for_somebody_else_asks_for_them(world: World) -> None:
    alices = await tokens_of(world)
    browser = world.browser()
    await browser.sign_in("bb22222-ovh")

    assert await _silent(browser, id_token_hint=alices["id_token"]) == "login_required"
    page = await browser.authorize(id_token_hint=alices["id_token"])
    assert 'id="login"' in page.text
    as_bob = await browser.follow(await browser.submit(page, username="bb22222-ovh", password=PASSWORD))
    assert answer(as_bob)["error"] == "login_required"

    page = await browser.authorize(id_token_hint=alices["id_token"])
    as_alice = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert "code" in answer(as_alice)


@pytest.mark.requirement("S28")
async def test_what_is_no_id_token_of_this_client_is_refused(world: World) -> None:
    tokens = await tokens_of(world)
    foreign = success(
        await world.browser().redeem(
            await world.browser().sign_in(client_id="native", redirect_uri="http://127.0.0.1/callback"),
            "native",
        )
    )
    header, claims, signature = tokens["id_token"].split(".")
    unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiIiwidHlwIjoiSldUIn0"
    browser = world.browser()
    await browser.sign_in()

    for wrong in (
        tokens["access_token"],
        tokens["refresh_token"],
        foreign["id_token"],
        f"{unsigned}.{claims}.",
        f"{header}.{claims}.{'A' * len(signature)}",
        f"{header}.{claims}",
        "x",
        "..",
        "\N{SNOWMAN}",
        "e30.e30.e30",
    ):
        assert await _silent(browser, id_token_hint=wrong) == "invalid_request"


async def test_a_session_that_is_over_is_nobodys(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    session = world.house.settings.session

    world.clock.pass_(session.idle_seconds - 1)
    assert await _silent(browser) == "code"
    world.clock.pass_(session.idle_seconds)
    assert await _silent(browser) == "login_required"
