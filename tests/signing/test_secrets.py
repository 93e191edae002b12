import asyncio

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Purpose, UnknownSecret, add_secret, load_secrets
from idp.store.database import Database
from idp.store.opening import create_database
from idp.store.secrets import all_secrets

NOW = 1_700_000_000


async def test_a_first_start_makes_one_secret_for_each_purpose(
    database: Database, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    secrets = await load_secrets(database, root_keys, entropy, NOW)
    values = {secrets.newest(purpose).value for purpose in Purpose}
    assert len(values) == len(Purpose)
    assert {len(value) for value in values} == {32}


async def test_nodes_that_start_together_agree_on_the_secrets(
    database_url: str, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    nodes = [create_database(database_url) for _ in range(4)]
    for node in nodes:
        await node.open()
    loaded = await asyncio.gather(*(load_secrets(node, root_keys, entropy, NOW) for node in nodes))
    rows = await nodes[0].all(all_secrets)
    for node in nodes:
        await node.close()
    assert len({secrets.newest(Purpose.PEPPER).value for secrets in loaded}) == 1
    assert len(rows) == len(Purpose)


async def test_a_new_pepper_serves_new_rows_and_older_rows_keep_theirs(
    database: Database, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    secrets = await load_secrets(database, root_keys, entropy, NOW)
    former = secrets.newest(Purpose.PEPPER)
    added = await add_secret(database, root_keys, entropy, NOW, purpose=Purpose.PEPPER)
    await secrets.reload()
    assert secrets.newest(Purpose.PEPPER).secret_id == added != former.secret_id
    assert await secrets.get(former.secret_id, now=NOW) == former


async def test_another_nodes_new_secret_is_found_at_its_first_use(
    database: Database, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    node = await load_secrets(database, root_keys, entropy, NOW)
    added = await add_secret(database, root_keys, entropy, NOW, purpose=Purpose.FORM)
    assert node.find(added) is None
    found = await asyncio.gather(*(node.get(added, now=NOW) for _ in range(5)))
    assert {secret.secret_id for secret in found} == {added}


async def test_an_unknown_secret_is_looked_for_once_a_minute(
    database: Database, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    node = await load_secrets(database, root_keys, entropy, NOW)
    with pytest.raises(UnknownSecret):
        await node.get("form-2", now=NOW)
    await add_secret(database, root_keys, entropy, NOW, purpose=Purpose.FORM)
    with pytest.raises(UnknownSecret):
        await node.get("form-2", now=NOW + 59)
    assert (await node.get("form-2", now=NOW + 60)).purpose is Purpose.FORM


async def test_a_secret_does_not_print_its_value(
    database: Database, root_keys: RootKeys, entropy: SystemEntropy
) -> None:
    secret = (await load_secrets(database, root_keys, entropy, NOW)).newest(Purpose.PEPPER)
    assert repr(secret.value) not in repr(secret)
