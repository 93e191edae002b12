"""The API of service accounts: a customer's program makes them, rotates their secrets and ends them."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.records.client import Client, ClientId, RefreshPolicy
from idp.records.event import Occasion
from tests.oauth.asserting import assertion_claims, present, signed_with_secret
from tests.support.client_keys import JoseKey, client_key, jwks, public_jwk
from tests.support.clients import API
from tests.support.mail import delivered
from tests.support.proving import dpop_key, proof
from tests.support.service_accounts import introspected, make, shown, token_of
from tests.support.world import ISSUER, PASSWORD, World, asked

OWN_API = f"{ISSUER}/api/v1"
PATH = "/api/v1/service-accounts"
MANAGE = "service_accounts:manage"
DEPLOYER = Client(
    client_id=ClientId("deployer"),
    client_name="Deployer",
    redirect_uris=("http://localhost:8001/callback",),
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=frozenset({"openid", "invoices:read", MANAGE}),
    resources=frozenset({OWN_API}),
    is_first_party=True,
    refresh=RefreshPolicy.SESSION,
)
ROBOT = {"client_name": "Robot", "scope": "invoices:read"}


async def deployer_token(world: World, identifier: str = "aa11111-ovh", **asked: Any) -> str:
    """An access token for the API, of a person who signs in with the deploying program."""
    return str((await deployer_tokens(world, identifier, **asked))["access_token"])


async def deployer_tokens(
    world: World,
    identifier: str = "aa11111-ovh",
    *,
    scope: str = "",
    resource: str = OWN_API,
    key: JoseKey | None = None,
) -> dict[str, Any]:
    """All that the program gets."""
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    if not await world.rows("SELECT 1 FROM client WHERE client_id = 'deployer'"):
        await register_client(
            house.database, house.audit, house.entropy, occasion, DEPLOYER, secret="deployer-secret"
        )
    browser = world.browser()
    # RFC 8707 §2.2: allowed for both APIs, and this token for one of them.
    uri = "/authorize?" + urlencode(
        [
            *asked(client_id="deployer", scope=scope or f"openid invoices:read {MANAGE}").items(),
            ("resource", OWN_API),
            ("resource", API),
        ]
    )
    page = await browser.follow(await browser.http.get(uri))
    signed_in = await browser.follow(await browser.submit(page, username=identifier, password=PASSWORD))
    if key is not None:
        browser.http.headers["dpop"] = proof(world, key)
    answer = await browser.redeem(signed_in, "deployer", resource=resource)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ask(
    world: World, token: str, method: str = "GET", path: str = "", sent: Any = None
) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    content = None
    if sent is not None:
        headers["content-type"] = "application/json"
        content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return await world.browser().http.request(method, PATH + path, headers=headers, content=content)


async def made(world: World, token: str, **members: Any) -> dict[str, Any]:
    answer = await ask(world, token, "POST", sent=ROBOT | members)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_program_makes_one_that_works(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    answer = await ask(serving_world, token, "POST", sent=ROBOT)
    found = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == f"{ISSUER}{PATH}/{found['client_id']}"
    assert found["client_secret_expires_at"] == 0
    browser = serving_world.browser()
    assert (await token_of(browser, found["client_id"], found["client_secret"])).status_code == 200
    read = (await ask(serving_world, token, path=f"/{found['client_id']}")).json()
    assert "client_secret" not in read
    assert (read["client_name"], read["scope"], read["last_used_at"]) == (
        "Robot",
        "invoices:read",
        serving_world.clock.at,
    )
    listed = (await ask(serving_world, token)).json()["service_accounts"]
    assert [one["client_id"] for one in listed] == [found["client_id"]]


async def test_its_owner_learns_which_program_did_it(serving_world: World) -> None:
    await made(serving_world, await deployer_token(serving_world))
    mail = (await delivered(serving_world))[-1]
    assert "A service account was made" in mail.text
    assert "Robot" in mail.text
    assert "Deployer" in mail.text


async def test_two_secrets_work_at_a_time(serving_world: World) -> None:
    token, browser = await deployer_token(serving_world), serving_world.browser()
    found = await made(serving_world, token)
    client_id, first = found["client_id"], found["client_secret"]
    serving_world.clock.pass_(1)
    rotated = await ask(serving_world, token, "POST", f"/{client_id}/secrets", {"overlap_seconds": 60})
    assert rotated.status_code == 201
    assert rotated.json()["former_secret_expires_at"] == serving_world.clock.at + 60
    second = rotated.json()["client_secret"]
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [200, 200]
    secrets = (await ask(serving_world, token, path=f"/{client_id}")).json()["secrets"]
    assert [one["expires_at"] for one in secrets] == [None, serving_world.clock.at + 60]
    ended = await ask(serving_world, token, "DELETE", f"/{client_id}/secrets/{secrets[1]['secret_id']}")
    assert ended.status_code == 204
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [401, 200]


async def test_a_program_deletes_one(serving_world: World) -> None:
    token, browser = await deployer_token(serving_world), serving_world.browser()
    found = await made(serving_world, token)
    issued = (await token_of(browser, found["client_id"], found["client_secret"])).json()["access_token"]
    assert (await ask(serving_world, token, "DELETE", f"/{found['client_id']}")).status_code == 204
    assert (await token_of(browser, found["client_id"], found["client_secret"])).status_code == 401
    assert await introspected(browser, issued) == {"active": False}
    assert (await ask(serving_world, token, path=f"/{found['client_id']}")).status_code == 404


@pytest.mark.requirement("S91")
async def test_nobody_reaches_the_service_accounts_of_others(serving_world: World) -> None:
    client_id, secret = shown(await make(serving_world.browser()))
    bob = await deployer_token(serving_world, "bb22222-ovh")
    secrets = await serving_world.rows("SELECT secret_id FROM client_secret WHERE client_id LIKE 'svc-%'")
    for method, path in (
        ("GET", f"/{client_id}"),
        ("DELETE", f"/{client_id}"),
        ("POST", f"/{client_id}/secrets"),
        ("DELETE", f"/{client_id}/secrets/{secrets[0][0]}"),
        ("DELETE", "/manager"),
        ("POST", "/manager/secrets"),
        ("GET", "/%00"),
        ("GET", "/%F0%9F%99%82"),
    ):
        answer = await ask(serving_world, bob, method, path)
        assert answer.status_code in (400, 404), (method, path, answer.text)
    assert (await ask(serving_world, bob)).json() == {"service_accounts": []}
    assert (await token_of(serving_world.browser(), client_id, secret)).status_code == 200
    assert (await serving_world.browser().token("manager", grant_type="x")).json()[
        "error"
    ] != "invalid_client"


@pytest.mark.requirement("S91")
async def test_nothing_is_given_that_the_program_was_not_allowed(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    for scope in ("ledger:read", "invoices:pay", "customers:read", MANAGE, "openid", "offline_access", ""):
        answer = await ask(serving_world, token, "POST", sent=ROBOT | {"scope": scope})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata"), scope
    narrow = await deployer_token(serving_world, scope=f"openid {MANAGE}")
    assert (await ask(serving_world, narrow, "POST", sent=ROBOT)).status_code == 400
    found = await made(serving_world, token)
    refused = await ask(serving_world, narrow, "POST", f"/{found['client_id']}/secrets")
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert await serving_world.rows("SELECT count(*) FROM client WHERE owner_id IS NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    "members",
    [
        {"client_name": "Demo Hosting billing"},
        {"client_name": "x" * 61},
        {"client_name": ""},
        {"client_name": 7},
        {"grant_types": ["authorization_code"]},
        {"redirect_uris": ["https://example.com"]},
        {"is_first_party": True},
        {"may_introspect": True},
        {"resources": ["https://ledger.example.test"]},
        {"requests_per_minute": 1_000_000},
        {"client_id": "manager"},
        {"owner_id": "somebody"},
        {"client_name#fr": "Robot"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example.com"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "http://example.com/jwks"},
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
        },
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": "https://example.com"},
    ],
)
async def test_what_does_not_suit_a_service_account_is_refused(
    sqlite_serving_world: World, members: dict[str, Any]
) -> None:
    token = await deployer_token(sqlite_serving_world)
    answer = await ask(sqlite_serving_world, token, "POST", sent=ROBOT | members)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata"), answer.text
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"client_name": "a", "client_name": "b"}',
        b'{"client_name": "\\ud800", "scope": "invoices:read"}',
        b'{"client_name": "\\u0000", "scope": "invoices:read"}',
        b"\xff",
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
async def test_what_is_no_document_is_refused(sqlite_serving_world: World, sent: bytes) -> None:
    token = await deployer_token(sqlite_serving_world)
    answer = await ask(sqlite_serving_world, token, "POST", sent=sent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata"), answer.text


@pytest.mark.parametrize(
    "sent",
    [
        {"overlap_seconds": -1},
        {"overlap_seconds": True},
        {"overlap_seconds": "60"},
        {"overlap_seconds": 10**9},
        {"client_secret": "mine"},
    ],
)
async def test_a_rotation_says_nothing_else(sqlite_serving_world: World, sent: dict[str, Any]) -> None:
    token = await deployer_token(sqlite_serving_world)
    found = await made(sqlite_serving_world, token)
    answer = await ask(sqlite_serving_world, token, "POST", f"/{found['client_id']}/secrets", sent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    browser = sqlite_serving_world.browser()
    assert (await token_of(browser, found["client_id"], found["client_secret"])).status_code == 200


async def test_without_the_right_token_nothing_is_said(serving_world: World) -> None:
    nothing = await ask(serving_world, "")
    assert nothing.status_code == 401
    assert 'Bearer realm="idp"' in nothing.headers["www-authenticate"]
    elsewhere = await deployer_token(serving_world, resource=API)
    other_scope = await deployer_token(serving_world, scope="openid invoices:read")
    for token, status, error in (
        ("nonsense", 401, "invalid_token"),
        (elsewhere, 401, "invalid_token"),
        (other_scope, 403, "insufficient_scope"),
    ):
        answer = await ask(serving_world, token)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert f'error="{error}"' in answer.headers["www-authenticate"]


async def test_a_service_account_makes_no_other(serving_world: World) -> None:
    house, occasion = serving_world.house, Occasion(now=serving_world.clock.now(), actor="cli:test")
    service = replace(
        DEPLOYER,
        client_id=ClientId("service"),
        grant_types=frozenset({"client_credentials"}),
        response_types=frozenset(),
        redirect_uris=(),
        scopes=frozenset({MANAGE}),
    )
    await register_client(
        house.database, house.audit, house.entropy, occasion, service, secret="service-secret"
    )
    asked = {"grant_type": "client_credentials", "resource": OWN_API, "scope": MANAGE}
    token = (await serving_world.browser().token("service", **asked)).json()["access_token"]
    answer = await ask(serving_world, token, "POST", sent=ROBOT)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


async def test_there_are_so_many_and_no_more(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    *_, last = [await made(serving_world, token) for _ in range(3)]
    answer = await ask(serving_world, token, "POST", sent=ROBOT)
    assert (answer.status_code, answer.json()["error"]) == (409, "too_many")
    # What is deleted leaves a row for ever, so it counts for a day.
    await ask(serving_world, token, "DELETE", f"/{last['client_id']}")
    assert (await ask(serving_world, token, "POST", sent=ROBOT)).status_code == 409
    serving_world.clock.pass_(86_401)
    assert (
        await ask(serving_world, await deployer_token(serving_world), "POST", sent=ROBOT)
    ).status_code == 201


async def test_a_key_of_its_own_needs_no_secret(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    keys = {"jwks": jwks(public_jwk(client_key(), kid="k1")), "token_endpoint_auth_method": "private_key_jwt"}
    found = await made(serving_world, token, **keys)
    assert "client_secret" not in found
    answer = await ask(serving_world, token, "POST", f"/{found['client_id']}/secrets")
    assert (answer.status_code, answer.json()["error"]) == (409, "no_secrets")


async def test_where_customers_have_none_there_is_no_api(sqlite_world: World) -> None:
    assert (await ask(sqlite_world, "nonsense")).status_code == 404


async def test_a_token_that_is_bound_to_a_key_needs_its_proof(serving_world: World) -> None:
    key = dpop_key()
    token = await deployer_token(serving_world, key=key)
    stolen = await ask(serving_world, token, "POST", sent=ROBOT)
    assert stolen.status_code == 401
    headers = {
        "authorization": f"DPoP {token}",
        "dpop": proof(serving_world, key, path=PATH, access_token=token),
        "content-type": "application/json",
    }
    made_by_owner = await serving_world.browser().http.post(
        PATH, headers=headers, content=json.dumps(ROBOT).encode()
    )
    assert made_by_owner.status_code == 201, made_by_owner.text


async def test_a_program_signs_with_its_secret(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    found = await made(serving_world, token, token_endpoint_auth_method="client_secret_jwt")
    client_id, secret = found["client_id"], found["client_secret"]
    signed_by_it = signed_with_secret(assertion_claims(serving_world, client_id), secret)
    assert (await present(serving_world, signed_by_it)).status_code == 200
    # Whoever signs with a secret never sends it.
    assert (await token_of(serving_world.browser(), client_id, secret)).status_code == 401
