"""Replacing root keys: what they sealed is opened and sealed again with the newest.

Safe beside running nodes and to interrupt: batches, each row a compare-and-swap on the root key that it leaves. Copy a
new root key to every node before; a node takes it up when it meets it. What nodes sealed with the former key in the
meantime is found by running it again, and `unused_root_keys` tells when a key may go.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.signing.sealing import RootKeys, SealBroken, UnknownRootKey
from idp.store.database import Database
from idp.store.seals import (
    ENCRYPTION_KEYS,
    PHONES,
    SEALED_COLUMNS,
    SECRETS,
    SIGNING_KEYS,
    TOTPS,
    SealedColumn,
    SealedRow,
)
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What a reseal did: rows for each table, and the bindings of rows that no root key here opens."""

    rows: Mapping[str, int]
    unreadable: tuple[str, ...]


async def reseal(database: Database, root_keys: RootKeys) -> Resealed:
    """Seal everything with the newest root key."""
    rows: dict[str, int] = {}
    unreadable: list[str] = []
    for column in SEALED_COLUMNS:
        rows[column.table] = await _reseal_column(column, database, root_keys, unreadable)
    return Resealed(rows=rows, unreadable=tuple(unreadable))


async def root_key_usage(database: Database) -> Mapping[str, Mapping[str, int]]:
    """For each root key in use, how many rows of which table it sealed."""
    usage: dict[str, dict[str, int]] = {}
    for column in SEALED_COLUMNS:
        for count in await database.all(column.counts):
            usage.setdefault(count.root_key_id, {})[column.table] = count.rows
    return usage


async def unused_root_keys(database: Database, root_keys: RootKeys) -> tuple[str, ...]:
    """Root keys that may go: not the newest, and nothing is sealed with them."""
    usage = await root_key_usage(database)
    return tuple(name for name in root_keys.ids if name != root_keys.current_id and name not in usage)


async def sealed_with(database: Database) -> frozenset[str]:
    """The root keys that a node needs to start. Refresh tokens are many, and a lost grace of seconds harms nobody;
    what is being set up or sent is done again. A factor that can't be opened would keep its owner out.
    """
    columns = (SIGNING_KEYS, ENCRYPTION_KEYS, SECRETS, TOTPS, PHONES)
    counts = [count for column in columns for count in await database.all(column.counts)]
    return frozenset(count.root_key_id for count in counts)


async def _reseal_column(
    column: SealedColumn, database: Database, root_keys: RootKeys, unreadable: list[str]
) -> int:
    resealed, after = 0, ""
    while batch := await database.all(column.stale_rows, after=after, current=root_keys.current_id):
        after = batch[-1].row_id
        effects: list[Effect] = []
        for row in batch:
            try:
                effects.append(_effect(column, row, root_keys))
            except (UnknownRootKey, SealBroken):
                unreadable.append(column.binding(row.row_id))
        await database.apply(effects)
        resealed += len(effects)
    return resealed


def _effect(column: SealedColumn, row: SealedRow, root_keys: RootKeys) -> Effect:
    binding = column.binding(row.row_id)
    plaintext = root_keys.open(row.sealed, root_key_id=row.root_key_id, binding=binding)
    sealed = root_keys.seal(plaintext, binding=binding)
    return column.reseal.effect(
        row_id=row.row_id,
        former=row.root_key_id,
        new_sealed=sealed.sealed,
        new_root_key_id=sealed.root_key_id,
    )
