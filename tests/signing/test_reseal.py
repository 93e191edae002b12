from pathlib import Path
from typing import Any

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.adapters.key_files import add_root_key, load_root_keys
from idp.signing.keyring import Keyring
from idp.signing.reseal import reseal, root_key_usage, sealed_with, unused_root_keys
from idp.signing.rotation import RotationPolicy
from idp.signing.sealing import RootKey, RootKeys
from idp.signing.secrets import Purpose, load_secrets
from idp.signing.succession import Succession
from idp.store.database import Database
from idp.store.seals import BATCH, SECRETS, SUCCESSORS, SealedRow
from idp.store.secrets import insert_secret
from idp.store.statement import Effect, insert_into
from idp.store.tables.client import client
from idp.store.tables.factor import enrolment, phone, totp
from idp.store.tables.grant import family, refresh_token
from idp.store.tables.outbox import outbox
from tests.support.rooms import open_rooms

NOW = 1_700_000_000
POLICY = RotationPolicy(rotation_seconds=10_000, publication_seconds=1_000, overlap_seconds=500)


def successor(number: int, root_keys: RootKeys) -> Effect:
    """A redeemed refresh token that keeps its successor sealed."""
    token_id = f"token-{number:04}"
    sealed = root_keys.seal(b"value of the successor", binding=f"refresh_token:{token_id}")
    return insert_into(refresh_token).effect(
        token_id=token_id,
        digest=token_id.encode(),
        family_id="family",
        created_at=NOW,
        expires_at=NOW,
        redeemed_at=NOW,
        successor_id="next",
        successor_sealed=sealed.sealed,
        root_key_id=sealed.root_key_id,
    )


FAMILY = [
    insert_into(client).effect(client_id="client", metadata="{}", created_at=NOW, updated_at=NOW),
    insert_into(family).effect(
        family_id="family", client_id="client", scope="", resource="", created_at=NOW, expires_at=NOW
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.mark.requirement("S78")
async def test_a_root_key_is_replaced_under_a_running_node(
    database: Database, folder: Path, entropy: SystemEntropy
) -> None:
    node = load_root_keys(folder, sealed_with=(), entropy=entropy, now=NOW)
    former = node.current_id
    secrets = await load_secrets(database, node, entropy, NOW)
    await Succession(
        database=database, root_keys=node, policy=POLICY, algorithms=("ES256", "EdDSA")
    ).ensure_active(NOW)
    await database.apply([*FAMILY, *(successor(number, node) for number in range(2 * BATCH + 1))])
    keyring = Keyring(database, node, cache_seconds=30, jwks_max_age_seconds=900)
    await keyring.refresh(NOW)
    assert await sealed_with(database) == {former}

    newest = add_root_key(folder, entropy=entropy, now=NOW)
    command = load_root_keys(folder, sealed_with=await sealed_with(database), entropy=entropy, now=NOW)
    assert await unused_root_keys(database, command) == ()
    done = await reseal(database, command)
    resealed = {table: rows for table, rows in done.rows.items() if rows}
    assert resealed == {"signing_key": 2, "secret": len(Purpose), "refresh_token": 2 * BATCH + 1}
    assert done.unreadable == ()
    assert await root_key_usage(database) == {newest.root_key_id: resealed}
    assert await unused_root_keys(database, command) == (former,)
    assert sum((await reseal(database, command)).rows.values()) == 0

    # The running node meets the new key when it reads the signing keys again, and seals with it from then on.
    await keyring.refresh(NOW + 30)
    assert node.current_id == newest.root_key_id
    (folder / f"root-{former}.key").unlink()
    restarted = load_root_keys(folder, sealed_with=await sealed_with(database), entropy=entropy, now=NOW)
    again = await load_secrets(database, restarted, entropy, NOW)
    assert again.newest(Purpose.PEPPER) == secrets.newest(Purpose.PEPPER)
    token = keyring.sign({"sub": "alice"}, algorithm="ES256", typ="JWT")
    fresh = Keyring(database, restarted, cache_seconds=30, jwks_max_age_seconds=900)
    await fresh.refresh(NOW)
    assert fresh.verify(token, typ="JWT") == {"sub": "alice"}
    rows: list[SealedRow] = await database.all(SUCCESSORS.stale_rows, after="", current="none")
    for row in rows:
        opened = restarted.open(
            row.sealed, root_key_id=row.root_key_id, binding=SUCCESSORS.binding(row.row_id)
        )
        assert opened == b"value of the successor"


async def test_what_no_key_opens_is_named_and_stops_nothing(
    database: Database, entropy: SystemEntropy
) -> None:
    lost, old, new = (RootKey(value=bytes([n]) * 32, created_at=n) for n in (1, 2, 3))
    for number, key in enumerate((lost, old)):
        sealed = RootKeys([key], entropy=entropy).seal(b"value", binding=f"secret:pepper-{number}")
        await database.apply(
            [
                insert_secret.effect(
                    secret_id=f"pepper-{number}",
                    purpose="pepper",
                    sealed=sealed.sealed,
                    root_key_id=sealed.root_key_id,
                    created_at=NOW,
                )
            ]
        )
    done = await reseal(database, RootKeys([old, new], entropy=entropy))
    assert done.rows["secret"] == 1
    assert done.unreadable == ("secret:pepper-0",)
    assert await root_key_usage(database) == {
        lost.root_key_id: {"secret": 1},
        new.root_key_id: {"secret": 1},
    }


async def test_an_interrupted_reseal_goes_on_where_it_stopped(
    database: Database, entropy: SystemEntropy, root_keys: RootKeys
) -> None:
    await database.apply([*FAMILY, *(successor(number, root_keys) for number in range(BATCH + 10))])
    newer = RootKey(value=b"n" * 32, created_at=9)
    both = RootKeys([newer], entropy=entropy)
    first = await database.all(SUCCESSORS.stale_rows, after="", current=newer.root_key_id)
    assert len(first) == BATCH
    moved = both.seal(b"value", binding=SUCCESSORS.binding(first[0].row_id))
    effect = SUCCESSORS.reseal.effect(
        expects=1,
        row_id=first[0].row_id,
        former=first[0].root_key_id,
        new_sealed=moved.sealed,
        new_root_key_id=moved.root_key_id,
    )
    assert await database.apply([effect])
    # The same step twice: the row has left the root key that the step names.
    assert not await database.apply([effect])
    rest = await database.all(SUCCESSORS.stale_rows, after="", current=newer.root_key_id)
    assert first[0].row_id not in {row.row_id for row in rest}


def test_the_bindings_of_the_columns_are_those_of_their_writers() -> None:
    assert SECRETS.binding("pepper-1") == "secret:pepper-1"
    assert SUCCESSORS.binding("id") == "refresh_token:id"


async def test_a_node_needs_the_root_keys_of_factors_but_not_of_what_is_done_again(database_url: str) -> None:
    """A factor that can't be opened keeps its owner out; a mail is written again, a set-up begun again."""
    async with open_rooms(database_url) as rooms:
        started_with = await sealed_with(rooms.db)
        subject_id = (await rooms.customer()).subject_id
        common: dict[str, Any] = {"subject_id": subject_id, "sealed": b"sealed", "created_at": NOW}
        device: dict[str, Any] = {"name": "", "used_at": None}
        effects = [
            insert_into(totp).effect(totp_id="t", root_key_id="of-totp", last_step=0, **common, **device),
            insert_into(phone).effect(phone_id="p", root_key_id="of-phone", masked="", **common, **device),
            insert_into(enrolment).effect(
                enrolment_id="e", root_key_id="of-enrolment", tries_left=5, expires_at=NOW, **common
            ),
            insert_into(outbox).effect(
                message_id="m",
                channel="mail",
                template="email-code",
                recipient="",
                root_key_id="of-mail",
                due_at=NOW,
                expires_at=NOW,
                **common,
            ),
        ]
        assert await rooms.db.apply(effects)
        assert await sealed_with(rooms.db) - started_with == {"of-totp", "of-phone"}
        assert (await root_key_usage(rooms.db)).keys() >= {"of-totp", "of-phone", "of-enrolment", "of-mail"}
