"""Keys of ours that clients encrypt to: made, published, rotated and sealed as those that sign, and never confused with
them. RFC 7516, OpenID Connect Core §10.2.1.
"""

import asyncio
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, JWKRegistry, RSAKey
from sqlalchemy import delete, select

from idp.adapters.entropy import SystemEntropy
from idp.app import open_house
from idp.records.key import ENCRYPTION_ALGORITHMS, EncryptionAlgorithm, KeyState, OwnKey
from idp.signing.compact import BadToken
from idp.signing.encryption import CONTENT_ALGORITHMS, LARGEST_ENCRYPTED
from idp.signing.keyring import Keyring
from idp.signing.keys import generate_key, private_key
from idp.signing.reseal import reseal, sealed_with
from idp.signing.sealing import RootKey, RootKeys, SealBroken
from idp.signing.succession import NoSuchKey, Succession
from idp.store.database import Database
from idp.store.own_keys import all_keys
from idp.store.statement import Query, Write
from idp.store.tables.event import audit_event
from idp.store.tables.key import encryption_key
from tests.support.world import World, settings_for

SECRET = "an authorization request"
_DAY = 86_400


def _details(*, details: str) -> str:
    return details


_DETAILS: Query[str] = Query(select(audit_event.c.details), into=_details)


@pytest.fixture
def succession(succession: Succession) -> Succession:
    """Of ECDH-ES beside ES256: both are quick to make."""
    return replace(succession, algorithms=("ES256", "ECDH-ES"))


async def rotated(succession: Succession, now: int) -> None:
    await succession.ensure_active(now)
    await succession.rotate_due(now, holder="node-1")


async def keys_in(database: Database, state: KeyState, algorithm: str = "ECDH-ES") -> list[OwnKey]:
    rows = await database.all(all_keys)
    return [row for row in rows if (row.state, row.algorithm) == (state, algorithm)]


def published(keyring: Keyring, use: str = "enc") -> list[dict[str, str]]:
    return [key for key in json.loads(keyring.jwks().body)["keys"] if key["use"] == use]


def encrypted(
    jwk: dict[str, str], *, enc: str = "A256GCM", content: str | bytes = SECRET, **header: Any
) -> str:
    """As a client encrypts, that read our JWKS."""
    key = JWKRegistry.import_key({**jwk})
    assert isinstance(key, RSAKey | ECKey)
    members = {"alg": jwk["alg"], "enc": enc, "kid": jwk["kid"], **header}
    members = {name: value for name, value in members.items() if value is not None}
    return jwe.encrypt_compact(members, content, key, algorithms=[members["alg"], enc, "DEF"])


def with_header(token: str, **members: Any) -> str:
    """`token` under another header."""
    rest = token.partition(".")[2]
    return f"{urlsafe_b64encode(json.dumps(members).encode()).rstrip(b'=').decode()}.{rest}"


@pytest.mark.parametrize("algorithm", ENCRYPTION_ALGORITHMS)
@pytest.mark.parametrize("enc", CONTENT_ALGORITHMS)
async def test_what_is_encrypted_to_a_published_key_is_read(
    keyring: Keyring, succession: Succession, algorithm: EncryptionAlgorithm, enc: str
) -> None:
    await replace(succession, algorithms=(algorithm,)).ensure_active(0)
    await keyring.refresh(0)
    (jwk,) = published(keyring)
    assert jwk["alg"] == algorithm
    assert keyring.decrypt(encrypted(jwk, enc=enc)) == SECRET
    assert keyring.decrypt(encrypted(jwk, enc=enc, kid=None)) == SECRET


async def test_every_published_key_has_a_kid_a_use_and_an_algorithm_of_its_own(sqlite_world: World) -> None:
    response = await sqlite_world.browser().get("/jwks")
    keys = response.json()["keys"]

    assert len({key["kid"] for key in keys}) == len(keys)
    assert len({key.get("n", key.get("x")) for key in keys}) == len(keys)
    assert [key["alg"] for key in keys if key["use"] == "enc"] == ["RSA-OAEP-256", "ECDH-ES"]
    assert {(key["kty"], key.get("crv")) for key in keys if key["use"] == "enc"} == {
        ("RSA", None),
        ("EC", "P-256"),
    }
    # Who takes the first key that fits must find one that signs.
    uses = [key["use"] for key in keys]
    assert uses == sorted(uses, reverse=True)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in keys for name in key}


async def test_only_the_active_one_is_published_and_a_retired_one_decrypts_for_a_month(
    succession: Succession, keyring: Keyring, database: Database
) -> None:
    await rotated(succession, 0)
    await keyring.refresh(0)
    (first,), (second,) = await keys_in(database, "active"), await keys_in(database, "next")
    (jwk,) = published(keyring)
    assert jwk["kid"] == first.kid
    token = encrypted(jwk)

    await rotated(succession, 10_000)
    await keyring.refresh(10_000)
    assert [key["kid"] for key in published(keyring)] == [second.kid]
    assert keyring.decrypt(token) == SECRET

    month = 10_000 + 30 * _DAY
    await rotated(succession, month - 1)
    await keyring.refresh(month - 1)
    assert keyring.decrypt(token) == SECRET
    assert (await keys_in(database, "withdrawn")) == []

    await rotated(succession, month + 30)
    await keyring.refresh(month + 30)
    with pytest.raises(BadToken):
        keyring.decrypt(token)
    (outlived,) = await keys_in(database, "withdrawn")
    assert (outlived.kid, outlived.sealed) == (first.kid, b"")


async def test_a_node_that_does_not_know_the_key_yet_looks_once(
    database: Database, root_keys: RootKeys, succession: Succession
) -> None:
    ours = Keyring(database, root_keys, cache_seconds=3_600, jwks_max_age_seconds=900)
    theirs = Keyring(database, root_keys, cache_seconds=3_600, jwks_max_age_seconds=900)
    await ours.refresh(0)
    await succession.ensure_active(0)
    await theirs.refresh(0)
    token = encrypted(published(theirs)[0])

    with pytest.raises(BadToken):
        ours.decrypt(token)
    await ours.refresh_for(token, 1)
    assert ours.decrypt(token) == SECRET
    for strange in ("a.b.c.d.e", with_header(token, alg="ECDH-ES", enc="A256GCM"), "...."):
        await ours.refresh_for(strange, 1)


async def test_a_compromised_key_decrypts_nothing_at_once(
    succession: Succession, keyring: Keyring, database: Database
) -> None:
    await rotated(succession, 0)
    await keyring.refresh(0)
    token = encrypted(published(keyring)[0])

    await succession.withdraw("ECDH-ES", 1)
    await keyring.refresh(31)

    with pytest.raises(BadToken):
        keyring.decrypt(token)
    assert keyring.decrypt(encrypted(published(keyring)[0])) == SECRET
    assert not any(key.sealed for key in await keys_in(database, "withdrawn"))
    with pytest.raises(NoSuchKey):
        await succession.withdraw("ECDH-ES", 32, kid="unknown")


async def test_nodes_that_start_together_agree_on_the_keys(
    database: Database, succession: Succession
) -> None:
    await asyncio.gather(*(succession.ensure_active(0) for _ in range(5)))
    assert len(await keys_in(database, "active")) == 1
    assert len(await database.all(all_keys)) == 2


async def test_a_database_of_signing_keys_alone_gets_them_at_the_next_start(
    database_url: str, tmp_path: Path
) -> None:
    settings = settings_for(database_url, tmp_path)
    async with open_house(settings) as house:
        before = [key for key in await house.database.all(all_keys) if not key.decrypts]
        await house.database.apply([Write(delete(encryption_key)).effect()])
    async with open_house(settings) as house:
        after = await house.database.all(all_keys)
        events = await house.database.all(_DETAILS)

    assert [key for key in after if not key.decrypts] == before
    made = {key.algorithm: key.kid for key in after if key.decrypts}
    assert set(made) == set(ENCRYPTION_ALGORITHMS)
    for algorithm, kid in made.items():
        assert sum(kid in details and algorithm in details for details in events) == 1


async def test_a_new_root_key_seals_them_too(
    database: Database, succession: Succession, entropy: SystemEntropy
) -> None:
    old, new = (RootKey(value=bytes([number]) * 32, created_at=number) for number in (1, 2))
    await replace(succession, root_keys=RootKeys([old], entropy=entropy)).ensure_active(0)
    assert await sealed_with(database) == {old.root_key_id}

    done = await reseal(database, RootKeys([old, new], entropy=entropy))

    assert (done.rows["encryption_key"], done.unreadable) == (1, ())
    only_new = RootKeys([new], entropy=entropy)
    (row,) = await keys_in(database, "active")
    assert private_key(row, only_new).thumbprint() == row.kid
    # A row that is moved to the other table opens nothing.
    with pytest.raises(SealBroken):
        private_key(replace(row, algorithm="ES256"), only_new)


@pytest.mark.requirement("S74")
async def test_a_key_that_decrypts_neither_signs_nor_verifies(
    succession: Succession, keyring: Keyring
) -> None:
    await succession.ensure_active(0)
    await keyring.refresh(0)
    token = keyring.sign({}, algorithm="ES256", typ="JWT")
    (jwk,) = published(keyring)
    with pytest.raises(BadToken):
        keyring.verify(with_header(token, alg="ES256", kid=jwk["kid"], typ="JWT"), typ="JWT")
    with pytest.raises(BadToken):
        keyring.verify(with_header(token, alg="ECDH-ES", kid=jwk["kid"], typ="JWT"), typ="JWT")
    # Nor does one that signs decrypt: both are on P-256.
    signing = {**published(keyring, "sig")[0], "alg": "ECDH-ES", "use": "enc"}
    with pytest.raises(BadToken):
        keyring.decrypt(encrypted(signing))
    with pytest.raises(BadToken):
        keyring.decrypt(encrypted(signing, kid=None))


@pytest.mark.requirement("S75")
async def test_hostile_tokens_are_refused_in_one_way(
    succession: Succession, keyring: Keyring, subtests: pytest.Subtests
) -> None:
    await replace(succession, algorithms=ENCRYPTION_ALGORITHMS).ensure_active(0)
    await keyring.refresh(0)
    rsa, ec = published(keyring)
    good, header = encrypted(ec), {"alg": "ECDH-ES", "enc": "A256GCM", "kid": ec["kid"]}
    epk = ECKey.generate_key("P-256").as_dict(private=False)
    parts = good.split(".")
    hostile = {
        "zip": encrypted(ec, zip="DEF"),
        "RSA1_5": with_header(encrypted(rsa), alg="RSA1_5", enc="A256GCM", kid=rsa["kid"]),
        "RSA-OAEP with the key of RSA-OAEP-256": encrypted({**rsa, "alg": "RSA-OAEP"}),
        "wrapped with the key of ECDH-ES": encrypted({**ec, "alg": "ECDH-ES+A128KW"}),
        "dir": with_header(good, alg="dir", enc="A256GCM"),
        "password": with_header(good, alg="PBES2-HS256+A128KW", enc="A128GCM", p2c=2**31, p2s="AA"),
        "RSA's to EC": with_header(good, alg="RSA-OAEP-256", enc="A256GCM", kid=rsa["kid"]),
        "EC's to RSA": with_header(encrypted(rsa), **header, epk=epk),
        "no epk": with_header(good, **header),
        "another epk": with_header(good, **header, epk=epk),
        "epk off the curve": with_header(good, **header, epk={**epk, "y": epk["x"]}),
        "epk on another curve": with_header(
            good, **header, epk=ECKey.generate_key("P-384").as_dict(private=False)
        ),
        "epk of RSA": with_header(good, **header, epk={"kty": "RSA", "n": rsa["n"], "e": "AQAB"}),
        "empty epk": with_header(good, **header, epk={}),
        "epk in pieces": with_header(good, **header, epk={"kty": "EC", "crv": "P-256", "x": 5, "y": None}),
        "epk as a text": with_header(good, **header, epk="x"),
        "apu as a number": with_header(good, **header, epk=epk, apu=5),
        "apu that is no base64": with_header(good, **header, epk=epk, apu="\N{SNOWMAN}"),
        "crit": with_header(good, **header, epk=epk, crit=["exp"]),
        "jku": with_header(good, **header, epk=epk, jku="https://evil.example"),
        "jwk": with_header(good, **header, epk=epk, jwk=epk),
        "x5c": with_header(good, **header, epk=epk, x5c=["AA"]),
        "a list": f"{urlsafe_b64encode(b'[]').decode()}.{'.'.join(parts[1:])}",
        "a deep list": f"{urlsafe_b64encode(b'[' * 3_000).decode()}.{'.'.join(parts[1:])}",
        "a repeated member": ".".join(
            [urlsafe_b64encode(b'{"alg":"dir","alg":"ECDH-ES","enc":"A256GCM"}').decode(), *parts[1:]]
        ),
        "no JSON": ".".join(["AAAA", *parts[1:]]),
        "a long header": ".".join(["A" * 5_000, *parts[1:]]),
        "an altered content": ".".join([*parts[:3], parts[3][:-2] + "AA", parts[4]]),
        "an altered tag": ".".join([*parts[:4], "A" * 22]),
        "a short tag": ".".join([*parts[:4], parts[4][:8]]),
        "a short vector": ".".join([*parts[:2], "AA", *parts[3:]]),
        "a key where none belongs": ".".join([parts[0], "AAAA", *parts[2:]]),
        "four parts": ".".join(parts[:4]),
        "six parts": good + ".x",
        "a large content": encrypted(ec, content="x" * LARGEST_ENCRYPTED),
        "no ASCII": good + "\N{SNOWMAN}",
        "bytes inside": encrypted(ec, content=b"\xff"),
        "nothing": "",
        "dots": "....",
        "another's kid": encrypted(ec, kid="unknown"),
    }
    for name, token in hostile.items():
        with subtests.test(name=name), pytest.raises(BadToken):
            keyring.decrypt(token)
    assert keyring.decrypt(good) == SECRET


def test_every_key_is_of_a_kind_that_relying_parties_know() -> None:
    """Nimbus, and so the conformance suite, warns of what it does not know."""
    for algorithm in ENCRYPTION_ALGORITHMS:
        members = json.loads(generate_key(algorithm).public_jwk)
        assert (members["kty"], members["use"], members["alg"]) == (
            "RSA" if algorithm.startswith("RSA") else "EC",
            "enc",
            algorithm,
        )
