"""WebFinger: whose provider we are, and nothing about anybody. RFC 7033, OpenID Connect Discovery 1.0 §2."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from idp.config.settings import Discovery
from tests.support.world import ISSUER, World, open_world, settings_for

_PATH = "/.well-known/webfinger"
_REL = "http://openid.net/specs/connect/1.0/issuer"


async def _ask(world: World, *resources: str, rel: tuple[str, ...] = (), **headers: str) -> httpx2.Response:
    query = urlencode([*(("resource", resource) for resource in resources), *(("rel", one) for one in rel)])
    return await world.browser(headers=headers).get(f"{_PATH}?{query}")


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@localhost",
        "acct:alice@localhost:8000",
        "acct:alice@LOCALHOST",
        "ACCT:alice@localhost",
        "acct:alice%40example.com@localhost",
        "mailto:alice@localhost",
        "http://localhost:8000",
        "http://localhost:8000/alice",
        "https://localhost/alice?x=y#z",
        "https://alice@localhost/",
    ],
)
async def test_we_are_the_provider_of_our_own_host(sqlite_world: World, resource: str) -> None:
    response = await _ask(sqlite_world, resource, rel=(_REL,))

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/jrd+json"
    assert response.json() == {"subject": resource, "links": [{"rel": _REL, "href": ISSUER}]}


@pytest.mark.requirement("S43")
async def test_nobody_learns_who_is_a_customer(sqlite_world: World) -> None:
    known = await _ask(sqlite_world, "acct:alice@localhost")
    unknown = await _ask(sqlite_world, "acct:nobody-at-all@localhost")

    assert known.text.replace("alice", "nobody-at-all") == unknown.text
    assert known.headers["cache-control"] == unknown.headers["cache-control"]


async def test_only_the_relation_that_is_asked_for_is_told(sqlite_world: World) -> None:
    other = "http://webfinger.example/rel/profile-page"

    for rel, found in (((), 1), ((other,), 0), ((other, _REL), 1), (("",), 0)):
        response = await _ask(sqlite_world, "acct:alice@localhost", rel=rel)
        assert (response.status_code, len(response.json()["links"])) == (200, found)


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@elsewhere.example",
        "acct:alice@localhost:8001",
        "acct:alice@localhost.example",
        "acct:alice@example.com",
        "https://elsewhere.example/localhost",
        "https://localhost@elsewhere.example/",
        "https://elsewhere.example#@localhost/",
        "https://elsewhere.example?@localhost",
        "acct:alice@sub.localhost",
    ],
)
async def test_others_are_not_ours(sqlite_world: World, resource: str) -> None:
    response = await _ask(sqlite_world, resource)

    assert response.status_code == 404
    assert "localhost" not in response.text


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "alice",
        "alice@localhost",
        "acct:",
        "acct:localhost",
        "acct:@localhost",
        "acct:alice@",
        "acct:alice@@localhost",
        "acct:alice@local host",
        "acct:alice@localhost\r\nx: y",
        "acct:alice@löcalhost",
        "acct:alice@localhost/x",
        "acct:alice@%6c%00",
        "javascript:alert(1)@localhost",
        "data:text/html,@localhost",
        "http://[::1",
        "https://",
        "acct:" + "a" * 3_000 + "@localhost",
    ],
)
async def test_what_is_no_identifier_is_a_bad_request(sqlite_world: World, resource: str) -> None:
    response = await _ask(sqlite_world, resource)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "x" not in response.headers


async def test_one_identifier_is_asked_about(sqlite_world: World) -> None:
    assert (await _ask(sqlite_world)).status_code == 400
    assert (await _ask(sqlite_world, "acct:a@localhost", "acct:b@localhost")).status_code == 400
    assert (await sqlite_world.browser().http.post(_PATH)).status_code == 405


async def test_scripts_of_any_origin_may_ask(sqlite_world: World) -> None:
    """RFC 7033 §5."""
    response = await _ask(sqlite_world, "acct:alice@localhost", origin="https://app.example")
    assert response.headers["access-control-allow-origin"] == "*"
    refused = await _ask(sqlite_world, "alice", origin="https://app.example")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in response.headers


async def test_a_company_may_have_other_domains(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(
        settings_for(sqlite_url, tmp_path), discovery=Discovery(domains=("example.com", "example.org:8443"))
    )
    async with open_world(settings) as world:
        for resource, status in (
            ("acct:alice@example.com", 200),
            ("https://example.com/alice", 200),
            ("acct:alice@example.org:8443", 200),
            ("acct:alice@example.org", 404),
            ("acct:alice@www.example.com", 404),
        ):
            assert (await _ask(world, resource)).status_code == status, resource
