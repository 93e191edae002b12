"""Clients that show certificates: both methods of RFC 8705 §2, and tokens bound to them (§3). Whoever shows what is not
theirs, or to somebody else than the proxy.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.adapters.trust_anchors import TrustAnchorProblem, load_trust_anchors
from idp.clients.registration import register_client
from idp.config.settings import MutualTls, Server, Settings
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.oauth.wire import consented, refused, success
from tests.support.certificates import HEADER, Issued, authority, dns, email, ip, issued, uri
from tests.support.client_keys import jwks
from tests.support.world import START, World, basic, open_world, settings_for

PROXY, STRANGER = "10.0.0.1", "192.0.2.7"
DN = "tls_client_auth_subject_dn"


@pytest.fixture
async def mtls_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house behind a proxy that hands certificates on."""
    async with open_world(_settings(database_url, tmp_path)) as world:
        yield world


@pytest.fixture
async def sqlite_mtls_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone."""
    async with open_world(_settings(sqlite_url, tmp_path)) as world:
        yield world


def _settings(url: str, folder: Path) -> Settings:
    anchors = folder / "authorities.pem"
    anchors.write_bytes(b"Our own authority:\n" + authority().pem)
    return replace(
        settings_for(url, folder),
        server=Server(trusted_proxies=(f"{PROXY}/32",)),
        mtls=MutualTls(header=HEADER, origin="https://mtls.example.test", trust_anchors=str(anchors)),
    )


_NAMES = [
    (DN, "CN=service,O=Example"),
    (DN, "cn=Service, o=example"),
    ("tls_client_auth_san_dns", "Service.example.com"),
    ("tls_client_auth_san_uri", "spiffe://example.com/service"),
    ("tls_client_auth_san_ip", "2001:db8:0::1"),
    ("tls_client_auth_san_email", "service@example.com"),
]


async def _register(world: World, client_id: str = "service", **metadata: Any) -> None:
    usual: dict[str, Any] = {
        "token_endpoint_auth_method": "tls_client_auth",
        "grant_types": frozenset({"client_credentials"}),
        "response_types": frozenset(),
        "scopes": frozenset({"invoices:read"}),
        "may_introspect": True,
    }
    house = world.house
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client)


async def _ask(
    world: World,
    shown: Issued | None,
    path: str = "/token",
    *,
    client_id: str = "service",
    address: str = PROXY,
    authorization: str = "",
    **form: str,
) -> httpx2.Response:
    headers = {HEADER: shown.escaped} if shown else {}
    headers |= {"authorization": authorization} if authorization else {}
    asked = {"grant_type": "client_credentials"} if path == "/token" else {"token": "x" * 64}
    named = {"client_id": client_id} if client_id else {}
    return await world.browser(address=address, headers=headers).http.post(
        path, data={**asked, **named, **form}
    )


@pytest.mark.requirement("S17")
async def test_an_authority_speaks_for_a_client(mtls_world: World, subtests: pytest.Subtests) -> None:
    names = (
        dns("other.example.com"),
        dns("service.example.com"),
        uri("spiffe://example.com/service"),
        ip("2001:db8::1"),
        email("service@example.com"),
    )
    shown = issued(by=authority(), names=names)
    for number, (member, name) in enumerate(_NAMES):
        with subtests.test(member=member, name=name):
            client_id = f"service-{number}"
            await _register(mtls_world, client_id, **{member: name})
            asking = partial(_ask, mtls_world, shown, client_id=client_id)
            token = success(await asking())["access_token"]
            assert success(await asking("/introspect", token=token))["active"] is True
            assert (await asking("/revoke", token=token)).status_code == 200


_NOT_ITS_OWN: list[tuple[str, str, Issued]] = [
    ("another subject", "CN=service,O=Example", issued("CN=service,O=Other", by=authority())),
    ("a longer subject", "CN=service,O=Example", issued("CN=service,O=Example,C=DE", by=authority())),
    ("the subject reversed", "CN=service,O=Example", issued("O=Example,CN=service", by=authority())),
    (
        "a subject that holds it as text",
        "CN=service,O=Example",
        issued(r"CN=service\,O\=Example", by=authority()),
    ),
]


async def test_another_name_is_refused(sqlite_mtls_world: World, subtests: pytest.Subtests) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")
    await _register(sqlite_mtls_world, "named", tls_client_auth_san_dns="service.example.com")

    for title, _, shown in _NOT_ITS_OWN:
        with subtests.test(title=title):
            told = refused(await _ask(sqlite_mtls_world, shown), "invalid_client", 401)
            assert "does not have the tls_client_auth_subject_dn" in told
    for names in (
        (),
        (dns("*.example.com"),),
        (uri("service.example.com"),),
        (dns("service.example.com.evil.test"),),
    ):
        with subtests.test(names=names):
            shown = issued("CN=service.example.com", by=authority(), names=names)
            response = await _ask(sqlite_mtls_world, shown, client_id="named")
            assert "does not have the tls_client_auth_san_dns" in refused(response, "invalid_client", 401)


async def test_addresses_that_differ_before_the_at_are_two(sqlite_mtls_world: World) -> None:
    """RFC 5280 §7.5."""
    await _register(sqlite_mtls_world, tls_client_auth_san_email="service@example.com")

    same = issued(by=authority(), names=(email("service@EXAMPLE.com"),))
    success(await _ask(sqlite_mtls_world, same))
    other = issued(by=authority(), names=(email("Service@example.com"),))
    refused(await _ask(sqlite_mtls_world, other), "invalid_client", 401)


async def test_what_no_authority_of_ours_issued_is_refused(
    sqlite_mtls_world: World, subtests: pytest.Subtests
) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")

    for title, shown in {
        "by itself": issued(),
        "by another authority of the same name": issued(by=authority("Test authority", days=3_000)),
        "by an authority that expired": issued(by=authority("old", days=1)),
        "the authority itself": authority(),
        "by a client": issued(by=issued("CN=intermediate", by=authority())),
        "for servers": issued(by=authority(), purpose=ExtendedKeyUsageOID.SERVER_AUTH),
    }.items():
        with subtests.test(issued=title):
            told = refused(await _ask(sqlite_mtls_world, shown), "invalid_client", 401)
            assert "was not issued by an authority" in told


async def test_a_certificate_outside_its_time_is_refused(sqlite_mtls_world: World) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")

    early = issued(by=authority(), at=START + 86_400)
    assert "not valid yet" in refused(await _ask(sqlite_mtls_world, early), "invalid_request")
    late = issued(by=authority(), at=START - 86_400, days=1)
    assert "has expired" in refused(await _ask(sqlite_mtls_world, late), "invalid_request")


@pytest.mark.requirement("S17")
async def test_a_certificate_that_was_registered_needs_no_authority(mtls_world: World) -> None:
    first, second = issued(), issued()
    keys = jwks(first.jwk(kid="a"), second.jwk(kid="b"))
    await _register(mtls_world, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys)

    success(await _ask(mtls_world, first))
    success(await _ask(mtls_world, second))
    told = refused(await _ask(mtls_world, issued()), "invalid_client", 401)
    assert "none of those that the client registered" in told
    told = refused(await _ask(mtls_world, issued(by=authority())), "invalid_client", 401)


async def test_a_key_that_came_with_another_ones_certificate_proves_nothing(sqlite_mtls_world: World) -> None:
    """RFC 7517 §4.7: the key of the certificate is that of the JWK."""
    own, other = issued(), issued()
    keys = jwks({**own.jwk(), "x5c": other.jwk()["x5c"]})
    await _register(sqlite_mtls_world, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys)

    for shown in (own, other):
        refused(await _ask(sqlite_mtls_world, shown), "invalid_client", 401)


async def test_certificates_are_fetched_and_fetched_again_for_a_new_one(sqlite_mtls_world: World) -> None:
    world, address = sqlite_mtls_world, "https://service.example/jwks"
    old, new = issued(), issued()
    world.outside.documents[address] = json.dumps(jwks(old.jwk())).encode()
    await _register(world, token_endpoint_auth_method="self_signed_tls_client_auth", jwks_uri=address)

    success(await _ask(world, old))
    world.outside.documents[address] = json.dumps(jwks(new.jwk())).encode()
    refused(await _ask(world, new), "invalid_client", 401)
    assert world.outside.fetched == [address]
    world.clock.pass_(60)
    success(await _ask(world, new))
    refused(await _ask(world, old), "invalid_client", 401)


async def test_without_its_certificate_a_client_is_nobody(sqlite_mtls_world: World) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")
    keys = jwks(issued().jwk())
    await _register(
        sqlite_mtls_world, "own", token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys
    )

    for client_id in ("service", "own"):
        refused(await _ask(sqlite_mtls_world, None, client_id=client_id), "invalid_client", 401)
        refused(
            await _ask(sqlite_mtls_world, None, client_id="", authorization=basic(client_id, "x")),
            "invalid_client",
            401,
        )
        refused(
            await _ask(sqlite_mtls_world, None, client_id=client_id, client_secret="x"), "invalid_client", 401
        )


async def test_a_certificate_is_no_secret(sqlite_mtls_world: World) -> None:
    """Who has a secret proves it; a certificate beside it makes no difference, and one alone no proof."""
    shown = issued("CN=machine", by=authority())

    success(await _ask(sqlite_mtls_world, shown, client_id="", authorization=basic("machine")))
    refused(await _ask(sqlite_mtls_world, shown, client_id="machine"), "invalid_client", 401)
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")
    own = issued(by=authority())
    refused(
        await _ask(sqlite_mtls_world, own, client_id="", authorization=basic("service", "x")),
        "invalid_client",
        401,
    )
    refused(await _ask(sqlite_mtls_world, own, client_id=""), "invalid_client", 401)


async def test_nobody_but_the_proxy_shows_certificates(sqlite_mtls_world: World) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")
    shown = issued(by=authority())

    response = await _ask(sqlite_mtls_world, shown, address=STRANGER)
    assert response.status_code == 400
    assert "comes from the proxy alone" in response.json()["error_description"]
    success(await _ask(sqlite_mtls_world, shown))


async def test_several_certificates_are_refused(sqlite_mtls_world: World) -> None:
    await _register(sqlite_mtls_world, tls_client_auth_subject_dn="CN=service,O=Example")
    shown, other = issued(by=authority()), issued(by=authority())
    http = sqlite_mtls_world.browser(address=PROXY).http

    response = await http.post(
        "/token",
        data={"grant_type": "client_credentials", "client_id": "service"},
        headers=[(HEADER, shown.escaped), (HEADER, other.escaped)],
    )
    assert "more than one client certificate" in refused(response, "invalid_request")


async def test_tokens_are_bound_to_the_certificate(mtls_world: World) -> None:
    """§3: who has the token but not the certificate has nothing."""
    shown = issued(by=authority())
    await _register(
        mtls_world,
        tls_client_auth_subject_dn="CN=service,O=Example",
        tls_client_certificate_bound_access_tokens=True,
    )

    answered = success(await _ask(mtls_world, shown))
    assert answered["token_type"] == "Bearer"
    found = success(await _ask(mtls_world, shown, "/introspect", token=answered["access_token"]))
    assert found["cnf"] == {"x5t#S256": shown.x5t_s256}


async def test_a_public_client_binds_what_it_gets_to_its_certificate(mtls_world: World) -> None:
    """§4: a certificate may bind what it doesn't authenticate."""
    own, other = issued(), issued()
    await _register(
        mtls_world,
        "gadget",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        response_types=frozenset({"code"}),
        redirect_uris=("http://localhost:3000/callback",),
        scopes=frozenset({"openid", "profile", "offline_access"}),
        may_introspect=False,
        tls_client_certificate_bound_access_tokens=True,
    )
    browser = mtls_world.browser(address=PROXY)
    response = await consented(browser, scope="openid profile offline_access", client_id="gadget")
    code = httpx2.URL(response.headers["location"]).params["code"]
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://localhost:3000/callback",
        "code_verifier": "v" * 43,
    }
    bare = await _ask(mtls_world, None, client_id="gadget", **asked)
    assert "its certificate is missing" in refused(bare, "invalid_request")
    tokens = success(await _ask(mtls_world, own, client_id="gadget", **asked))
    token = tokens["access_token"]

    statuses = []
    for shown in (own, other, None):
        headers = {"authorization": f"Bearer {token}"} | ({HEADER: shown.escaped} if shown else {})
        http = mtls_world.browser(address=PROXY, headers=headers).http
        statuses.append((await http.get("/userinfo")).status_code)
    assert statuses == [200, 401, 401]

    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(await _ask(mtls_world, other, client_id="gadget", **again), "invalid_grant")
    refused(await _ask(mtls_world, None, client_id="gadget", **again), "invalid_request")
    success(await _ask(mtls_world, own, client_id="gadget", **again))


async def test_discovery_names_what_certificates_are_for(sqlite_mtls_world: World) -> None:
    found = success(await sqlite_mtls_world.browser(address=PROXY).get("/.well-known/openid-configuration"))

    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(
        found["token_endpoint_auth_methods_supported"]
    )
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert found["mtls_endpoint_aliases"]["token_endpoint"] == "https://mtls.example.test/token"
    assert not {"authorization_endpoint", "jwks_uri"} & set(found["mtls_endpoint_aliases"])


@pytest.mark.parametrize(
    "content",
    [None, b"", b"nonsense", issued().pem, authority().pem[:100]],
    ids=["missing", "empty", "nonsense", "of a client", "cut off"],
)
def test_a_file_without_authorities_refuses_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TrustAnchorProblem, match=r"^mtls\.trust_anchors: .*Name a PEM file"):
        load_trust_anchors(str(path))


def test_no_file_is_no_authority() -> None:
    assert load_trust_anchors("") is None
