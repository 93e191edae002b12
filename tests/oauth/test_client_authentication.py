"""Client authentication, and its abuse. RFC 6749 §2.3 and §5.2."""

from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote_plus

import httpx2
import pytest

from idp.clients.registration import disable_client, register_client, rotate_secret
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.oauth.wire import code_of, refused, success, tokens_of
from tests.support.clients import CLIENTS
from tests.support.world import START, VERIFIER, World, basic

_FORM = {"grant_type": "client_credentials"}
_OCCASION = Occasion(now=START, actor="cli:test")


async def _ask(world: World, authorization: str | bytes = "", **form: str) -> httpx2.Response:
    headers = {b"authorization": authorization.encode() if isinstance(authorization, str) else authorization}
    return await world.browser().http.post(
        "/token", data={**_FORM, **form}, headers=headers if authorization else {}
    )


def _encoded(credentials: bytes) -> str:
    return "Basic " + b64encode(credentials).decode()


@pytest.mark.requirement("S17")
async def test_a_secret_authenticates_by_header_or_by_form(world: World) -> None:
    success(await _ask(world, basic("machine")))
    success(await _ask(world, basic("machine").replace("Basic ", "bAsIc ")))
    success(await _ask(world, basic("machine"), client_id="machine"))
    success(await _ask(world, client_id="machine", client_secret="machine-secret"))
    # RFC 6749 §3.1: a parameter without a value counts as left out.
    success(await _ask(world, basic("machine"), client_secret="", client_id=""))


async def test_a_public_client_may_name_itself_in_the_header(sqlite_world: World) -> None:
    """As libraries do that know no other place: the secret is empty (RFC 6749 §2.3.1)."""
    browser, place = sqlite_world.browser(), "http://127.0.0.1:4000/callback"
    form = {
        "grant_type": "authorization_code",
        "code": await code_of(browser, client_id="native", redirect_uri=place),
        "redirect_uri": place,
        "code_verifier": VERIFIER,
    }
    success(await browser.http.post("/token", data=form, headers={"authorization": _encoded(b"native:")}))


async def test_both_parts_of_the_header_are_form_encoded(sqlite_world: World) -> None:
    """Authlib deviation 15: `+` was no space."""
    house = sqlite_world.house
    secret = "a b+c%d:e/\N{SNOWMAN}é" + "x" * 32
    client = replace(CLIENTS[3][0], client_id=ClientId("odd"))
    await register_client(house.database, house.audit, house.entropy, _OCCASION, client, secret=secret)

    success(await _ask(sqlite_world, _encoded(f"odd:{quote_plus(secret)}".encode())))
    success(await _ask(sqlite_world, client_id="odd", client_secret=secret))


_REFUSED_HEADERS: list[str | bytes] = [
    basic("machine", "wrong"),
    basic("machine", "manager-secret"),
    basic("machine", "machine-secret "),
    basic("machine", "Machine-secret"),
    basic("nobody"),
    basic("spa", "spa-secret"),
    basic("native", "x"),
    _encoded(b"machine:"),
    _encoded(b":machine-secret"),
    _encoded(b":"),
    _encoded(b"machine"),
    _encoded(b""),
    # Authlib deviation 15: invalid UTF-8 raised UnicodeDecodeError, a secret beyond ASCII TypeError.
    _encoded(b"machine:\xff\xfe"),
    _encoded(b"\xff:machine-secret"),
    _encoded("machine:pässwörd\N{SNOWMAN}".encode()),
    _encoded(b"machine:%ff%fe"),
    _encoded(b"machine:%"),
    _encoded(b"machine:%zz"),
    _encoded(b"mach\0ine:machine-secret"),
    _encoded(b"machine%00:machine-secret"),
    _encoded(b"machine:machine-secret\0"),
    _encoded(b"machine:machine-secret\n"),
    _encoded(b"x" * 5_000 + b":" + b"y" * 5_000),
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic bWFjaGluZTptYWNoaW5lLXNlY3JldA",
    "Basic bWFjaGluZTptYWNoaW5lLXNlY3JldA== x",
    b"Basic \xff\xfe",
    "Bearer x",
    "Digest username=machine",
    "basic",
    "x",
]


@pytest.mark.requirement("S17")
async def test_wrong_headers_are_refused_in_kind(world: World, subtests: pytest.Subtests) -> None:
    """RFC 6749 §5.2: 401, naming the scheme that was used."""
    for authorization in _REFUSED_HEADERS:
        with subtests.test(authorization=repr(authorization)[:60]):
            response = await _ask(world, authorization)
            refused(response, "invalid_client", 401)
            assert response.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.requirement("S17")
async def test_wrong_credentials_in_the_form_are_refused(world: World, subtests: pytest.Subtests) -> None:
    for form in (
        {},
        {"client_id": "machine"},
        {"client_id": "machine", "client_secret": "wrong"},
        {"client_id": "machine", "client_secret": "\N{SNOWMAN}"},
        {"client_id": "\N{SNOWMAN}", "client_secret": "x"},
        {"client_id": "nobody", "client_secret": "machine-secret"},
        {"client_id": "x" * 30_000, "client_secret": "y" * 30_000},
        {"client_secret": "machine-secret"},
        {"client_id": "spa", "client_secret": "x"},
        {"client_id": "nobody"},
        {"client_assertion": "x", "client_assertion_type": "y"},
    ):
        with subtests.test(form={name: value[:20] for name, value in form.items()}):
            response = await _ask(world, **form)
            refused(response, "invalid_client", 401)
            assert "www-authenticate" not in response.headers


async def test_two_methods_at_once_are_refused(sqlite_world: World) -> None:
    """Authlib deviation 15; RFC 6749 §2.3: MUST NOT use more than one method."""
    response = await _ask(sqlite_world, basic("machine"), client_id="machine", client_secret="machine-secret")

    refused(response, "invalid_request")
    refused(await _ask(sqlite_world, basic("machine"), client_secret="x"), "invalid_client", 401)


async def test_a_form_that_names_another_client_is_refused(sqlite_world: World) -> None:
    """Authlib deviation 15."""
    refused(await _ask(sqlite_world, basic("machine"), client_id="manager"), "invalid_request")


@pytest.mark.requirement("S17")
async def test_every_method_serves_every_grant_and_endpoint(world: World) -> None:
    """Authlib deviation 16: each grant has a list of methods of its own there, and most hold one."""
    browser, tokens = world.browser(), await tokens_of(world)
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    asked = {"token": tokens["access_token"]}

    for path, form in (("/token", refresh), ("/introspect", asked), ("/revoke", asked)):
        posted = {"client_id": "manager", "client_secret": "manager-secret"}
        for response in (
            await browser.http.post(path, data={**form, **posted}),
            await browser.http.post(path, data=form, headers={"authorization": basic("manager")}),
        ):
            assert response.status_code == 200, (path, response.text)


async def test_a_disabled_client_authenticates_nowhere(world: World) -> None:
    """GO-2025-4137: disabled service accounts still got tokens."""
    house = world.house
    token = success(await _ask(world, basic("machine")))["access_token"]

    await disable_client(house.database, house.audit, _OCCASION, "machine")
    world.clock.pass_(house.settings.tokens.client_cache_seconds)

    for path in ("/token", "/revoke", "/introspect"):
        response = await world.browser().call(path, "machine", **_FORM, token=token)
        refused(response, "invalid_client", 401)


async def test_tokens_of_a_disabled_client_are_dead(world: World) -> None:
    """CVE-2026-2603 and its like: a disabled client was still accepted. Its JWTs live on only where nobody asks us."""
    house = world.house
    browser = world.browser()
    tokens = success(await browser.redeem(await browser.sign_in()))
    machines = success(await _ask(world, basic("machine")))

    for client_id in ("manager", "machine"):
        await disable_client(house.database, house.audit, _OCCASION, client_id)
    world.clock.pass_(house.settings.tokens.client_cache_seconds)

    for token in (tokens["access_token"], machines["access_token"]):
        response = await browser.call("/introspect", "introspector", token=token)
        assert success(response) == {"active": False}
    response = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert response.status_code == 401


async def test_a_rotated_secret_ends_after_its_overlap(world: World) -> None:
    house = world.house
    secret = await rotate_secret(
        house.database, house.audit, house.entropy, _OCCASION, "machine", overlap_seconds=3_600
    )
    world.clock.pass_(house.settings.tokens.client_cache_seconds)

    success(await _ask(world, basic("machine")))
    success(await _ask(world, basic("machine", secret)))
    world.clock.at = START + 3_600

    refused(await _ask(world, basic("machine")), "invalid_client", 401)
    success(await _ask(world, basic("machine", secret)))


async def test_a_secret_that_is_rotated_at_once_is_dead_at_once(world: World) -> None:
    house = world.house
    await rotate_secret(house.database, house.audit, house.entropy, _OCCASION, "machine", overlap_seconds=0)
    world.clock.pass_(house.settings.tokens.client_cache_seconds)

    refused(await _ask(world, basic("machine")), "invalid_client", 401)


@pytest.mark.requirement("S85")
async def test_no_secret_is_logged(sqlite_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await _ask(sqlite_world, basic("machine", "hunter2-hunter2"))
    await _ask(sqlite_world, client_id="machine", client_secret="hunter2-hunter2")

    logged = capsys.readouterr()
    assert "wrong client secret" in logged.out + logged.err
    assert "hunter2" not in logged.out + logged.err


@pytest.mark.requirement("S17")
async def test_a_public_client_proves_nothing_and_a_confidential_one_must(world: World) -> None:
    """Before Authlib 1.9.9 a confidential client could authenticate as `none`."""
    response = await world.browser().http.post(
        "/token", data={"grant_type": "refresh_token", "refresh_token": "x" * 64, "client_id": "spa"}
    )
    refused(response, "invalid_grant")

    for path in ("/token", "/revoke", "/introspect"):
        response = await world.browser().http.post(
            path,
            data={"grant_type": "refresh_token", "refresh_token": "x", "token": "x", "client_id": "manager"},
        )
        refused(response, "invalid_client", 401)
