import asyncio
from collections.abc import Sequence
from typing import TypeVar

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.records.key import ALGORITHMS, EVERY_ALGORITHM, Algorithm, OwnKey
from idp.signing.keyring import Keyring, NoSigningKey
from idp.signing.keys import KeyPair, generate_key
from idp.signing.sealing import RootKey, RootKeys
from idp.signing.succession import Succession
from idp.store.database import Database
from idp.store.own_keys import all_keys
from idp.store.seals import SIGNING_KEYS
from idp.store.statement import Effect, Query, Value

R = TypeVar("R")
CLAIMS = {"iss": "https://id.test", "sub": "alice", "exp": 1_000}


class Gated:
    """A database whose reads are counted and wait at a gate."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads = 0

    def generation(self) -> int:
        return 0

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """Its maker closes it."""

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        return await self._database.one(query, **values)

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        self.reads += 1
        await self.gate.wait()
        return await self._database.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        return await self._database.apply(effects)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_what_we_sign_we_verify_with_the_kid_in_the_header(
    keyring: Keyring,
    database: Database,
    root_keys: RootKeys,
    algorithm: Algorithm,
    pairs: dict[Algorithm, KeyPair],
) -> None:
    await database.apply([pairs[algorithm].insertion(root_keys, state="active", now=0)])
    await keyring.refresh(0)
    token = keyring.sign(CLAIMS, algorithm=algorithm, typ="at+jwt")
    assert keyring.verify(token, typ=("JWT", "at+jwt"), algorithms=[algorithm]) == CLAIMS
    assert set(keyring.unable()) == set(EVERY_ALGORITHM) - {algorithm}


async def test_before_the_first_reading_and_without_a_key_nothing_is_signed(keyring: Keyring) -> None:
    with pytest.raises(NoSigningKey):
        keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    await keyring.refresh(0)
    with pytest.raises(NoSigningKey, match="ES256"):
        keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")


async def test_the_keys_are_read_again_only_when_the_copy_is_old(
    database: Database, root_keys: RootKeys, succession: Succession
) -> None:
    counted = Gated(database)
    keyring = Keyring(counted, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    for now in (100, 101, 129, 130, 159):
        await keyring.refresh(now)
    assert counted.reads == 2
    # A clock that was set back doesn't keep an old copy alive.
    await keyring.refresh(50)
    assert counted.reads == 3


async def test_many_requests_share_one_reading(database: Database, root_keys: RootKeys) -> None:
    counted = Gated(database)
    keyring = Keyring(counted, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    counted.gate.clear()
    requests = [asyncio.create_task(keyring.refresh(0)) for _ in range(20)]
    counted.gate.set()
    await asyncio.gather(*requests)
    assert counted.reads == 1


@pytest.mark.requirement("S79")
async def test_a_token_of_another_nodes_new_key_causes_one_reading(
    database: Database, root_keys: RootKeys, succession: Succession
) -> None:
    counted = Gated(database)
    ours = Keyring(counted, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    theirs = Keyring(database, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    await ours.refresh(0)
    await succession.ensure_active(0)
    await theirs.refresh(0)
    token = theirs.sign(CLAIMS, algorithm="ES256", typ="JWT")

    await asyncio.gather(*(ours.refresh_for(token, 1) for _ in range(10)))
    assert ours.verify(token, typ="JWT") == CLAIMS
    assert counted.reads == 2


@pytest.mark.requirement("S79")
async def test_unknown_kids_can_not_force_readings(
    database: Database, root_keys: RootKeys, succession: Succession
) -> None:
    await succession.ensure_active(0)
    counted = Gated(database)
    keyring = Keyring(counted, root_keys, cache_seconds=3_600, jwks_max_age_seconds=900)
    await keyring.refresh(0)
    header, _, rest = keyring.sign(CLAIMS, algorithm="ES256", typ="JWT").partition(".")
    unknown = "eyJhbGciOiJFUzI1NiIsImtpZCI6InVua25vd24iLCJ0eXAiOiJKV1QifQ." + rest
    for now in (0, 0, 1, 59):
        await keyring.refresh_for(unknown, now)
    assert counted.reads == 2
    await keyring.refresh_for(unknown, 60)
    assert counted.reads == 3
    await keyring.refresh_for("not a token", 61)
    await keyring.refresh_for(f"{header}.{rest}", 61)
    assert counted.reads == 3


async def test_a_key_that_can_not_be_opened_costs_its_algorithm_alone(
    database: Database,
    entropy: SystemEntropy,
    root_keys: RootKeys,
    succession: Succession,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await succession.ensure_active(0)
    strange = RootKeys([RootKey(value=b"x" * 32, created_at=1)], entropy=entropy)
    pair = generate_key("EdDSA")
    await database.apply([pair.insertion(strange, state="active", now=0)])
    keyring = Keyring(database, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    await keyring.refresh(0)
    assert keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    assert "EdDSA" in keyring.unable()
    assert pair.kid in caplog.text
    with pytest.raises(NoSigningKey):
        keyring.sign(CLAIMS, algorithm="EdDSA", typ="JWT")


async def test_a_running_node_signs_on_when_a_root_key_goes_missing(
    database: Database, entropy: SystemEntropy, root_keys: RootKeys, succession: Succession
) -> None:
    await succession.ensure_active(0)
    keyring = Keyring(database, root_keys, cache_seconds=30, jwks_max_age_seconds=900)
    await keyring.refresh(0)
    (row,) = await database.all(all_keys)
    await database.apply(reseal_elsewhere(row, entropy))
    await keyring.refresh(30)
    token = keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    assert keyring.verify(token, typ="JWT") == CLAIMS


def reseal_elsewhere(row: OwnKey, entropy: SystemEntropy) -> list[Effect]:
    """What another node does whose new root key we were not given."""
    sealed = RootKeys([RootKey(value=b"x" * 32, created_at=9)], entropy=entropy).seal(b"", binding="")
    return [
        SIGNING_KEYS.reseal.effect(
            expects=1,
            row_id=row.kid,
            former=row.root_key_id,
            new_sealed=sealed.sealed,
            new_root_key_id=sealed.root_key_id,
        )
    ]
