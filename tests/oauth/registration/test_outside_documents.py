"""Documents that registration fetches or takes somebody's word for: sectors, software statements."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.config.registration import Registration, SoftwareIssuer
from tests.oauth.registration.registering import (
    URI,
    manage,
    own,
    post,
    refusal,
    registered,
    registering_world,
)
from tests.support.world import START, World

SECTOR = "https://shop.example/sector.json"
SEVERAL = ["https://a.example/cb", "https://b.example/cb"]
PAIRWISE: dict[str, Any] = {
    "subject_type": "pairwise",
    "redirect_uris": SEVERAL,
    "sector_identifier_uri": SECTOR,
}

ISSUER, STRANGER = "https://software.example", "https://stranger.example"
JWKS_URI = "https://software.example/jwks"
KEY = ECKey.generate_key("P-256", parameters={"kid": "1"})
OTHER_KEY = ECKey.generate_key("P-256", parameters={"kid": "2"})


def _public(*keys: ECKey) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"} for key in keys]}


def _statement(key: ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    members = {"iss": ISSUER, "iat": START, "software_id": "shop-pos", "client_name": "Shop POS", **claims}
    return jwt.encode({"alg": "ES256", "kid": key.kid, **(header or {})}, members, key)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (json.dumps(SEVERAL).encode(), ""),
        (json.dumps([*SEVERAL, "https://c.example/"]).encode(), ""),
        (json.dumps(SEVERAL[:1]).encode(), "does not list https://b.example/cb"),
        (json.dumps([uri.upper() for uri in SEVERAL]).encode(), "does not list"),
        (json.dumps({"redirect_uris": SEVERAL}).encode(), "is not a JSON array of texts"),
        (json.dumps([*SEVERAL, 1]).encode(), "is not a JSON array of texts"),
        (b"<html>", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 30_000, "is not JSON"),
        (b" " * 70_000, "can't be fetched"),
        (None, "can't be fetched"),
    ],
)
async def test_a_sector_lists_every_redirect_uri(
    sqlite_open_world: World, document: bytes | None, told: str
) -> None:
    """OpenID Connect Registration §5. Authlib deviation 25: it is not fetched there."""
    world = sqlite_open_world
    if document is not None:
        world.outside.documents[SECTOR] = document
    response = await post(world, **PAIRWISE)
    assert world.outside.fetched == [SECTOR]
    if not told:
        assert response.status_code == 201, response.text
        assert response.json()["sector_identifier_uri"] == SECTOR
        return
    code, description = refusal(response)
    assert (code, told in description) == ("invalid_client_metadata", True), description


async def test_a_sector_counts_for_public_subjects_and_changes_too(sqlite_open_world: World) -> None:
    world = sqlite_open_world
    world.outside.documents[SECTOR] = json.dumps([URI]).encode()
    held = await registered(world, sector_identifier_uri=SECTOR)
    changed = await manage(world, held, "PUT", own(held, redirect_uris=[URI, "https://b.example/cb"]))
    assert refusal(changed)[0] == "invalid_client_metadata"
    assert len(world.outside.fetched) == 2


@pytest.mark.parametrize(
    "uri", ["http://169.254.169.254/latest", "https://user@10.0.0.1/", "file:///etc/passwd"]
)
async def test_what_can_not_be_an_address_is_not_fetched(sqlite_open_world: World, uri: str) -> None:
    refusal(await post(sqlite_open_world, sector_identifier_uri=uri))
    assert sqlite_open_world.outside.fetched == []


@pytest.fixture(params=["inline", "published"])
async def stating_world(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Any:
    """A house that knows one issuer of software statements, by its keys or by their address."""
    is_inline = request.param == "inline"
    issuer = SoftwareIssuer(
        issuer=ISSUER,
        jwks_uri="" if is_inline else JWKS_URI,
        jwks=json.dumps(_public(KEY)) if is_inline else "",
    )
    registration = Registration(mode="open", network_per_hour=100, software_issuers=(issuer,))
    async with registering_world(sqlite_url, tmp_path, registration=registration) as world:
        world.outside.documents[JWKS_URI] = json.dumps(_public(KEY)).encode()
        yield world


async def test_what_a_statement_says_wins(stating_world: World) -> None:
    statement = _statement(is_first_party=True, contacts=None, scope="openid email")
    held = await registered(
        stating_world, software_statement=statement, client_name="Mine", software_id="mine", scope="profile"
    )
    assert (held["client_name"], held["software_id"], held["scope"]) == (
        "Shop POS",
        "shop-pos",
        "email openid",
    )
    # It comes back as it was sent (RFC 7591 §3.2.1), and gives nothing that is for operators to give.
    assert held["software_statement"] == statement
    assert "is_first_party" not in held
    assert (await manage(stating_world, held)).json()["software_statement"] == statement


async def test_what_a_statement_says_binds_for_ever(stating_world: World) -> None:
    held = await registered(stating_world, software_statement=_statement(exp=START + 60))
    stating_world.clock.pass_(3_600)
    without = own(held, client_name="Mine")
    del without["software_statement"]
    changed = (await manage(stating_world, held, "PUT", without)).json()
    assert changed["client_name"] == "Shop POS"
    assert changed["software_statement"] == held["software_statement"]
    again = await manage(stating_world, changed, "PUT", own(changed))
    assert again.status_code == 200
    newer = _statement(client_name="Shop POS 2")
    latest = await manage(stating_world, again.json(), "PUT", own(changed, software_statement=newer))
    assert latest.json()["client_name"] == "Shop POS 2"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (_statement(iss=STRANGER), "unapproved_software_statement"),
        (_statement(iss=None), "unapproved_software_statement"),
        (_statement(iss=[ISSUER]), "unapproved_software_statement"),
        (_statement(OTHER_KEY), "invalid_software_statement"),
        (_statement(exp=START - 61), "invalid_software_statement"),
        (_statement(nbf=START + 61), "invalid_software_statement"),
        (_statement(exp="tomorrow"), "invalid_software_statement"),
        (_statement(header={"typ": "at+jwt"}), "invalid_software_statement"),
        (_statement(header={"jku": "https://evil.example"}), "invalid_software_statement"),
        (_statement()[:-4] + "AAAA", "invalid_software_statement"),
        ("eyJhbGciOiJub25lIn0.e30.", "unapproved_software_statement"),
        ("x.y", "invalid_software_statement"),
        ("", "invalid_software_statement"),
        ("a" * 40_000 + ".b.c", "invalid_software_statement"),
        (7, "invalid_software_statement"),
        (_statement(redirect_uris=["javascript:x"]), "invalid_redirect_uri"),
        (_statement(client_name=7), "invalid_client_metadata"),
    ],
)
async def test_a_statement_that_is_refused(stating_world: World, statement: Any, code: str) -> None:
    assert refusal(await post(stating_world, software_statement=statement))[0] == code


async def test_an_unsigned_statement_of_a_known_issuer_is_refused(stating_world: World) -> None:
    header, claims, _ = _statement().split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{claims}."
    assert refusal(await post(stating_world, software_statement=unsigned))[0] == "invalid_software_statement"
    assert header


async def test_without_issuers_no_statement_is_taken(sqlite_open_world: World) -> None:
    response = await post(sqlite_open_world, software_statement=_statement())
    assert refusal(response)[0] == "unapproved_software_statement"


async def test_a_newer_key_of_an_issuer_is_fetched(sqlite_url: str, tmp_path: Path) -> None:
    issuer = SoftwareIssuer(issuer=ISSUER, jwks_uri=JWKS_URI)
    registration = Registration(mode="open", network_per_hour=100, software_issuers=(issuer,))
    async with registering_world(sqlite_url, tmp_path, registration=registration) as world:
        world.outside.documents[JWKS_URI] = json.dumps(_public(KEY)).encode()
        await registered(world, software_statement=_statement())
        world.outside.documents[JWKS_URI] = json.dumps(_public(OTHER_KEY)).encode()
        world.clock.pass_(31)
        await registered(world, software_statement=_statement(OTHER_KEY))
        assert world.outside.fetched == [JWKS_URI] * 2
