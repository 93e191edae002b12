"""The life of signing keys, with several nodes on one database; time is an argument."""

import asyncio
import json
from collections.abc import Sequence
from typing import TypeVar

import pytest

from idp.records.key import EVERY_ALGORITHM, KeyState
from idp.signing.compact import BadToken, read_header
from idp.signing.keyring import Keyring
from idp.signing.keys import UnusableKey, generate_key
from idp.signing.rotation import RotationPolicy
from idp.signing.sealing import RootKeys
from idp.signing.succession import Contended, KeyChange, NoSuchKey, Succession, TooEarly
from idp.store.database import Database
from idp.store.leases import release_lease, take_lease
from idp.store.opening import create_database
from idp.store.own_keys import all_keys
from idp.store.secrets import insert_secret
from idp.store.statement import Effect, Query, Value

R = TypeVar("R")


async def kids(database: Database, state: KeyState) -> list[str]:
    return [row.kid for row in await database.all(all_keys) if row.state == state]


async def rotated(succession: Succession, now: int) -> None:
    await succession.ensure_active(now)
    await succession.rotate_due(now, holder="node-1")


def published(keyring: Keyring) -> list[str]:
    return [key["kid"] for key in json.loads(keyring.jwks().body)["keys"]]


@pytest.mark.requirement("S77", "S78")
async def test_a_key_lives_through_next_active_retired_and_serves_hints_afterwards(
    succession: Succession, keyring: Keyring, database: Database
) -> None:
    await rotated(succession, 0)
    await keyring.refresh(0)
    token = keyring.sign({"sub": "alice"}, algorithm="ES256", typ="JWT")
    (first,), (second,) = await kids(database, "active"), await kids(database, "next")
    assert published(keyring) == [first, second]

    assert await succession.rotate_due(9_999, holder="node-1") == ()
    changes = await succession.rotate_due(10_000, holder="node-1")
    assert [(change.act, change.kid) for change in changes[:2]] == [("retired", first), ("activated", second)]
    await keyring.refresh(10_000)
    (third,) = await kids(database, "next")
    assert published(keyring) == [second, third, first]
    assert keyring.verify(token, typ="JWT") == {"sub": "alice"}

    await keyring.refresh(10_500)
    assert published(keyring) == [second, third]
    assert keyring.verify(token, typ="JWT") == {"sub": "alice"}


@pytest.mark.requirement("S77")
async def test_no_token_is_ever_signed_with_a_key_that_a_cached_jwks_lacks(
    succession: Succession, database: Database, root_keys: RootKeys
) -> None:
    """Nodes read every 30 s at different times, a relying party caches what any of them says for 900 s."""
    nodes = [Keyring(database, root_keys, cache_seconds=30, jwks_max_age_seconds=900) for _ in range(3)]
    await rotated(succession, 0)
    cached: list[str] = []
    for now in range(0, 45_000, 90):
        for offset, node in enumerate(nodes):
            await node.refresh(now + offset * 13)
        if now % 900 == 0:
            cached = published(nodes[now // 900 % 3])
        for node in nodes:
            token = node.sign({}, algorithm="ES256", typ="JWT")
            assert read_header(token).kid in cached
            assert all(other.verify(token, typ="JWT") == {} for other in nodes)
        await succession.rotate_due(now, holder=f"node-{now % 3}")
    assert len(await kids(database, "retired")) == 4


@pytest.mark.requirement("S77")
async def test_the_private_half_goes_when_a_key_stops_signing(
    succession: Succession, database: Database
) -> None:
    await rotated(succession, 0)
    await rotated(succession, 10_000)
    rows = {row.state: row for row in await database.all(all_keys)}
    assert rows["retired"].sealed == b""
    assert rows["active"].sealed
    assert rows["next"].sealed


async def test_every_algorithm_gets_an_active_key_of_its_own(
    database: Database, root_keys: RootKeys, keyring: Keyring
) -> None:
    policy = RotationPolicy(rotation_seconds=1, publication_seconds=1, overlap_seconds=1)
    await Succession(database=database, root_keys=root_keys, policy=policy).ensure_active(0)
    await keyring.refresh(0)
    assert keyring.unable() == ()
    moduli = {key["n"] for key in json.loads(keyring.jwks().body)["keys"] if key["kty"] == "RSA"}
    assert len(moduli) == 3
    assert len(published(keyring)) == len(EVERY_ALGORITHM)


async def test_nodes_that_start_together_agree_on_one_active_key(
    database_url: str, root_keys: RootKeys
) -> None:
    databases = [create_database(database_url) for _ in range(5)]
    for database in databases:
        await database.open()
    policy = RotationPolicy(rotation_seconds=10_000, publication_seconds=1_000, overlap_seconds=500)
    nodes = [
        Succession(database=database, root_keys=root_keys, policy=policy, algorithms=("ES256", "EdDSA"))
        for database in databases
    ]
    await asyncio.gather(*(node.ensure_active(0) for node in nodes))
    active = await kids(databases[0], "active")
    every = await databases[0].all(all_keys)

    await asyncio.gather(*(node.rotate_due(0, holder=str(n)) for n, node in enumerate(nodes)))
    await asyncio.gather(*(node.rotate_due(10_000, holder=str(n)) for n, node in enumerate(nodes)))
    rows = await databases[0].all(all_keys)
    for database in databases:
        await database.close()
    assert len(active) == len(every) == 2
    assert sorted(row.state for row in rows) == ["active", "active", "next", "next", "retired", "retired"]


async def test_twenty_operators_who_rotate_at_once_rotate_once(
    succession: Succession, database: Database
) -> None:
    await rotated(succession, 0)
    outcomes = await asyncio.gather(
        *(succession.rotate("ES256", 5_000) for _ in range(20)), return_exceptions=True
    )
    assert len([outcome for outcome in outcomes if isinstance(outcome, tuple)]) == 1
    assert len([outcome for outcome in outcomes if isinstance(outcome, TooEarly)]) == 19
    assert len(await kids(database, "active")) == len(await kids(database, "retired")) == 1


async def test_background_rotation_leaves_the_work_to_who_holds_the_lease(
    succession: Succession, database: Database
) -> None:
    await succession.ensure_active(0)
    lease = {"name": "signing-keys", "holder": "other"}
    assert await database.apply([take_lease.effect(expects=1, **lease, expires_at=100, now=0)])
    assert await succession.rotate_due(99, holder="node-1") == ()
    assert await succession.rotate_due(100, holder="node-1") != ()
    assert not await database.apply([release_lease.effect(expects=1, **lease)])
    assert await database.apply([release_lease.effect(expects=1, name="signing-keys", holder="node-1")])


async def test_an_operator_may_rotate_early_once_the_next_key_is_known(
    succession: Succession, database: Database
) -> None:
    await rotated(succession, 0)
    (successor,) = await kids(database, "next")
    with pytest.raises(TooEarly) as refused:
        await succession.rotate("ES256", 999)
    assert refused.value.ready_at == 1_000
    await succession.rotate("ES256", 1_000)
    assert await kids(database, "active") == [successor]


async def test_a_rotation_without_a_next_key_first_publishes_one(
    succession: Succession, database: Database
) -> None:
    await succession.ensure_active(0)
    with pytest.raises(TooEarly):
        await succession.rotate("ES256", 5)
    assert len(await kids(database, "next")) == 1


@pytest.mark.requirement("S78")
async def test_a_compromised_algorithm_gets_a_new_key_at_once_and_its_tokens_die(
    succession: Succession, keyring: Keyring, database: Database
) -> None:
    await rotated(succession, 0)
    await rotated(succession, 10_000)
    await keyring.refresh(10_000)
    token = keyring.sign({}, algorithm="ES256", typ="JWT")
    former = {row.kid for row in await database.all(all_keys)}

    changes = await succession.withdraw("ES256", 10_001)

    assert {change.kid for change in changes if change.act == "withdrawn"} == former
    await keyring.refresh(10_031)
    assert not former & set(published(keyring))
    with pytest.raises(BadToken):
        keyring.verify(token, typ="JWT")
    assert keyring.verify(keyring.sign({}, algorithm="ES256", typ="JWT"), typ="JWT") == {}
    assert not any(row.sealed for row in await database.all(all_keys) if row.kid in former)


async def test_withdrawing_the_active_key_alone_lets_the_published_next_one_sign(
    succession: Succession, database: Database
) -> None:
    await rotated(succession, 0)
    (active,), (successor,) = await kids(database, "active"), await kids(database, "next")
    await succession.withdraw("ES256", 5, kid=active)
    assert await kids(database, "active") == [successor]
    assert await kids(database, "withdrawn") == [active]
    with pytest.raises(NoSuchKey):
        await succession.withdraw("ES256", 6, kid=active)


async def test_withdrawing_the_next_key_puts_another_in_its_place(
    succession: Succession, database: Database
) -> None:
    await rotated(succession, 0)
    (active,), (successor,) = await kids(database, "active"), await kids(database, "next")
    await succession.withdraw("ES256", 5, kid=successor)
    assert await kids(database, "active") == [active]
    assert await kids(database, "next") not in ([], [successor])


async def test_an_imported_key_becomes_the_next_one(succession: Succession, database: Database) -> None:
    await rotated(succession, 0)
    (successor,) = await kids(database, "next")
    pair = generate_key("ES256")
    await succession.import_key(pair, 5, activate=False)
    assert await kids(database, "next") == [pair.kid]
    assert await kids(database, "withdrawn") == [successor]
    with pytest.raises(UnusableKey):
        await succession.import_key(pair, 6, activate=False)


async def test_an_imported_key_that_everybody_knows_signs_at_once(
    succession: Succession, database: Database, keyring: Keyring
) -> None:
    pair = generate_key("ES256")
    await rotated(succession, 0)
    (former,) = await kids(database, "active")
    await succession.import_key(pair, 5, activate=True)
    assert await kids(database, "retired") == [former]
    await keyring.refresh(5)
    assert published(keyring)[0] == pair.kid


async def test_a_change_and_its_record_share_a_transaction(
    database: Database, root_keys: RootKeys, succession: Succession
) -> None:
    recorded: list[KeyChange] = []

    def record(change: KeyChange) -> Sequence[Effect]:
        recorded.append(change)
        return [insert_secret.effect(expects=0 if len(recorded) == 1 else 1, **audit(change))]

    def audit(change: KeyChange) -> dict[str, str | bytes | int]:
        return {
            "secret_id": f"{change.act}-{change.kid}",
            "purpose": "audit",
            "sealed": b"",
            "root_key_id": "",
            "created_at": 0,
        }

    recording = Succession(
        database=database,
        root_keys=root_keys,
        policy=succession.policy,
        algorithms=("ES256",),
        record=record,
    )
    # The first record fails its expectation, so the first key is undone; the second try stands.
    await recording.ensure_active(0)
    assert [change.act for change in recorded] == ["activated", "activated"]
    assert await kids(database, "active") == [recorded[1].kid]
    assert len(await database.all(all_keys)) == 1


class Overtaken:
    """A database where somebody else is always quicker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def generation(self) -> int:
        return 0

    async def open(self) -> None:
        """It is open."""

    async def close(self) -> None:
        """Its maker closes it."""

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        return await self._database.one(query, **values)

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        return await self._database.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        return False


async def test_who_is_always_overtaken_gives_up_with_nothing_changed(
    succession: Succession, database: Database, root_keys: RootKeys
) -> None:
    late = Succession(
        database=Overtaken(database), root_keys=root_keys, policy=succession.policy, algorithms=("ES256",)
    )
    with pytest.raises(Contended):
        await late.ensure_active(0)
    await rotated(succession, 0)
    before = await database.all(all_keys)
    with pytest.raises(Contended):
        await late.rotate("ES256", 1_000)
    with pytest.raises(Contended):
        await late.withdraw("ES256", 1_000)
    with pytest.raises(Contended):
        await late.import_key(generate_key("ES256"), 1_000, activate=True)
    assert await late.rotate_due(10_000, holder="node-1") == ()
    assert await database.all(all_keys) == before
