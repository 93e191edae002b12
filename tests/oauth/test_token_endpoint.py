"""What every token request goes through, whatever its grant. RFC 6749 §3.2 and §5.2."""

from urllib.parse import urlencode

import pytest

from tests.oauth.wire import refused, success
from tests.support.world import World, basic

_FORM_TYPE = "application/x-www-form-urlencoded"
_HEADERS = {"authorization": basic("machine"), "content-type": _FORM_TYPE}


@pytest.mark.requirement("S26")
async def test_no_answer_may_be_stored(sqlite_world: World) -> None:
    browser = sqlite_world.browser()

    granted = await browser.token("machine", grant_type="client_credentials")
    denied = await browser.token("machine", grant_type="client_credentials", scope="unknown")

    assert granted.headers["content-type"] == denied.headers["content-type"] == "application/json"
    for response in (granted, denied):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["pragma"] == "no-cache"


async def test_grant_types_are_named_exactly(sqlite_world: World) -> None:
    """Authlib deviation 16: a missing grant_type was an unsupported one. S11: no password and no implicit grant."""
    browser = sqlite_world.browser()

    refused(await browser.token("machine"), "invalid_request")
    refused(await browser.token("machine", grant_type=""), "invalid_request")
    for grant_type in (
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "Client_Credentials",
        "client_credentials ",
        '"\\\N{SNOWMAN}\n',
        "x" * 10_000,
    ):
        refused(await browser.token("machine", grant_type=grant_type), "unsupported_grant_type")


@pytest.mark.requirement("S12")
async def test_a_client_uses_its_registered_grants_alone(sqlite_world: World) -> None:
    browser = sqlite_world.browser()

    refused(await browser.token("manager", grant_type="client_credentials"), "unauthorized_client")
    refused(await browser.token("native", grant_type="client_credentials"), "unauthorized_client")
    refused(
        await browser.token("machine", grant_type="refresh_token", refresh_token="x" * 64),
        "unauthorized_client",
    )
    refused(
        await browser.token("introspector", grant_type="authorization_code", code="x" * 64),
        "unauthorized_client",
    )


@pytest.mark.requirement("S27")
async def test_repeated_parameters_are_refused(sqlite_world: World) -> None:
    http = sqlite_world.browser().http
    ordinary = [("grant_type", "client_credentials"), ("scope", "invoices:read")]

    for repeated in (("grant_type", "client_credentials"), ("scope", ""), ("scope", "invoices:read")):
        response = await http.post("/token", content=urlencode([*ordinary, repeated]), headers=_HEADERS)
        refused(response, "invalid_request")
    for name in ("client_id", "client_secret", "code", "unknown"):
        body = urlencode([*ordinary, (name, "x"), (name, "x")])
        refused(await http.post("/token", content=body, headers=_HEADERS), "invalid_request")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        f"{_FORM_TYPE}; charset=iso-8859-1",
        "",
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
async def test_another_content_type_is_refused(sqlite_world: World, content_type: str) -> None:
    response = await sqlite_world.browser().http.post(
        "/token",
        content='{"grant_type": "client_credentials"}',
        headers=[
            (b"authorization", basic("machine").encode()),
            (b"content-type", content_type.encode("latin-1")),
        ],
    )

    refused(response, "invalid_request")


async def test_content_types_are_read_as_http_says(sqlite_world: World) -> None:
    for content_type in (_FORM_TYPE.upper(), f"{_FORM_TYPE}; charset=UTF-8", f'{_FORM_TYPE};charset="utf-8"'):
        response = await sqlite_world.browser().http.post(
            "/token",
            content="grant_type=client_credentials",
            headers={**_HEADERS, "content-type": content_type},
        )
        success(response)


@pytest.mark.parametrize("body", [b"grant_type=%ff", b"\xff\xfe", b"a=%00", b"x=y&" * 200, b"%ed%a0%80=x"])
async def test_a_body_that_can_not_be_read_is_refused(sqlite_world: World, body: bytes) -> None:
    refused(
        await sqlite_world.browser().http.post("/token", content=body, headers=_HEADERS), "invalid_request"
    )


@pytest.mark.requirement("S23")
async def test_parameters_in_the_query_count_for_nothing(sqlite_world: World) -> None:
    http = sqlite_world.browser().http

    response = await http.post(
        "/token?grant_type=client_credentials", headers={"authorization": basic("machine")}
    )
    refused(response, "invalid_request")
    response = await http.post("/token?client_id=machine&client_secret=machine-secret", data={"x": "y"})
    refused(response, "invalid_client", 401)


async def test_only_post_is_answered(sqlite_world: World) -> None:
    http = sqlite_world.browser().http
    body = {"grant_type": "client_credentials"}

    for path in ("/token", "/revoke", "/introspect"):
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            response = await http.request(
                method, path, data=body, headers={"authorization": basic("machine")}
            )
            is_preflight = method == "OPTIONS" and path != "/introspect"
            assert response.status_code == (204 if is_preflight else 405), (method, path)
            assert not response.content or "access_token" not in response.text
    assert await sqlite_world.rows("SELECT type FROM audit_event WHERE type = 'token.issued'") == []


async def test_a_body_that_is_too_large_is_refused(sqlite_world: World) -> None:
    response = await sqlite_world.browser().http.post("/token", content=b"x" * 70_000, headers=_HEADERS)

    assert response.status_code == 413


async def test_browser_applications_of_other_origins_may_ask(sqlite_world: World) -> None:
    http = sqlite_world.browser(headers={"origin": "https://spa.example"}).http

    preflight = await http.options("/token", headers={"access-control-request-method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    response = await http.post(
        "/token", data={"client_id": "nobody", "grant_type": "refresh_token", "refresh_token": "x"}
    )
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "*"
