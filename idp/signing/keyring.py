"""The keys of this node, in memory: sign, verify and decrypt JWTs (RFC 7515, 7516, 7519) without touching the database.

Requests call `refresh` (and `refresh_for` with a token that they received) while they load, then `sign`, `verify`
and `decrypt` while they decide. A node's copy is at most `cache_seconds` old.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.records.key import ALGORITHMS, EVERY_ALGORITHM, Algorithm, KeyAlgorithm, OwnKey
from idp.signing.compact import REGISTRY, BadToken, Header, read_header, write_compact
from idp.signing.encryption import DecryptionKey, decrypt, is_encrypted, read_encryption_header
from idp.signing.jwks import Jwks, build_jwks
from idp.signing.keys import JoseKey, private_key, public_key
from idp.signing.misses import Misses
from idp.signing.sealing import RootKeys, SealBroken, UnknownRootKey
from idp.store.database import Database
from idp.store.own_keys import all_keys

_log = logging.getLogger(__name__)


class NoSigningKey(Exception):
    """This node has no key to sign with for an algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    row: OwnKey
    public: JoseKey
    private: JoseKey | None

    @property
    def decryption(self) -> DecryptionKey | None:
        """It as a key that decrypts, if it is one and can be opened."""
        if not self.row.decrypts or not isinstance(self.private, RSAKey | ECKey):
            return None
        return DecryptionKey(kid=self.row.kid, algorithm=self.row.algorithm, key=self.private)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    read_at: int
    generation: int
    keys: Mapping[str, _Held]
    active: Mapping[KeyAlgorithm, _Held]
    jwks: Jwks


class Keyring:
    """Signs with the active keys; verifies with every key that was not withdrawn. Await `refresh` before use."""

    def __init__(
        self, database: Database, root_keys: RootKeys, *, cache_seconds: int, jwks_max_age_seconds: int
    ) -> None:
        self._database = database
        self._root_keys = root_keys
        self._cache_seconds = cache_seconds
        self._jwks_max_age_seconds = jwks_max_age_seconds
        self._reading = asyncio.Lock()
        self._misses = Misses()
        self._snapshot: _Snapshot | None = None

    async def refresh(self, now: int) -> None:
        """Read the keys anew if this node's copy is too old."""
        if not self._is_fresh(now):
            async with self._reading:
                if not self._is_fresh(now):
                    await self._read(now)

    async def refresh_for(self, token: str, now: int) -> None:
        """The same, and look once more if `token` names a key that this node does not know. Never raises for what
        the token is: `verify` does.
        """
        await self.refresh(now)
        try:
            kid = read_encryption_header(token)["kid"] if is_encrypted(token) else read_header(token).kid
        except (BadToken, KeyError):
            return
        if kid not in self._current.keys:
            async with self._reading:
                if kid not in self._current.keys and self._misses.admits(kid, now):
                    await self._read(now)

    def sign(self, claims: Mapping[str, Any], *, algorithm: Algorithm, typ: str) -> str:
        """A compact JWT; its header is `alg`, `kid`, `typ`. Raises `NoSigningKey`."""
        held = self._current.active.get(algorithm)
        if held is None or held.private is None:
            raise NoSigningKey(algorithm)
        return write_compact(Header(alg=algorithm, kid=held.row.kid, typ=typ), claims, held.private)

    def verify(
        self,
        token: str,
        *,
        typ: str | tuple[str, ...],
        algorithms: Collection[Algorithm] = ALGORITHMS,
        now: int | None = None,
    ) -> dict[str, Any]:
        """The claims of a token that we signed, whose `typ` is (one of) `typ`. Raises `BadToken`.

        With `now` an expired token is refused too; without, and for every other claim, the caller checks.
        """
        header = read_header(token)
        if header.alg not in algorithms:
            raise BadToken("not an algorithm for this use")
        if header.typ not in ((typ,) if isinstance(typ, str) else typ):
            raise BadToken("not a type of token for this use")
        held = self._current.keys.get(header.kid)
        # RFC 8725 §3.1: a key serves its own algorithm alone, whatever the header asks for.
        if held is None or held.row.algorithm != header.alg:
            raise BadToken("not signed with a key of ours")
        try:
            claims = jwt.decode(token, held.public, registry=REGISTRY).claims
        except (JoseError, ValueError) as error:
            raise BadToken("the signature is wrong") from error
        if now is not None:
            _check_not_expired(claims, now)
        return claims

    def decrypt(self, token: str) -> str:
        """What a client encrypted to a key of ours that it may still know: a compact JWE's content. Raises `BadToken`,
        which never says why.
        """
        return decrypt(token, [held.decryption for held in self._current.keys.values() if held.decryption])

    def jwks(self) -> Jwks:
        """The public keys, ready to send."""
        return self._current.jwks

    def unable(self) -> tuple[KeyAlgorithm, ...]:
        """Algorithms that this node can't sign or decrypt with: it is not ready while there are any."""
        active = self._current.active
        return tuple(name for name in EVERY_ALGORITHM if name not in active or active[name].private is None)

    @property
    def _current(self) -> _Snapshot:
        if self._snapshot is None:
            raise NoSigningKey("the keys were not read yet")
        return self._snapshot

    def _is_fresh(self, now: int) -> bool:
        held = self._snapshot
        if held is None or held.generation != self._database.generation():
            return False
        return 0 <= now - held.read_at < self._cache_seconds

    async def _read(self, now: int) -> None:
        generation = self._database.generation()
        rows = await self._database.all(all_keys)
        keys = {row.kid: self._hold(row) for row in rows if row.state != "withdrawn"}
        self._snapshot = _Snapshot(
            read_at=now,
            generation=generation,
            keys=keys,
            active={held.row.algorithm: held for held in keys.values() if held.row.state == "active"},
            jwks=build_jwks(rows, now=now, max_age_seconds=self._jwks_max_age_seconds),
        )

    def _hold(self, row: OwnKey) -> _Held:
        """Keys are imported once; later readings reuse them."""
        known = self._snapshot.keys.get(row.kid) if self._snapshot else None
        public = known.public if known else public_key(row)
        private = self._private(row, known.private if known else None) if row.sealed else None
        return _Held(row=row, public=public, private=private)

    def _private(self, row: OwnKey, known: JoseKey | None) -> JoseKey | None:
        try:
            # Even for a known key: so a running node takes up the root key that a reseal began to use.
            self._root_keys.check(row.root_key_id)
            return known or private_key(row, self._root_keys)
        except (UnknownRootKey, SealBroken) as error:
            # The other keys still serve, so the node goes on; `unable` says what it lost.
            _log.error("key %s can't be opened: %s", row.kid, error)
            return known


def _check_not_expired(claims: Mapping[str, Any], now: int) -> None:
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int) or expires_at <= now:
        raise BadToken("expired")
