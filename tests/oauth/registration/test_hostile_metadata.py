"""What nobody registers: wrong and hostile metadata, and bodies that are none. Authlib deviation 25, peers' holes."""

from typing import Any

import pytest

from tests.oauth.registration.registering import URI, post, refusal, registered
from tests.support.world import World


@pytest.mark.parametrize(
    ("members", "code", "member"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri", "redirect_uris: is empty"),
        ({"redirect_uris": ["https://shop.example/cb#x"]}, "invalid_redirect_uri", "has a fragment"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri", "is not https"),
        ({"redirect_uris": "https://shop.example/cb"}, "invalid_redirect_uri", "is not a list"),
        (
            {"redirect_uris": [f"https://shop.example/{each}" for each in range(11)]},
            "invalid_redirect_uri",
            "more than 10 items",
        ),
        ({"scope": "admin"}, "invalid_client_metadata", "scope: names none"),
        (
            {"grant_types": ["client_credentials"], "redirect_uris": []},
            "invalid_client_metadata",
            "client_credentials can",
        ),
        ({"grant_types": ["password"]}, "invalid_client_metadata", "'password' is none of"),
        ({"response_types": ["id_token"]}, "invalid_client_metadata", "'id_token' is none of"),
        ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata", "is none of"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata", "needs [mtls]"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata", "needs jwks_uri or jwks"),
        ({"initiate_login_uri": "http://shop.example/x"}, "invalid_client_metadata", "is http elsewhere"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata", "allow_unsigned"),
        ({"client_name": "Demo  HOSTING support"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name#fr": "Dem\u00f6-Hosting"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name": "\uff24\uff45\uff4d\uff4f Hosting"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name": "D\u0435m\u043e Hosting"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name#ru": "Dem\u03bf H\u03bfst\u0131ng"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name": "Dem0 Host1ng"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name": "DEM\u039f \u041d\u041eSTING"}, "invalid_client_metadata", "could be taken for it"),
        ({"client_name": "Demo\u3164Hosting"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": "De\u1160mo Hosting"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": "Shop\u061c"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": "Sh\U000e0041op"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": "\u200d \ufe0f"}, "invalid_client_metadata", "is empty"),
        ({"client_name": "Shop\u202egro"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": "Shop\u0000"}, "invalid_client_metadata", "unprintable"),
        ({"client_name": {"fr": "x"}}, "invalid_client_metadata", "is not a text"),
        ({"client_name": "x" * 201}, "invalid_client_metadata", "longer than 200"),
        ({"logo_uri": "https://shop.example/x#y"}, "invalid_client_metadata", "has a fragment"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "invalid_client_metadata", "private or symmetric"),
        ({"jwks": {"keys": [{"kty": "RSA", "d": "x"}]}}, "invalid_client_metadata", "private or symmetric"),
        ({"jwks": "https://shop.example/jwks"}, "invalid_client_metadata", "is not a JWK set"),
        ({"default_max_age": "1"}, "invalid_client_metadata", "is not a number of seconds"),
        ({"default_max_age": 1e400}, "invalid_client_metadata", "not JSON"),
        ({"contacts": ["<script>"]}, "invalid_client_metadata", "is not an e-mail address"),
        ({"subject_type": ["public"]}, "invalid_client_metadata", "is none of"),
    ],
)  # fmt: skip
async def test_metadata_that_is_refused(
    sqlite_open_world: World, members: dict[str, Any], code: str, member: str
) -> None:
    """Authlib deviation 25, and hostile values."""
    before = await sqlite_open_world.rows("SELECT count(*) FROM client")
    if members.get("default_max_age") == 1e400:
        response = await sqlite_open_world.browser().http.post(
            "/register",
            content=b'{"default_max_age": Infinity}',
            headers={"content-type": "application/json"},
        )
    else:
        response = await post(sqlite_open_world, **members)
    told = refusal(response)
    assert told[0] == code
    assert member in told[1], told
    assert await sqlite_open_world.rows("SELECT count(*) FROM client") == before


async def test_every_problem_is_told_at_once(sqlite_open_world: World) -> None:
    code, told = refusal(await post(sqlite_open_world, redirect_uris=["x"], contacts=["x"], scope="openid"))
    assert code == "invalid_redirect_uri"
    assert "redirect_uris: " in told
    assert "contacts: " in told


@pytest.mark.requirement("S73")
async def test_markup_in_a_name_is_only_text(sqlite_open_world: World) -> None:
    world = sqlite_open_world
    held = await registered(world, client_name="<script>alert(1)</script>")
    page = await world.browser().authorize(client_id=held["client_id"], redirect_uri=URI)
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b'{"client_name": "\xff"}',
        b'{"client_name": "A", "client_name": "B"}',
        b'{"jwks": {"keys": [], "keys": []}}',
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" * 20_000,
        b'{"a": ' * 9 + b"1" + b"}" * 9,
        b'{"a": [' + b"1," * 2_500 + b"1]}",
    ],
)
async def test_a_body_that_is_no_metadata(sqlite_open_world: World, body: bytes) -> None:
    response = await sqlite_open_world.browser().http.post(
        "/register", content=body, headers={"content-type": "application/json"}
    )
    assert refusal(response)[0] == "invalid_client_metadata"


async def test_a_body_of_another_kind_or_too_large(sqlite_open_world: World) -> None:
    http = sqlite_open_world.browser().http
    assert refusal(await http.post("/register", data={"client_name": "x"}))[0] == "invalid_client_metadata"
    large = await http.post("/register", json={"client_name": "x" * 70_000})
    assert large.status_code == 413
    assert (await http.get("/register")).status_code == 405


async def test_no_other_origin_registers_clients_for_its_visitors(sqlite_open_world: World) -> None:
    http = sqlite_open_world.browser().http
    preflight = await http.request(
        "OPTIONS",
        "/register",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
    )
    assert "access-control-allow-origin" not in preflight.headers
