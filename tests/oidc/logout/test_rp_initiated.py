"""Signing out at an application's request. OpenID Connect RP-Initiated Logout 1.0."""

from base64 import urlsafe_b64encode
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from idp.signing.encryption import encrypt, encryption_key
from idp.signing.public_keys import read_key_set
from tests.oauth.wire import Tokens, success, tokens_of
from tests.support.world import ISSUER, Browser, World, answer, asked

_BACK = "http://localhost:8001/signed-out"
_HTML = {"accept": "text/html"}


async def _signed_in(world: World) -> tuple[Browser, Tokens]:
    browser = world.browser(headers=_HTML)
    return browser, success(await browser.redeem(await browser.sign_in()))


async def _is_signed_in(browser: Browser) -> bool:
    return "code" in answer(await browser.get("/authorize", params=asked(prompt="none")))


def _is_refused(response: httpx2.Response) -> bool:
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    return "location" not in response.headers


@pytest.mark.requirement("S32")
async def test_a_hint_of_this_session_signs_out_at_once(world: World) -> None:
    browser, tokens = await _signed_in(world)
    state = 'a b"%é'
    world.clock.pass_(7_200)  # An expired ID token is as good (§2).

    response = await browser.get(
        "/logout",
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK, "state": state},
    )

    assert response.status_code == 303
    assert response.headers["location"] == _BACK + "?" + urlencode({"state": state})
    assert response.headers["clear-site-data"] == '"cache"'
    assert not await _is_signed_in(browser)
    assert await world.rows("SELECT type FROM audit_event WHERE type = 'session.ended'") == [
        ("session.ended",)
    ]


@pytest.mark.requirement("S32")
async def test_without_a_hint_the_person_confirms(world: World) -> None:
    browser, _ = await _signed_in(world)

    page = await browser.get(
        "/logout", params={"client_id": "manager", "post_logout_redirect_uri": _BACK, "state": "x y"}
    )
    assert 'id="logout"' in page.text
    assert await _is_signed_in(browser)

    response = await browser.submit(page)
    assert response.headers["location"] == f"{_BACK}?state=x+y"
    assert not await _is_signed_in(browser)


async def test_the_person_may_stay(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)

    response = await browser.submit(await browser.get("/logout"), action="stay")

    assert response.status_code == 303
    assert await _is_signed_in(browser)


async def test_the_page_that_says_so_can_be_read_in_another_language(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    page = await browser.submit(await browser.get("/logout"))
    assert '<a href="?language=fr"' in page.text

    response = await browser.get("/sign-out?language=fr")

    assert (response.status_code, response.headers["location"]) == (303, "/logout?language=fr")
    assert "Vous êtes déconnecté" in (await browser.get(response.headers["location"])).text


@pytest.mark.requirement("S65")
async def test_nobody_else_can_confirm(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    await browser.get("/logout")

    for form, headers in (
        ({"action": "continue"}, {"origin": ISSUER}),
        ({"action": "continue", "csrf_token": "x"}, {"origin": ISSUER}),
        ({"action": "continue"}, {"origin": "https://evil.example"}),
    ):
        response = await browser.http.post("/sign-out", data=form, headers=headers)
        assert response.status_code in (400, 403)
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S32")
async def test_a_hint_of_another_session_is_confirmed(world: World) -> None:
    browser, _ = await _signed_in(world)
    others = await tokens_of(world)

    page = await browser.get("/logout", params={"id_token_hint": others["id_token"]})

    assert 'id="logout"' in page.text
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S2", "S32")
async def test_what_is_not_what_it_claims_to_be_gets_a_page(world: World, subtests: pytest.Subtests) -> None:
    """Authlib deviation 24: `iss` and `typ` were unchecked, so an access token passed as a hint."""
    browser, tokens = await _signed_in(world)
    keyring = world.house.keyring
    claims = keyring.verify(tokens["id_token"], typ="JWT")
    foreign = keyring.sign({**claims, "iss": "https://elsewhere.example"}, algorithm="RS256", typ="JWT")

    for parameters in (
        {"id_token_hint": tokens["access_token"]},
        {"id_token_hint": tokens["refresh_token"]},
        {"id_token_hint": tokens["id_token"][:-8]},
        {"id_token_hint": foreign},
        {"id_token_hint": "\N{SNOWMAN}"},
        {"id_token_hint": tokens["id_token"], "client_id": "native"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK + "/"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "http://localhost:8001/callback"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "javascript:alert(1)"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "\N{SNOWMAN}"},
        {"post_logout_redirect_uri": _BACK},
        {"client_id": "nobody", "post_logout_redirect_uri": _BACK},
        {"client_id": "native", "post_logout_redirect_uri": _BACK},
        {"client_id": "x" * 5_000, "post_logout_redirect_uri": _BACK},
    ):
        with subtests.test(parameters={name: value[-30:] for name, value in parameters.items()}):
            assert _is_refused(await browser.get("/logout", params=parameters))
    for query in ("client_id=manager&client_id=manager", "state=%ff", "state=%00"):
        assert _is_refused(await browser.get(f"/logout?{query}"))
    assert await _is_signed_in(browser)


async def test_nobody_signed_in_goes_back_at_once(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=_HTML)

    back = await browser.get("/logout", params={"client_id": "manager", "post_logout_redirect_uri": _BACK})
    assert back.headers["location"] == _BACK
    page = await browser.get("/logout", params={"client_id": "manager"})
    assert page.status_code == 200


async def test_a_posted_request_is_asked_again_by_get(world: World) -> None:
    """Another site's post carries no Lax cookies. §2: both methods are supported."""
    browser, tokens = await _signed_in(world)

    response = await browser.http.post(
        "/logout",
        data={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK, "state": "s"},
    )

    assert response.status_code == 303
    response = await browser.get(response.headers["location"])
    assert response.headers["location"] == f"{_BACK}?state=s"
    assert not await _is_signed_in(browser)


async def test_a_posted_request_may_not_repeat_a_parameter(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)

    response = await browser.http.post(
        "/logout",
        content="client_id=manager&client_id=native",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert _is_refused(await browser.follow(response))


async def test_signing_out_leaves_other_sessions(world: World) -> None:
    browser, tokens = await _signed_in(world)
    other, _ = await _signed_in(world)

    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    assert await _is_signed_in(other)


async def test_the_back_button_signs_nobody_in(world: World) -> None:
    """CVE-2025-12390: after a logout without cookies the next user inherited the session."""
    browser, tokens = await _signed_in(world)
    cookie = dict(browser.http.cookies)
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    thief = world.browser()
    for name, value in cookie.items():
        thief.http.cookies.set(name, value)
    assert not await _is_signed_in(thief)
    first = success(await thief.redeem(await thief.sign_in("bb22222-ovh")))
    sid = world.house.keyring.verify(first["id_token"], typ="JWT")["sid"]
    assert sid != world.house.keyring.verify(tokens["id_token"], typ="JWT")["sid"]


async def test_a_hint_that_came_encrypted_to_us_is_as_good(world: World) -> None:
    """§2: an application may encrypt it to the OP, as the one that it got encrypted has to be decrypted before."""
    browser, tokens = await _signed_in(world)
    jwks = (await browser.get("/jwks")).json()
    keys = [key for key in read_key_set(jwks) if key.use == "enc"]
    for algorithm in ("RSA-OAEP-256", "ECDH-ES"):
        hint = encrypt(
            tokens["id_token"],
            encryption_key(keys, algorithm),
            algorithm=algorithm,
            content_algorithm="A256GCM",
            cty="JWT",
        )
        if algorithm == "RSA-OAEP-256":
            assert 'id="logout"' in (await browser.get("/logout")).text
        response = await browser.get(
            "/logout", params={"id_token_hint": hint, "post_logout_redirect_uri": _BACK}
        )
        assert response.headers["location"] == _BACK
    assert not await _is_signed_in(browser)


async def test_what_is_only_encrypted_is_signed_by_nobody(world: World) -> None:
    browser, tokens = await _signed_in(world)
    jwks = (await browser.get("/jwks")).json()
    key = encryption_key([key for key in read_key_set(jwks) if key.use == "enc"], "RSA-OAEP-256")
    header, payload, _ = tokens["id_token"].split(".")
    unsigned = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode() + f".{payload}."
    for content in (unsigned, f"{header}.{payload}.", tokens["access_token"], "{}", "x" * 20_000):
        hint = encrypt(content, key, algorithm="RSA-OAEP-256", content_algorithm="A256GCM", cty="JWT")
        assert _is_refused(await browser.get("/logout", params={"id_token_hint": hint}))
    for hint in (unsigned, "a.b.c.d.e", "...." + "x" * 100):
        assert _is_refused(await browser.get("/logout", params={"id_token_hint": hint}))
    assert await _is_signed_in(browser)


async def test_a_hint_as_large_as_a_book_is_refused(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    for size in (20_000, 60_000, 1_000_000):
        posted = await browser.http.post("/logout", data={"id_token_hint": "x" * size})
        assert posted.status_code in (400, 413)
        assert "location" not in posted.headers
        asked_for = await browser.get("/logout?id_token_hint=" + "x" * min(size, 60_000))
        assert asked_for.status_code in (400, 414)
    assert await _is_signed_in(browser)


async def test_a_picture_in_somebody_elses_page_signs_nobody_out(sqlite_world: World) -> None:
    """What a page can make a browser ask for without its person: the request carries cookies, at worst."""
    browser, _ = await _signed_in(sqlite_world)
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"}
    for query in ("", "?client_id=manager&post_logout_redirect_uri=" + _BACK):
        await browser.get("/logout" + query, headers=headers)
        await browser.http.post("/sign-out" + query, headers=headers, data={"action": "continue"})
    assert await _is_signed_in(browser)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/",
        "http://localhost:8001@evil.test/signed-out",
        "http://localhost:8001/signed-out/../../evil",
        "http://localhost:8001/signed-out?next=https://evil.test",
        "http://localhost:8001/signed-out#x",
        "HTTP://LOCALHOST:8001/signed-out",
        "http://localhost:8001/signed-out%00",
        "\\\\evil.test",
    ],
)
async def test_nobody_is_sent_elsewhere(sqlite_world: World, target: str) -> None:
    browser, tokens = await _signed_in(sqlite_world)
    for name in ("post_logout_redirect_uri", "onsuccess"):
        response = await browser.get("/logout", params={"id_token_hint": tokens["id_token"], name: target})
        assert "evil" not in response.headers.get("location", "")
        assert "evil" not in response.headers.get("refresh", "")
        assert f'href="{target}' not in response.text


async def test_other_wishes_are_heard_or_ignored(world: World) -> None:
    """`logout_hint` says who is meant, which a browser's session says better; `ui_locales` is heard."""
    browser, tokens = await _signed_in(world)
    page = await browser.get(
        "/logout",
        params={"client_id": "manager", "logout_hint": "bb22222-ovh", "ui_locales": "fr-FR", "other": "x"},
    )
    assert page.headers["content-language"] == "fr"
    assert await _is_signed_in(browser)
    page = await browser.get("/logout", params={"id_token_hint": tokens["id_token"], "ui_locales": "fr"})
    assert "Vous êtes déconnecté" in page.text


async def test_a_hint_of_a_session_that_is_over_signs_nobody_else_out(world: World) -> None:
    """GHSA-c9h6-v78w-52wj and CVE-2025-12390: whoever comes next at a browser has another `sid`."""
    browser, former = await _signed_in(world)
    await browser.get("/logout", params={"id_token_hint": former["id_token"]})
    await browser.sign_in("bb22222-ovh")

    page = await browser.get(
        "/logout", params={"id_token_hint": former["id_token"], "post_logout_redirect_uri": _BACK}
    )

    assert 'id="logout"' in page.text
    assert await _is_signed_in(browser)


async def test_a_hint_that_somebody_else_signed_is_none(sqlite_world: World) -> None:
    """Even under the name of a key of ours, and with what our own tokens say."""
    browser, tokens = await _signed_in(sqlite_world)
    claims = sqlite_world.house.keyring.verify(tokens["id_token"], typ="JWT")
    header = jws.extract_compact(tokens["id_token"].encode()).headers()
    theirs = ECKey.generate_key("P-256")
    for kid in (header["kid"], "theirs"):
        forged = jwt.encode({"alg": "ES256", "typ": "JWT", "kid": kid}, claims, theirs)
        response = await browser.get(
            "/logout", params={"id_token_hint": forged, "post_logout_redirect_uri": _BACK}
        )
        assert _is_refused(response)
    assert await _is_signed_in(browser)
