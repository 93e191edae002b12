"""How an API says no, and what it says of itself: RFC 6750 §3, RFC 9470 §3, RFC 9728."""

from typing import Any

import pytest

from idp.resource import Introspection, ResourceServer
from tests.resource.conftest import GuardedApi
from tests.resource.issuing import API, ISSUER, NOW, Moment

_METADATA = f'resource_metadata="{API}/.well-known/oauth-protected-resource"'


async def test_without_a_token_it_says_what_it_wants(api: GuardedApi) -> None:
    response = await api.get()
    assert (response.status_code, response.json()) == (401, {})
    bearer, dpop = response.headers.get_list("www-authenticate")
    assert bearer == f'Bearer realm="api.example.test", scope="invoices:read", {_METADATA}'
    assert dpop.startswith('DPoP realm="api.example.test", scope="invoices:read"')
    assert 'algs="PS256 ES256 EdDSA"' in dpop


@pytest.mark.parametrize(
    "authorizations", [["Basic eDp5"], ["Bearer"], ["Bearer  "], ["Bearer a b"], ["Bearer a", "Bearer b"]]
)
async def test_a_malformed_header_is_named(api: GuardedApi, authorizations: list[str]) -> None:
    await api.get()
    headers = [("authorization", value) for value in authorizations]
    response = await api.http.get("/invoices", headers=headers)  # type: ignore[union-attr]
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_token_in_the_query_is_refused_though_it_is_right(api: GuardedApi) -> None:
    token = api.issuer.token()
    for kwargs in ({}, {"token": token}):
        response = await api.get("/invoices", params={"access_token": token}, **kwargs)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_missing_scope_is_named(api: GuardedApi) -> None:
    for scope in ("openid invoices:pay", "invoices:read2", "INVOICES:READ", None):
        response = await api.get(token=api.issuer.token(scope=scope))
        assert (response.status_code, response.json()["error"]) == (403, "insufficient_scope")
        assert 'scope="invoices:read"' in response.headers["www-authenticate"]


async def test_a_weak_or_old_sign_in_is_asked_for_more(api: GuardedApi) -> None:
    """RFC 9470 §3."""
    ask: dict[str, Any] = {"scope": "invoices:pay"}
    for claims in (
        {"acr": "1", "auth_time": NOW},
        {"acr": None, "auth_time": NOW},
        {"acr": "2", "auth_time": NOW - 301},
        {"acr": "2", "auth_time": None},
    ):
        response = await api.get("/payment", token=api.issuer.token(**ask, **claims))
        assert response.status_code == 401
        challenge = response.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge
        assert 'acr_values="2 3", max_age="300"' in challenge
    for acr in ("2", "3"):
        recent = api.issuer.token(**ask, acr=acr, auth_time=NOW - 300)
        assert (await api.get("/payment", token=recent)).status_code == 200
    # What the person proves makes no difference to a token without the scope.
    response = await api.get("/payment", token=api.issuer.token(acr="1"))
    assert response.json()["error"] == "insufficient_scope"


async def test_the_api_describes_itself(api: GuardedApi) -> None:
    response = await api.get("/.well-known/oauth-protected-resource")
    assert response.json() == {
        "resource": API,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["invoices:pay", "invoices:read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Invoices",
        "dpop_signing_alg_values_supported": ["PS256", "ES256", "EdDSA"],
    }


def test_an_api_below_a_path_is_described_beside_it() -> None:
    """RFC 9728 §3.1; and nothing is said where the identifier is no address of it (§3.3)."""
    guard = ResourceServer(issuer=ISSUER, audience=f"{API}/v1/", clock=Moment())
    assert [route.path for route in guard.routes()] == ["/.well-known/oauth-protected-resource/v1"]
    elsewhere = ResourceServer(
        issuer=ISSUER, audience="https://billing.example", url=f"{API}/billing", clock=Moment()
    )
    assert elsewhere.routes() == []
    assert ResourceServer(issuer=ISSUER, audience="urn:billing", clock=Moment()).routes() == []


def _asking(api: GuardedApi, *, is_always: bool = False) -> None:
    api.options["introspection"] = Introspection(
        client_id="my api", client_secret="s:cret", is_always=is_always
    )


async def test_an_opaque_token_is_asked_about(api: GuardedApi) -> None:
    _asking(api)
    api.issuer.active["opaque"] = api.issuer.claims()
    assert (await api.get(token="opaque")).status_code == 200
    assert (await api.get(token="unknown")).json()["error"] == "invalid_token"
    assert (await api.get(token=api.issuer.token())).status_code == 200
    assert [asked["token"] for asked in api.issuer.asked] == ["opaque", "unknown"]
    assert api.issuer.asked[0]["authorization"] == "Basic bXkrYXBpOnMlM0FjcmV0"


@pytest.mark.parametrize(
    "claims", [{"aud": "https://other.example"}, {"exp": NOW - 10}, {"iss": "x"}, {"cnf": {"jkt": "x"}}]
)
async def test_what_the_issuer_says_of_it_is_checked(api: GuardedApi, claims: dict[str, object]) -> None:
    _asking(api)
    api.issuer.active["opaque"] = api.issuer.claims(**claims)
    assert (await api.get(token="opaque")).json()["error"] == "invalid_token"


async def test_an_api_may_ask_about_every_token(api: GuardedApi) -> None:
    _asking(api, is_always=True)
    token = api.issuer.token()
    assert (await api.get(token=token)).json()["error"] == "invalid_token"
    api.issuer.active[token] = api.issuer.claims()
    assert (await api.get(token=token)).status_code == 200
    # Nothing is asked about what nobody signed.
    before = len(api.issuer.asked)
    await api.get(token=token[:-4] + "AAAA")
    assert len(api.issuer.asked) == before


async def test_an_issuer_that_does_not_answer_is_waited_for(api: GuardedApi) -> None:
    _asking(api)
    await api.get(token=api.issuer.token())
    api.issuer.is_down = True
    assert (await api.get(token="opaque")).status_code == 503


async def test_without_introspection_an_opaque_token_is_invalid(api: GuardedApi) -> None:
    assert (await api.get(token="x" * 64)).json()["error"] == "invalid_token"
