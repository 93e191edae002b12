"""What the libraries below us do on one core, and what a commit costs on this disk."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from statistics import median
from time import perf_counter

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA256

from bench.installation import PASSWORD, PRODUCTION
from idp.store.sqlite import connect

_SECONDS = 0.4
_PAYLOAD = b"x" * 512
_GROUP = 32
_NICENESS = 5  # As idp/adapters/password_hasher.py has it.
_ARGON2 = PasswordHasher(
    time_cost=PRODUCTION.time_cost,
    memory_cost=PRODUCTION.memory_cost_kib,
    parallelism=PRODUCTION.parallelism,
)


def measured_limits(folder: Path, *, rounds: int) -> dict[str, float]:
    """Operations a second, medians of interleaved rounds."""
    rsa, ec, encoded = generate_rsa(65537, 2048), generate_ec(SECP256R1()), _ARGON2.hash(PASSWORD)
    with closing(connect(folder / "limits.db")) as connection:
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
        works: dict[str, tuple[Callable[[], object], int]] = {
            "RS256 signatures": (lambda: rsa.sign(_PAYLOAD, PKCS1v15(), SHA256()), 1),
            "ES256 signatures": (lambda: ec.sign(_PAYLOAD, ECDSA(SHA256())), 1),
            "Argon2id at production's parameters": (lambda: _ARGON2.verify(encoded, PASSWORD), 1),
            "SQLite commits of one row": (lambda: _commit(connection, 1), 1),
            f"SQLite rows, {_GROUP} in a commit": (lambda: _commit(connection, _GROUP), _GROUP),
        }
        found: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(rounds):
            for name, (work, count) in works.items():
                found[name].append(_rate(work) * count)
    return {name: median(rates) for name, rates in found.items()}


def argon2_rate(count: int) -> float:
    """Passwords compared in a second by as many threads as there are cores, with nothing else to do.

    They step back for others as the house's own hashing threads do, or on a busy machine they would get more of it.
    """
    encoded = _ARGON2.hash(PASSWORD)
    with ThreadPoolExecutor(os.cpu_count(), initializer=_step_back) as pool:
        began = perf_counter()
        list(pool.map(lambda _: _ARGON2.verify(encoded, PASSWORD), range(count)))
        return count / (perf_counter() - began)


def _step_back() -> None:
    if sys.platform == "linux":
        os.nice(_NICENESS)


def _rate(work: Callable[[], object]) -> float:
    count, began = 0, perf_counter()
    while perf_counter() - began < _SECONDS:
        work()
        count += 1
    return count / (perf_counter() - began)


def _commit(connection: Connection, rows: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(rows):
        connection.execute("INSERT INTO row (text) VALUES ('some text of a row that is written')")
    connection.execute("COMMIT")
