"""Keys of a fresh database, on both kinds."""

from collections.abc import AsyncIterator

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.records.key import ALGORITHMS, Algorithm
from idp.signing.keyring import Keyring
from idp.signing.keys import KeyPair, generate_key
from idp.signing.rotation import RotationPolicy
from idp.signing.sealing import RootKey, RootKeys
from idp.signing.succession import Succession
from idp.store.database import Database
from idp.store.opening import create_database

POLICY = RotationPolicy(rotation_seconds=10_000, publication_seconds=1_000, overlap_seconds=500)


@pytest.fixture
def entropy() -> SystemEntropy:
    return SystemEntropy()


@pytest.fixture
def root_keys(entropy: SystemEntropy) -> RootKeys:
    return RootKeys([RootKey(value=entropy.token_bytes(32), created_at=1)], entropy=entropy)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = create_database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def succession(database: Database, root_keys: RootKeys) -> Succession:
    """Of ES256 alone, whose keys are quick to make."""
    return Succession(database=database, root_keys=root_keys, policy=POLICY, algorithms=("ES256",))


@pytest.fixture
def keyring(database: Database, root_keys: RootKeys) -> Keyring:
    return Keyring(database, root_keys, cache_seconds=30, jwks_max_age_seconds=900)


@pytest.fixture(scope="session")
def pairs() -> dict[Algorithm, KeyPair]:
    """A key for each algorithm; RSA keys take a while to make."""
    return {algorithm: generate_key(algorithm) for algorithm in ALGORITHMS}
