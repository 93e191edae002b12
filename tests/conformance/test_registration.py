"""What clients can register, and what becomes of it. OpenID Connect Registration 1.0, RFC 7591, RFC 7592."""

import json
import re
from html import unescape
from typing import Any

from joserfc.jwk import RSAKey

from tests.conformance.checks import is_json
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import BASE, REDIRECT_URI, public_jwk
from tests.conformance.steps import shows_error_page

# As much of a PNG as its kind is told by.
_PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_INITIATE_LOGIN_URI = f"{BASE}/initiate_login"
_SECTOR_URI = f"{BASE}/redirect_uris.json"


@runs_of("oidcc-ensure-redirect-uri-in-authorization-request")
async def test_redirect_uri_is_missing(suite: Suite) -> None:
    """None is chosen from two."""
    party = await suite.register(redirect_uris=[REDIRECT_URI, "https://example.org/redirect"])
    await shows_error_page(suite, party, redirect_uri=None)


@runs_of("oidcc-redirect-uri-query-OK")
async def test_query_of_a_redirect_uri_is_kept(suite: Suite) -> None:
    await suite.sign_in(await suite.register(redirect_uris=[f"{REDIRECT_URI}?bar=foo"]))


@runs_of("oidcc-redirect-uri-query-mismatch")
async def test_query_of_a_redirect_uri_is_another(suite: Suite) -> None:
    party = await suite.register(redirect_uris=[f"{REDIRECT_URI}?bar=foo"])
    await shows_error_page(suite, party, redirect_uri=f"{REDIRECT_URI}?foo=bar")


@runs_of("oidcc-redirect-uri-query-added")
async def test_query_of_a_redirect_uri_is_added(suite: Suite) -> None:
    await shows_error_page(suite, await suite.register(), redirect_uri=f"{REDIRECT_URI}?foo=bar")


@runs_of("oidcc-redirect-uri-regfrag")
async def test_redirect_uri_with_a_fragment(suite: Suite) -> None:
    error = await _is_refused(suite, redirect_uris=[f"{REDIRECT_URI}#foobar"])
    assert error in {"invalid_redirect_uri", "invalid_client_metadata"}


@runs_of("oidcc-registration-logo-uri")
async def test_logo(suite: Suite) -> None:
    """Shown to whoever is asked to sign in, from an address of ours: pages show nobody else's pictures."""
    logo = "https://suite.example/images/openid.png"
    suite.world.outside.documents[logo] = _PICTURE
    party = await suite.register(logo_uri=logo)
    assert party.registered["logo_uri"] == logo
    await suite.sign_in(party)
    for page in suite.person.pages:
        shown = re.search(r'<img class="application" src="([^"]+)"', page.text)
        assert shown, page.url
        picture = await suite.person.http.get(unescape(shown[1]))
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/png"
        assert picture.content == _PICTURE


@runs_of("oidcc-registration-policy-uri")
async def test_policy(suite: Suite) -> None:
    await _shows(suite, "policy_uri", "https://suite.example/policy.html")


@runs_of("oidcc-registration-tos-uri")
async def test_terms(suite: Suite) -> None:
    await _shows(suite, "tos_uri", "https://suite.example/tos.html")


async def _shows(suite: Suite, member: str, address: str) -> None:
    party = await suite.register(**{member: address})
    assert party.registered[member] == address
    await suite.sign_in(party)
    assert any(address in page.text for page in suite.person.pages)


@runs_of("oidcc-registration-jwks-uri")
async def test_keys_at_an_address(suite: Suite) -> None:
    uri, key = f"{BASE}/client1_jwks", RSAKey.generate_key(2048, {"kid": "first"})
    suite.world.outside.documents[uri] = json.dumps({"keys": [public_jwk(key)]}).encode()
    party = await suite.register(jwks=None, jwks_uri=uri)
    await suite.redeem(party, await suite.authorize(party), key=key)
    assert uri in suite.world.outside.fetched


@runs_of("oidcc-registration-sector-uri")
async def test_sector(suite: Suite) -> None:
    assert "pairwise" in suite.metadata["subject_types_supported"]
    _publish_sector(suite, REDIRECT_URI)
    party = await suite.register(subject_type="pairwise", sector_identifier_uri=_SECTOR_URI)
    assert suite.world.outside.fetched == [_SECTOR_URI]
    await suite.sign_in(party)


@runs_of("oidcc-registration-sector-bad")
async def test_sector_without_the_redirect_uri(suite: Suite) -> None:
    assert "pairwise" in suite.metadata["subject_types_supported"]
    _publish_sector(suite, "https://example.com/op")
    error = await _is_refused(suite, subject_type="pairwise", sector_identifier_uri=_SECTOR_URI)
    assert error == "invalid_client_metadata"


def _publish_sector(suite: Suite, *redirect_uris: str) -> None:
    suite.world.outside.documents[_SECTOR_URI] = json.dumps(redirect_uris).encode()


@runs_of("oidcc-3rd_party-init-login")
async def test_address_that_begins_a_sign_in(suite: Suite) -> None:
    """Said again in both answers."""
    party = await suite.register(initiate_login_uri=_INITIATE_LOGIN_URI)
    assert party.registered["initiate_login_uri"] == _INITIATE_LOGIN_URI
    token = party.registered["registration_access_token"]
    response = await suite.http.get(
        party.registered["registration_client_uri"], headers={"authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200
    assert is_json(response)
    assert response.json()["initiate_login_uri"] == _INITIATE_LOGIN_URI


@runs_of("oidcc-3rd_party-init-login-nohttps")
async def test_address_that_begins_a_sign_in_without_tls(suite: Suite) -> None:
    uri = _INITIATE_LOGIN_URI.replace("https:", "http:")
    assert await _is_refused(suite, initiate_login_uri=uri) == "invalid_client_metadata"


async def _is_refused(suite: Suite, **changes: Any) -> str:
    """RFC 7591 §3.2.2."""
    _, response = await suite.ask_to_register(**changes)
    assert response.status_code == 400, response.text
    assert is_json(response)
    return str(response.json()["error"])
