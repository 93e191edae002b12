"""Peppers and HMAC keys: random secrets, sealed in the database, their ids stored in the rows that use them.

So a secret can be replaced one row at a time, and the root keys without touching the rows at all.
"""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum, auto

from idp.records.key import SealedSecret
from idp.records.ports import Entropy
from idp.signing.misses import Misses
from idp.signing.sealing import RootKeys
from idp.store.database import Database
from idp.store.secrets import all_secrets, insert_secret
from idp.store.statement import Effect

_LENGTH = 32


class Purpose(StrEnum):
    """What a secret is for; one secret never serves two."""

    PEPPER = auto()
    """Keys passwords before Argon2id."""
    FORM = auto()
    """Authenticates forms."""
    ADDRESS = auto()
    """Digests network addresses."""
    IDENTIFIER = auto()
    """Digests what people type as their identifier."""
    CODE = auto()
    """Digests codes that we send."""
    NONCE = auto()
    """Makes the nonces of DPoP proofs."""
    USER_CODE = auto()
    """Digests codes that devices show (RFC 8628)."""


class UnknownSecret(Exception):
    """No such secret, not even after looking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """32 random bytes and the name to store beside what they made."""

    secret_id: str
    purpose: Purpose
    value: bytes = field(repr=False)


class Secrets:
    """The secrets of this node, in memory. Made by `load_secrets`."""

    def __init__(self, database: Database, root_keys: RootKeys) -> None:
        self._database = database
        self._root_keys = root_keys
        self._misses = Misses()
        self._reloading = asyncio.Lock()
        self._by_id: dict[str, Secret] = {}
        self._newest: dict[Purpose, Secret] = {}

    def newest(self, purpose: Purpose) -> Secret:
        """The secret for new rows."""
        return self._newest[purpose]

    def every(self, purpose: Purpose) -> list[Secret]:
        """What rows may have been made with, where the secret has to be tried to find the row."""
        return [secret for secret in self._by_id.values() if secret.purpose is purpose]

    def find(self, secret_id: str) -> Secret | None:
        """The secret of a row, if this node has it already."""
        return self._by_id.get(secret_id)

    async def get(self, secret_id: str, *, now: int) -> Secret:
        """The secret of a row; an unknown one is looked for once a minute. Raises `UnknownSecret`."""
        if (found := self.find(secret_id)) is not None:
            return found
        async with self._reloading:
            if secret_id not in self._by_id and self._misses.admits(secret_id, now):
                await self.reload()
        if (found := self.find(secret_id)) is None:
            raise UnknownSecret(secret_id)
        return found

    def missing(self) -> list[Purpose]:
        """Purposes that have no secret yet."""
        return [purpose for purpose in Purpose if purpose not in self._newest]

    async def reload(self) -> None:
        """Read every secret. Raises `UnknownRootKey`, `SealBroken`."""
        rows = [row for row in await self._database.all(all_secrets) if row.purpose in set(Purpose)]
        self._by_id = {row.secret_id: self._by_id.get(row.secret_id) or self._open(row) for row in rows}
        self._newest = {secret.purpose: secret for secret in self._by_id.values()}

    def _open(self, row: SealedSecret) -> Secret:
        value = self._root_keys.open(
            row.sealed, root_key_id=row.root_key_id, binding=secret_binding(row.secret_id)
        )
        return Secret(secret_id=row.secret_id, purpose=Purpose(row.purpose), value=value)


async def load_secrets(database: Database, root_keys: RootKeys, entropy: Entropy, now: int) -> Secrets:
    """Every secret; what is missing is made, once, however many nodes start together."""
    secrets = Secrets(database, root_keys)
    await secrets.reload()
    if missing := secrets.missing():
        await database.apply([_creation(purpose, 1, root_keys, entropy, now) for purpose in missing])
        await secrets.reload()
    return secrets


async def add_secret(
    database: Database, root_keys: RootKeys, entropy: Entropy, now: int, *, purpose: Purpose
) -> str:
    """A new secret that new rows use from now on; older rows keep theirs. Its id."""
    earlier = [row for row in await database.all(all_secrets) if row.purpose == purpose]
    created_at = max([now, *(row.created_at + 1 for row in earlier)])
    effect = _creation(purpose, len(earlier) + 1, root_keys, entropy, created_at)
    await database.apply([effect])
    return str(effect.values["secret_id"])


def secret_binding(secret_id: str) -> str:
    """What a sealed secret is bound to."""
    return f"secret:{secret_id}"


def _creation(purpose: Purpose, number: int, root_keys: RootKeys, entropy: Entropy, now: int) -> Effect:
    # The id is counted, not random: of several nodes that make the same secret, the primary key lets one win.
    secret_id = f"{purpose}-{number}"
    sealed = root_keys.seal(entropy.token_bytes(_LENGTH), binding=secret_binding(secret_id))
    return insert_secret.effect(
        secret_id=secret_id,
        purpose=purpose.value,
        sealed=sealed.sealed,
        root_key_id=sealed.root_key_id,
        created_at=now,
    )
