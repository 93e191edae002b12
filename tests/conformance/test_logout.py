"""Signing out at a client's request, and how clients are told.

RP-Initiated Logout 1.0, Front-Channel Logout 1.0, Back-Channel Logout 1.0.
"""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from joserfc import jwt

from tests.conformance.checks import check_error_answer, check_needs_person, read_header, read_jws
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import BASE, POST_LOGOUT_URI, Flow, Party, client_key, unsigned
from tests.conformance.steps import is_back, sign_out, signed_in
from tests.oidc.logout.parties import deliver

_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_FRAME = re.compile(r'<iframe src="([^"]*)"')
_ONWARDS = re.compile(r'id="onwards" href="([^"]*)"')


@runs_of("oidcc-rp-initiated-logout", "oidcc-rp-initiated-logout-no-state")
async def test_logout(suite: Suite) -> None:
    """Back to the client, with the state that it sent, and nobody is signed in."""
    party, flow = await signed_in(suite)
    state = {} if suite.run.module.endswith("-no-state") else {"state": uuid4().hex}
    landing = await sign_out(
        suite, id_token_hint=flow.id_token, post_logout_redirect_uri=POST_LOGOUT_URI, **state
    )
    is_back(landing.url, state)
    await _nobody_is_signed_in(suite, party)


@runs_of("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri")
async def test_bad_place(suite: Suite) -> None:
    await _stays_here(suite, post_logout_redirect_uri=f"{BASE}/bad_post_logout_redirect_uri")


@runs_of("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri")
async def test_place_with_added_query(suite: Suite) -> None:
    await _stays_here(suite, post_logout_redirect_uri=f"{POST_LOGOUT_URI}?foo=bar")


@runs_of("oidcc-rp-initiated-logout-modified-id-token-hint")
async def test_unsigned_hint(suite: Suite) -> None:
    party, flow = await signed_in(suite)
    await _stays_here(suite, party, flow, id_token_hint=unsigned(flow.claims))


@runs_of("oidcc-rp-initiated-logout-bad-id-token-hint")
async def test_hint_that_the_client_signed(suite: Suite) -> None:
    party, flow = await signed_in(suite)
    claims = {
        "iss": party.client_id,
        "sub": "SubjectID",
        "aud": suite.issuer,
        "nonce": "flibble",
        "iat": suite.now,
        "exp": suite.now + 300,
    }
    hint = jwt.encode({"alg": "RS256"}, claims, client_key())
    await _stays_here(suite, party, flow, id_token_hint=hint)


@runs_of("oidcc-rp-initiated-logout-no-id-token-hint")
async def test_no_hint(suite: Suite) -> None:
    await _stays_here(suite, id_token_hint=None)


@runs_of(
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
)
async def test_signed_out_page(suite: Suite) -> None:
    """Where nothing says where to go on, a page says that it is done."""
    party, flow = await signed_in(suite)
    sent = {
        "oidcc-rp-initiated-logout-no-params": {},
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri": {
            "id_token_hint": flow.id_token,
            "state": uuid4().hex,
        },
        "oidcc-rp-initiated-logout-only-state": {"state": uuid4().hex},
    }
    landing = await sign_out(suite, **sent[suite.run.module])
    assert landing.url == ""
    assert landing.page.status_code == 200
    assert "You are signed out" in landing.page.text
    await _nobody_is_signed_in(suite, party)


@runs_of("oidcc-frontchannel-rp-initiated-logout")
async def test_front_channel_logout(suite: Suite) -> None:
    """A frame opens the client's address with `iss` and `sid` alone; then the page goes on."""
    uri = f"{BASE}/frontchannel_logout"
    party, flow = await signed_in(
        suite, frontchannel_logout_uri=uri, frontchannel_logout_session_required=True
    )
    state = {"state": uuid4().hex}
    landing = await sign_out(
        suite, id_token_hint=flow.id_token, post_logout_redirect_uri=POST_LOGOUT_URI, **state
    )
    assert landing.url == ""
    (frame,) = (urlsplit(unescape(found)) for found in _FRAME.findall(landing.page.text))
    assert frame._replace(query="").geturl() == uri
    assert parse_qsl(frame.query) == [("iss", suite.issuer), ("sid", flow.claims["sid"])]
    policy = landing.page.headers["content-security-policy"]
    assert f"frame-src https://{frame.netloc}" in policy
    assert re.search(r'<script src="[^"]*signing-out[^"]*" nonce="', landing.page.text)
    onwards = _ONWARDS.search(landing.page.text)
    assert onwards
    is_back(unescape(onwards[1]), state)
    await _nobody_is_signed_in(suite, party)


@runs_of("oidcc-backchannel-rp-initiated-logout")
async def test_back_channel_logout(suite: Suite) -> None:
    """A logout token and nothing else, Back-Channel Logout §2.4. That posts leave by TLS 1.3 is proven in
    tests/oidc/logout/test_receivers.py.
    """
    uri = f"{BASE}/backchannel_logout"
    party, flow = await signed_in(suite, backchannel_logout_uri=uri, backchannel_logout_session_required=True)
    state = {"state": uuid4().hex}
    landing = await sign_out(
        suite, id_token_hint=flow.id_token, post_logout_redirect_uri=POST_LOGOUT_URI, **state
    )
    is_back(landing.url, state)
    await deliver(suite.world)
    ((posted_to, form),) = suite.world.outside.posted
    assert posted_to == uri
    assert set(form) == {"logout_token"}
    claims = read_jws(form["logout_token"], suite.jwks, algorithm="RS256")
    assert claims["iss"] == suite.issuer
    assert claims["aud"] == party.client_id
    assert abs(claims["iat"] - suite.now) <= 300
    assert claims["jti"]
    assert claims["events"] == {_LOGOUT_EVENT: {}}
    assert claims["sub"] == flow.claims["sub"]
    assert claims["sid"] == flow.claims["sid"]
    assert "nonce" not in claims
    assert read_header(form["logout_token"])["typ"] == "logout+jwt"
    await _nobody_is_signed_in(suite, party)


async def _stays_here(
    suite: Suite, party: Party | None = None, flow: Flow | None = None, **changes: str | None
) -> None:
    """A page that says why, and never the client's."""
    if party is None or flow is None:
        party, flow = await signed_in(suite)
    ordinary = {
        "id_token_hint": flow.id_token,
        "post_logout_redirect_uri": POST_LOGOUT_URI,
        "state": uuid4().hex,
    }
    sent = {name: value for name, value in (ordinary | changes).items() if value is not None}
    landing = await sign_out(suite, **sent)
    assert landing.url == ""
    assert landing.page.status_code == 400
    assert landing.page.headers["content-type"].startswith("text/html")
    assert 'href="https://suite.example' not in landing.page.text
    assert "refresh" not in landing.page.headers


async def _nobody_is_signed_in(suite: Suite, party: Party) -> None:
    request = suite.request(party, prompt="none")
    answer = suite.answer(await suite.person.visit(suite.authorize_url(request)), request)
    check_needs_person(check_error_answer(answer, issuer=suite.issuer, state=request["state"]))
