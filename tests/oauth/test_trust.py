"""Whom the authorization endpoint redirects to: only a client's own redirect URI. Everything else is a page.

RFC 6749 §3.1.2.4 and §4.1.2.1, RFC 9700 §4.1 and §4.11, RFC 8252 §7.3.
"""

from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import pytest

from idp.clients.registration import disable_client, register_client
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.oauth.wire import NATIVE, fragment_free
from tests.support.clients import CLIENTS
from tests.support.world import ISSUER, START, World, answer, asked

_HTML = {"accept": "text/html"}
_CALLBACK = "http://localhost:8001/callback"


def _is_page(response: httpx2.Response) -> bool:
    """Whether it is an error page that leads nobody away."""
    assert response.status_code == 400, response.text
    assert response.headers["content-type"].startswith("text/html")
    assert "location" not in response.headers
    assert "http-equiv" not in response.text
    return True


async def _authorize(world: World, **parameters: str) -> httpx2.Response:
    return await world.browser(headers=_HTML).get("/authorize", params=asked(**parameters))


# CVE-2024-8883, CVE-2023-6291, CVE-2024-1132, CVE-2026-3872, -7504, -18211, -18206 and their like.
_LOOK_ALIKES = [
    "http://localhost:8001/callback/",
    "http://localhost:8001/callback?",
    "http://localhost:8001/callback#",
    "http://localhost:8001/callback?a=b",
    "http://localhost:8001/callback%20",
    "http://localhost:8001/callback ",
    " http://localhost:8001/callback",
    "http://localhost:8001/CALLBACK",
    "http://localhost:8001/%63allback",
    "http://localhost:8001/./callback",
    "http://localhost:8001/x/../callback",
    "http://localhost:8001//callback",
    "http://localhost:8001/callback/../evil",
    "http://localhost:8001\\@evil.example/callback",
    "http://localhost:8001@evil.example/callback",
    "http://localhost:80@evil.example/callback",
    "http://user@localhost:8001/callback",
    "http://localhost.evil.example:8001/callback",
    "http://evil-localhost:8001/callback",
    "http://LOCALHOST:8001/callback",
    "HTTP://localhost:8001/callback",
    "https://localhost:8001/callback",
    "http://localhost:8001/callback\r\nlocation: http://evil.example",
    "http://localhost:8001/callback\t",
    "http://localhost:08001/callback",
    "http://localhost/callback",
    "http://localhost:8002/callback",
    "http://127.0.0.1:8001/callback",
    "http://l\N{CYRILLIC SMALL LETTER O}calhost:8001/callback",
    "//localhost:8001/callback",
    "/callback",
    "callback",
    "javascript:alert(1)",
    "data:text/html,x",
    'http://localhost:8001/callback"',
    "http://localhost:8001/callback' onclick='x",
    "http://localhost:8001/callb\\ack",
    "\N{SNOWMAN}",
    "%",
    "*",
    "x" * 5_000,
]

_NATIVE_LOOK_ALIKES = [
    "http://127.0.0.1:65536/callback",
    "http://127.0.0.1:0/callback",
    "http://127.0.0.1:/callback",
    "http://127.0.0.1:5x/callback",
    "http://127.0.0.1:51234/other",
    "http://127.0.0.1:51234/callback?x=y",
    "http://127.0.0.1:51234@evil.example/callback",
    "http://127.0.0.1.evil.example:51234/callback",
    "http://127.0.0.2:51234/callback",
    "http://[::1]:51234/callback",
    "http://localhost:51234/callback",
    "https://127.0.0.1:51234/callback",
]

_TROUBLES: list[dict[str, str]] = [
    {},
    {"response_type": "token"},
    {"response_type": "code token"},
    {"scope": "unknown"},
    {"prompt": "none"},
    {"prompt": "none login"},
    {"code_challenge": ""},
    {"request": "x"},
    {"max_age": "x"},
    {"id_token_hint": "x"},
    {"response_mode": "fragment"},
]


@pytest.mark.requirement("S1", "S2")
async def test_a_look_alike_redirect_uri_gets_a_page(sqlite_world: World, subtests: pytest.Subtests) -> None:
    """Authlib deviation 3: quotes, backslashes and what isn't ASCII raised ValueError."""
    for redirect_uri in _LOOK_ALIKES:
        with subtests.test(redirect_uri=redirect_uri[:80]):
            assert _is_page(await _authorize(sqlite_world, redirect_uri=redirect_uri))


@pytest.mark.requirement("S2")
async def test_no_other_error_opens_an_unregistered_place(
    sqlite_world: World, subtests: pytest.Subtests
) -> None:
    """CVE-2026-41479, CVE-2026-44681: an early error was redirected to an unchecked place."""
    for trouble in _TROUBLES:
        for wrong in ({"redirect_uri": "https://evil.example/"}, {"client_id": "nobody"}):
            with subtests.test(**trouble, **wrong):
                assert _is_page(await _authorize(sqlite_world, **{**trouble, **wrong}))


@pytest.mark.requirement("S2")
async def test_a_missing_redirect_uri_gets_a_page(sqlite_world: World) -> None:
    """Authlib deviation 2: it would take the first one that is registered."""
    assert _is_page(await _authorize(sqlite_world, redirect_uri=""))


async def test_an_unknown_client_gets_a_page(world: World) -> None:
    for client_id in ("", "nobody", "MANAGER", "manager ", "man\N{SNOWMAN}", "x" * 5_000, "manager'--", "%"):
        assert _is_page(await _authorize(world, client_id=client_id))


async def test_the_redirect_uri_of_another_client_gets_a_page(sqlite_world: World) -> None:
    assert _is_page(await _authorize(sqlite_world, redirect_uri="http://localhost:3000/callback"))


async def test_a_client_without_redirect_uris_gets_a_page(sqlite_world: World) -> None:
    assert _is_page(await _authorize(sqlite_world, client_id="machine"))


async def test_a_disabled_client_gets_a_page(world: World) -> None:
    house = world.house
    await disable_client(house.database, house.audit, Occasion(now=START, actor="cli:test"), "manager")
    world.clock.pass_(house.settings.tokens.client_cache_seconds)

    assert _is_page(await _authorize(world))


@pytest.mark.requirement("S27")
async def test_what_decides_about_trust_may_not_be_repeated(sqlite_world: World) -> None:
    for name in ("client_id", "redirect_uri"):
        repeated = [*asked().items(), (name, asked()[name])]
        assert _is_page(await sqlite_world.browser(headers=_HTML).get(f"/authorize?{urlencode(repeated)}"))


async def test_what_is_not_utf8_or_holds_nul_gets_a_page(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=_HTML)
    query = urlencode(asked())

    for broken in ("&state=%ff", "&state=%00", "&x=%ed%a0%80"):
        assert _is_page(await browser.get(f"/authorize?{query}{broken}"))


async def test_too_many_parameters_get_a_page(sqlite_world: World) -> None:
    query = urlencode(asked()) + "&x=y" * 200

    assert _is_page(await sqlite_world.browser(headers=_HTML).get(f"/authorize?{query}"))


@pytest.mark.requirement("S73")
async def test_the_page_shows_developers_the_difference_and_runs_nothing(sqlite_world: World) -> None:
    """GO-2026-4861, CVE-2026-29191, CVE-2026-42849: script in error pages."""
    script = "http://localhost:8001/<script>alert(1)</script>"

    response = await _authorize(sqlite_world, redirect_uri=script)

    assert _is_page(response)
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text
    assert "localhost:8001/" in response.text


@pytest.mark.requirement("S1")
async def test_a_native_client_may_vary_the_port_alone(
    sqlite_world: World, subtests: pytest.Subtests
) -> None:
    """Authlib deviation 2: no exception for loopback ports; PYSEC-2026-4354: a prefix was enough."""
    for port in ("", ":51234", ":65535"):
        redirect_uri = f"http://127.0.0.1{port}/callback"
        response = await _authorize(
            sqlite_world, client_id="native", redirect_uri=redirect_uri, prompt="none"
        )
        assert response.headers["location"].startswith(redirect_uri + "?error=login_required")
    for redirect_uri in _NATIVE_LOOK_ALIKES:
        with subtests.test(redirect_uri=redirect_uri):
            assert _is_page(await _authorize(sqlite_world, client_id="native", redirect_uri=redirect_uri))


@pytest.mark.requirement("S1")
async def test_a_web_client_may_not_vary_the_port(sqlite_world: World) -> None:
    assert _is_page(await _authorize(sqlite_world, redirect_uri="http://localhost:8009/callback"))


async def test_a_native_code_is_redeemed_with_the_port_that_was_asked_for(world: World) -> None:
    asked_for = {**NATIVE, "redirect_uri": "http://127.0.0.1:50001/callback"}
    response = await world.browser().sign_in(**asked_for)
    browser = world.browser()

    other = await browser.redeem(response, "native", redirect_uri="http://127.0.0.1:50002/callback")
    assert other.json()["error"] == "invalid_grant"

    assert (await browser.redeem(response, "native")).status_code == 200


async def test_the_query_of_a_registered_uri_stays(sqlite_world: World) -> None:
    """RFC 6749 §3.1.2: the component must be retained."""
    house = sqlite_world.house
    uri = "http://localhost:8001/cb?tenant=a%20b&x=%C3%A9&empty="
    client = replace(CLIENTS[0][0], client_id=ClientId("queried"), redirect_uris=(uri,))
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret="s" * 40)

    response = await _authorize(sqlite_world, client_id="queried", redirect_uri=uri, prompt="none")

    assert response.headers["location"].startswith(uri + "&error=login_required")


@pytest.mark.requirement("S10", "S25")
async def test_errors_go_to_a_trusted_client_with_state_and_iss(sqlite_world: World) -> None:
    """Authlib deviation 7: no `iss` on early errors. It is always 303 (RFC 9700 §4.12)."""
    response = await _authorize(sqlite_world, prompt="none", state="a b")

    assert response.status_code == 303
    address, query = fragment_free(response.headers["location"])
    assert address == _CALLBACK
    assert query["state"] == ["a b"]
    assert query["iss"] == [ISSUER]
    assert query["error"] == ["login_required"]
    assert set(query) <= {"error", "error_description", "state", "iss"}
    assert response.headers["cache-control"] == "no-store"


async def test_a_head_request_is_answered_as_get(sqlite_world: World) -> None:
    response = await sqlite_world.browser().http.head("/authorize", params=asked(prompt="none"))

    assert answer(response)["error"] == "login_required"


@pytest.mark.requirement("S64")
async def test_a_posted_request_is_asked_again_by_get(world: World) -> None:
    """A post from another site carries no Lax cookies: it would find nobody signed in. Core §3.1.2.1."""
    browser = world.browser()
    await browser.sign_in()

    response = await browser.http.post("/authorize", data=asked(prompt="none", state='"% é'))

    assert response.status_code == 303
    assert urlsplit(response.headers["location"]).path == "/authorize"
    response = await browser.get(response.headers["location"])
    assert answer(response)["state"] == '"% é'
    assert "code" in answer(response)


async def test_a_posted_request_keeps_its_repeats(sqlite_world: World) -> None:
    body = urlencode([*asked().items(), ("state", "other")])
    browser = sqlite_world.browser()

    response = await browser.http.post(
        "/authorize", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert answer(await browser.follow(response))["error"] == "invalid_request"


async def test_a_post_that_can_not_be_read_gets_a_page(sqlite_world: World) -> None:
    for body, content_type in (
        ("x" * 9_000, "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("state=%ff", "application/x-www-form-urlencoded"),
        ("--x\r\n", "multipart/form-data; boundary=x"),
    ):
        response = await sqlite_world.browser(headers=_HTML).http.post(
            "/authorize", content=body, headers={"content-type": content_type}
        )
        assert response.status_code in (400, 415)
        assert "location" not in response.headers


async def test_other_methods_are_refused(sqlite_world: World) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = await sqlite_world.browser().http.request(method, f"/authorize?{quote('x')}")
        assert response.status_code == 405
