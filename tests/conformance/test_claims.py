"""Which claims come by which way. OpenID Connect Core §5.4 and §5.5."""

import json
from collections.abc import Mapping
from typing import Any

from tests.conformance.checks import CLAIMS_OF_SCOPE
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import Flow


@runs_of("oidcc-scope-profile")
async def test_scope_profile(suite: Suite) -> None:
    await _brings_claims(suite, "openid profile")


@runs_of("oidcc-scope-email")
async def test_scope_email(suite: Suite) -> None:
    _has_no_name(*await _brings_claims(suite, "openid email"))


@runs_of("oidcc-scope-address")
async def test_scope_address(suite: Suite) -> None:
    await _brings_claims(suite, "openid address")


@runs_of("oidcc-scope-phone")
async def test_scope_phone(suite: Suite) -> None:
    await _brings_claims(suite, "openid phone")


@runs_of("oidcc-scope-all")
async def test_every_scope(suite: Suite) -> None:
    await _brings_claims(suite, "openid email phone address profile")


@runs_of("oidcc-alternate-happy-flow")
async def test_other_order(suite: Suite) -> None:
    """The scopes in another order, and the parameters too."""
    party = await suite.register(scope="email openid")
    request = suite.request(party)
    reversed_order = dict(reversed(request.items()))
    flow = await suite.follow(party, request, reversed_order)
    _has_no_name(flow, await _claims(suite, flow))


@runs_of("oidcc-claims-essential")
async def test_essential_name(suite: Suite) -> None:
    """Where it was asked for, and nowhere else."""
    is_fetched = suite.run.variant.response_type != "id_token"
    claims = {"userinfo" if is_fetched else "id_token": {"name": {"essential": True}}}
    flow = await suite.sign_in(await suite.register(), claims=json.dumps(claims))
    assert (await _claims(suite, flow))["name"]
    if is_fetched:
        assert "name" not in flow.front
        assert "name" not in flow.back


@runs_of("oidcc-ensure-request-with-acr-values-succeeds")
async def test_acr_values(suite: Suite) -> None:
    """Every ID token says which of them it is."""
    supported = suite.metadata["acr_values_supported"]
    flow = await suite.sign_in(await suite.register(), acr_values=" ".join(supported))
    assert all(claims["acr"] in supported for claims in (flow.front, flow.back) if claims)


@runs_of("oidcc-ui-locales")
async def test_ui_locales(suite: Suite) -> None:
    await suite.sign_in(await suite.register(), ui_locales="se")


@runs_of("oidcc-claims-locales")
async def test_claims_locales(suite: Suite) -> None:
    await suite.sign_in(await suite.register(), claims_locales="se")


async def _brings_claims(suite: Suite, scope: str) -> tuple[Flow, Mapping[str, Any]]:
    scopes = scope.split()
    assert set(scopes) <= set(suite.metadata["scopes_supported"])
    flow = await suite.sign_in(await suite.register(scope=scope))
    claims = await _claims(suite, flow)
    assert {name for asked in scopes for name in CLAIMS_OF_SCOPE[asked]} <= set(claims)
    return flow, claims


async def _claims(suite: Suite, flow: Flow) -> Mapping[str, Any]:
    """Those of userinfo, or of the ID token where there is nothing to fetch them with."""
    if suite.run.variant.response_type == "id_token":
        return flow.front
    return suite.checked_userinfo(flow, await suite.userinfo(flow.access_token))


def _has_no_name(flow: Flow, claims: Mapping[str, Any]) -> None:
    assert all("name" not in found for found in (flow.front, flow.back, claims))
