"""Refresh tokens. OpenID Connect Core §11 and §12, RFC 6749 §6."""

import json
from typing import Any

from joserfc.jwk import RSAKey

from tests.conformance.checks import check_token_answer, check_token_error, read_jws
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import BASE, Flow, Party, public_jwk

_SCOPE = "openid offline_access"
_JWKS_URI = f"{BASE}/client1_jwks"


@runs_of("oidcc-refresh-token")
async def test_refresh_token(suite: Suite) -> None:
    """With a scope and without; and nobody else's."""
    first, second = await _registered(suite), await _registered(suite)
    flow = await _signed_in(suite, first)
    await _refreshes(suite, first, flow, scope=_SCOPE)
    flow = await _signed_in(suite, second, nonce="n" * 43)
    token = await _refreshes(suite, second, flow)
    form = {"grant_type": "refresh_token", "refresh_token": token, "scope": _SCOPE}
    check_token_error(await suite.ask_token(first, form), "invalid_grant")


@runs_of("oidcc-refresh-token-rp-key-rotation")
async def test_refresh_after_the_client_changed_its_key(suite: Suite) -> None:
    """Its new key is fetched, since no known one has its name. The suite waits a minute before."""
    old, new = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("old", "new"))
    _publish(suite, old)
    party = await _registered(suite, jwks=None, jwks_uri=_JWKS_URI)
    flow = await suite.redeem(party, await suite.authorize(party, prompt="consent"), key=old)
    _publish(suite, new)
    suite.world.clock.pass_(60)
    await _refreshes(suite, party, flow, key=new, scope=_SCOPE)


def _publish(suite: Suite, key: RSAKey) -> None:
    suite.world.outside.documents[_JWKS_URI] = json.dumps({"keys": [public_jwk(key)]}).encode()


async def _registered(suite: Suite, **changes: Any) -> Party:
    assert "offline_access" in suite.metadata["scopes_supported"]
    assert "refresh_token" in suite.metadata["grant_types_supported"]
    implicit = ["implicit"] if suite.run.variant.response_type != "code" else []
    grants = ["authorization_code", *implicit, "refresh_token"]
    return await suite.register(scope=_SCOPE, grant_types=grants, **changes)


async def _signed_in(suite: Suite, party: Party, **changes: str) -> Flow:
    return await suite.sign_in(party, prompt="consent", **changes)


async def _refreshes(
    suite: Suite, party: Party, flow: Flow, *, key: RSAKey | None = None, **form: str
) -> str:
    """The newest refresh token. What comes with it is of the same sign-in, §12.2."""
    suite.world.clock.pass_(1)
    first = flow.tokens
    form |= {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    tokens = check_token_answer(await suite.ask_token(party, form, key=key))
    assert tokens["access_token"] != first["access_token"]
    if "id_token" in tokens:
        before, after = flow.back, read_jws(tokens["id_token"], suite.jwks, algorithm="RS256")
        for name in ("iss", "sub", "aud", "azp", "auth_time"):
            assert before.get(name) == after.get(name), name
        assert after["iat"] > before["iat"]
        assert after.get("nonce", before["nonce"]) == before["nonce"]
    assert (await suite.userinfo(tokens["access_token"])).status_code == 200
    return str(tokens.get("refresh_token", first["refresh_token"]))
