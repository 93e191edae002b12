"""The happy flows, and what may not change them. OpenID Connect Core §3."""

from tests.conformance.checks import (
    check_error_answer,
    check_token_error,
    read_header,
    read_jws,
)
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import REDIRECT_URI, Flow, Party
from tests.conformance.steps import shows_error_page


@runs_of("oidcc-server")
async def test_server(suite: Suite) -> None:
    """Hashes, the entropy of codes and tokens, and what an ID token may hold are checked in every flow."""
    await suite.sign_in(await suite.register())
    assert suite.person.shown == ["login", "consent"]


@runs_of("oidcc-response-type-missing")
async def test_response_type_missing(suite: Suite) -> None:
    request = suite.request(await suite.register(), response_type=None)
    landing = await suite.person.visit(suite.authorize_url(request))
    answer = suite.answer(landing, request)
    error = check_error_answer(answer, issuer=suite.issuer, state=request["state"])
    assert error in {"invalid_request", "unsupported_response_type"}


@runs_of("oidcc-idtoken-signature")
async def test_id_token_signature(suite: Suite) -> None:
    """RS256 where nothing was registered, with a `kid`."""
    await _has_signed_id_tokens(suite, await suite.register())


@runs_of("oidcc-idtoken-rs256")
async def test_id_token_rs256(suite: Suite) -> None:
    assert "RS256" in suite.metadata["id_token_signing_alg_values_supported"]
    await _has_signed_id_tokens(suite, await suite.register(id_token_signed_response_alg="RS256"))


async def _has_signed_id_tokens(suite: Suite, party: Party) -> None:
    flow = await suite.sign_in(party)
    tokens = (flow.answer.get("id_token"), flow.tokens.get("id_token"))
    headers = [read_header(token) for token in tokens if token]
    assert headers
    assert all(header["alg"] == "RS256" and header["kid"] for header in headers)


@runs_of("oidcc-idtoken-unsigned")
async def test_id_token_unsigned(suite: Suite) -> None:
    assert "none" in suite.metadata["id_token_signing_alg_values_supported"]
    party = await suite.register(id_token_signed_response_alg="none")
    suite.id_token_algorithm = "none"
    flow = await suite.sign_in(party)
    assert read_header(flow.tokens["id_token"])["alg"] == "none"


@runs_of("oidcc-userinfo-get")
async def test_userinfo_get(suite: Suite) -> None:
    flow = await suite.sign_in(await suite.register())
    suite.checked_userinfo(flow, await suite.userinfo(flow.access_token))


@runs_of("oidcc-userinfo-post-header")
async def test_userinfo_post_header(suite: Suite) -> None:
    flow = await suite.sign_in(await suite.register())
    headers = {"authorization": f"Bearer {flow.access_token}"}
    response = await suite.http.post(suite.metadata["userinfo_endpoint"], headers=headers)
    suite.checked_userinfo(flow, response)


@runs_of("oidcc-userinfo-post-body")
async def test_userinfo_post_body(suite: Suite) -> None:
    flow = await suite.sign_in(await suite.register())
    form = {"access_token": flow.access_token}
    suite.checked_userinfo(flow, await suite.http.post(suite.metadata["userinfo_endpoint"], data=form))


@runs_of("oidcc-userinfo-rs256")
async def test_signed_userinfo(suite: Suite) -> None:
    """§5.3.2: a JWT for this client, without what belongs into an ID token."""
    assert "RS256" in suite.metadata["userinfo_signing_alg_values_supported"]
    party = await suite.register(userinfo_signed_response_alg="RS256")
    flow = await suite.sign_in(party)
    response = await suite.userinfo(flow.access_token)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/jwt"
    claims = read_jws(response.text, suite.jwks, algorithm="RS256")
    assert claims.pop("iss") == suite.issuer
    assert claims.pop("aud") == party.client_id
    assert claims["sub"] == flow.claims["sub"]
    assert "nonce" not in claims


@runs_of("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
async def test_without_nonce_succeeds_for_code_flow(suite: Suite) -> None:
    flow = await suite.sign_in(await suite.register(), nonce=None)
    assert "nonce" not in flow.claims


@runs_of("oidcc-ensure-request-without-nonce-fails")
async def test_without_nonce_fails(suite: Suite) -> None:
    request = suite.request(await suite.register(), nonce=None)
    landing = await suite.person.visit(suite.authorize_url(request))
    answer = suite.answer(landing, request)
    assert check_error_answer(answer, issuer=suite.issuer, state=request["state"]) == "invalid_request"


@runs_of("oidcc-ensure-request-with-unknown-parameter-succeeds")
async def test_unknown_parameter_succeeds(suite: Suite) -> None:
    await suite.sign_in(await suite.register(), extra="foobar")


@runs_of("oidcc-ensure-request-with-valid-pkce-succeeds")
async def test_valid_pkce_succeeds(suite: Suite) -> None:
    assert "S256" in suite.metadata["code_challenge_methods_supported"]
    party = await suite.register()
    # RFC 7636, appendix B.
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    flow = await suite.authorize(party, code_challenge=challenge, code_challenge_method="S256")
    flow = await suite.redeem(party, flow, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert (await suite.userinfo(flow.access_token)).status_code == 200


@runs_of("oidcc-server-client-secret-post")
async def test_client_secret_post(suite: Suite) -> None:
    await suite.sign_in(await suite.register(token_endpoint_auth_method="client_secret_post"))


@runs_of("oidcc-ensure-client-assertion-with-iss-aud-succeeds")
async def test_client_assertion_with_issuer_as_audience_succeeds(suite: Suite) -> None:
    party = await suite.register()
    await suite.redeem(party, await suite.authorize(party), audience=suite.issuer)


@runs_of("oidcc-ensure-post-request-succeeds")
async def test_post_request_succeeds(suite: Suite) -> None:
    party = await suite.register()
    request = suite.request(party)
    landing = await suite.person.post(suite.metadata["authorization_endpoint"], request)
    await suite.finish(party, request, suite.answer(landing, request))


@runs_of("oidcc-codereuse")
async def test_code_reuse(suite: Suite) -> None:
    await _reuses(suite, after_seconds=0)


@runs_of("oidcc-codereuse-30seconds")
async def test_code_reuse_after_30_seconds(suite: Suite) -> None:
    """What came of the code ends with it, RFC 6749 §4.1.2."""
    flow = await _reuses(suite, after_seconds=30)
    assert 400 <= (await suite.userinfo(flow.access_token)).status_code < 500


async def _reuses(suite: Suite, *, after_seconds: int) -> Flow:
    party = await suite.register()
    flow = await suite.sign_in(party)
    suite.world.clock.pass_(after_seconds)
    check_token_error(await suite.ask_token(party, suite.redemption(flow)), "invalid_grant")
    return flow


@runs_of("oidcc-ensure-registered-redirect-uri")
async def test_registered_redirect_uri(suite: Suite) -> None:
    await shows_error_page(suite, await suite.register(), redirect_uri=f"{REDIRECT_URI}/4nOtHeR")
