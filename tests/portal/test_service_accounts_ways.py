"""Every way in which a service account may prove itself brings it tokens, made at the page and by a program alike."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.clients.service_account_asked import METHODS
from idp.config.settings import MutualTls, Server
from tests.oauth.asserting import assertion, assertion_claims, present, signed_with_secret
from tests.oauth.test_service_accounts_api import deployer_token, made
from tests.oidc.logout.parties import claims_of
from tests.portal.pressing import press
from tests.support.certificates import HEADER, Issued, authority, dns, email, ip, issued, uri
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.service_accounts import OFFERED, make, shown, token_of
from tests.support.world import World, open_world, settings_for

PROXY, STRANGER = "10.0.0.1", "192.0.2.7"
_SAN = "tls_client_auth_san_"
NAMES = {
    "tls_client_auth_subject_dn": "CN=robot,O=Example",
    f"{_SAN}dns": "robot.example.com",
    f"{_SAN}uri": "spiffe://example.com/robot",
    f"{_SAN}ip": "2001:db8::1",
    f"{_SAN}email": "robot@example.com",
}


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One that offers service accounts every way."""
    anchors = tmp_path / "authorities.pem"
    anchors.write_bytes(authority().pem)
    settings = replace(
        settings_for(database_url, tmp_path),
        service_accounts=OFFERED,
        server=Server(trusted_proxies=(f"{PROXY}/32",)),
        mtls=MutualTls(header=HEADER, origin="https://mtls.example.test", trust_anchors=str(anchors)),
    )
    async with open_world(settings) as world:
        yield world


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """What its customer got and gave."""

    client_id: str
    secret: str = ""


async def at_the_page(world: World, method: str, **proof: str) -> Robot:
    browser = world.browser()
    page = await make(browser, method=method)
    if not proof:
        client_id, secret = shown(page)
        return Robot(client_id=client_id, secret=secret)
    done = await press(browser, page, "service-account-key", "make", **proof)
    assert done.status_code == 303, done.text
    return Robot(client_id=done.headers["location"].partition("id=")[2])


async def by_a_program(world: World, method: str, **members: Any) -> Robot:
    token = await deployer_token(world)
    found = await made(world, token, token_endpoint_auth_method=method, **members)
    return Robot(client_id=found["client_id"], secret=found.get("client_secret", ""))


async def showing(world: World, robot: Robot, certificate: Issued, address: str = PROXY) -> httpx2.Response:
    browser = world.browser(address=address, headers={HEADER: certificate.escaped})
    form = {"grant_type": "client_credentials", "client_id": robot.client_id}
    return await browser.http.post("/token", data=form)


def is_its_own(world: World, robot: Robot, answer: httpx2.Response) -> dict[str, Any]:
    """The claims of a token of its own, for its owner."""
    assert answer.status_code == 200, answer.text
    claims: dict[str, Any] = claims_of(world, answer.json()["access_token"], "at+jwt")
    alice = world.people["alice"]
    assert (claims["sub"], claims["scope"]) == (robot.client_id, "invoices:read")
    assert claims["owner"] == {"sub": alice.sub, "customer_id": alice.customer_id}
    return claims


@pytest.mark.parametrize("maker", [at_the_page, by_a_program])
async def test_a_secret_that_is_sent(house: World, maker: Any) -> None:
    robot = await maker(house, "client_secret_basic")
    is_its_own(house, robot, await token_of(house.browser(), robot.client_id, robot.secret))


async def test_a_secret_that_is_sent_in_the_form(house: World) -> None:
    robot = await by_a_program(house, "client_secret_post")
    form = {"grant_type": "client_credentials", "client_id": robot.client_id, "client_secret": robot.secret}
    is_its_own(house, robot, await house.browser().http.post("/token", data=form))


@pytest.mark.parametrize("maker", [at_the_page, by_a_program])
async def test_a_secret_that_it_signs_with(house: World, maker: Any) -> None:
    robot = await maker(house, "client_secret_jwt")
    claims = assertion_claims(house, robot.client_id)
    is_its_own(house, robot, await present(house, signed_with_secret(claims, robot.secret)))
    claims = assertion_claims(house, robot.client_id)
    assert (await present(house, signed_with_secret(claims, "x" * len(robot.secret)))).status_code == 401


@pytest.mark.parametrize("maker", [at_the_page, by_a_program])
async def test_a_key_of_its_own(house: World, maker: Any) -> None:
    keys = jwks(public_jwk(client_key(), kid="k1"))
    proof = {"keys": json.dumps(keys)} if maker is at_the_page else {"jwks": keys}
    robot = await maker(house, "private_key_jwt", **proof)
    is_its_own(house, robot, await present(house, assertion(house, robot.client_id)))


@pytest.mark.parametrize("way", ["PEM", "JWK set", "address", "program"])
async def test_a_certificate_that_it_made_itself(house: World, way: str) -> None:
    own, other = issued("CN=robot"), issued("CN=robot")
    keys = jwks(own.jwk(kid="one"))
    published = "https://robot.example/jwks"
    house.outside.documents[published] = json.dumps(keys).encode()
    method = "self_signed_tls_client_auth"
    match way:
        case "program":
            robot = await by_a_program(house, method, jwks=keys)
        case "address":
            robot = await at_the_page(house, method, jwks_uri=published)
        case _:
            typed = own.pem.decode() if way == "PEM" else json.dumps(keys)
            robot = await at_the_page(house, method, keys=typed)

    is_its_own(house, robot, await showing(house, robot, own))
    assert (await showing(house, robot, other)).status_code == 401
    # Nobody but the proxy says who shows what.
    assert (await showing(house, robot, own, STRANGER)).status_code == 400


@pytest.mark.parametrize("maker", [at_the_page, by_a_program])
@pytest.mark.parametrize("member", NAMES)
async def test_a_certificate_from_an_authority(house: World, maker: Any, member: str) -> None:
    names = (
        dns(NAMES[f"{_SAN}dns"]),
        uri(NAMES[f"{_SAN}uri"]),
        ip(NAMES[f"{_SAN}ip"]),
        email("robot@example.com"),
    )
    name = NAMES[member]
    typed = {"known_by": member, "certificate_name": name}
    robot = await maker(house, "tls_client_auth", **(typed if maker is at_the_page else {member: name}))

    is_its_own(
        house,
        robot,
        await showing(house, robot, issued(NAMES[next(iter(NAMES))], by=authority(), names=names)),
    )
    assert (await showing(house, robot, issued("CN=other,O=Example", by=authority()))).status_code == 401
    untrusted = issued(NAMES[next(iter(NAMES))], by=authority("Another"), names=names)
    assert (await showing(house, robot, untrusted)).status_code == 401


async def test_its_tokens_may_be_bound_to_its_certificate(house: World) -> None:
    own = issued("CN=robot")
    robot = await by_a_program(
        house,
        "self_signed_tls_client_auth",
        jwks=jwks(own.jwk(kid="one")),
        tls_client_certificate_bound_access_tokens=True,
    )
    claims = is_its_own(house, robot, await showing(house, robot, own))
    assert claims["cnf"] == {"x5t#S256": own.x5t_s256}


def test_no_way_is_forgotten() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{method}"' in text for method in METHODS)
