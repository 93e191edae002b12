"""Sealing: what the database holds and must read back is encrypted and bound to its row.

AES-256-GCM (NIST SP 800-38D). Every binding has a key of its own, derived from the root key, so the limit of 2^32
random nonces counts per row and is never near. Where root keys are kept is for `adapters/key_files.py` to know.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.records.ports import Entropy

ROOT_KEY_LENGTH = 32
_VERSION = b"\x01"
_NONCE_LENGTH = 12


class UnknownRootKey(Exception):
    """A row is sealed with a root key that this node does not have: copy its file from a node or a backup."""

    def __init__(self, root_key_id: str) -> None:
        super().__init__(
            f"root key {root_key_id} is missing: copy root-{root_key_id}.key into the key folder"
        )
        self.root_key_id = root_key_id


class SealBroken(Exception):
    """What was sealed was altered, or moved to another row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKey:
    """One AES-256 key."""

    value: bytes = field(repr=False)
    created_at: int

    @property
    def root_key_id(self) -> str:
        return hashlib.sha256(b"idp root key id\0" + self.value).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Both go into the row."""

    root_key_id: str
    sealed: bytes


class RootKeys:
    """The root keys of this node: the newest seals, every one opens.

    `reread` looks where the keys are kept. It is called when a row names an unknown key, so a running node takes up
    a new root key as soon as `idp keys reseal` has used it.
    """

    def __init__(
        self,
        keys: Sequence[RootKey],
        *,
        entropy: Entropy,
        reread: Callable[[], Sequence[RootKey]] | None = None,
    ) -> None:
        self._entropy = entropy
        self._reread = reread
        self._keys: dict[str, RootKey] = {}
        self._adopt(keys)

    @property
    def current_id(self) -> str:
        """The key that seals."""
        return self._current_id

    @property
    def ids(self) -> tuple[str, ...]:
        """Every key, newest first."""
        return tuple(self._keys)

    def seal(self, plaintext: bytes, *, binding: str) -> Sealed:
        """`plaintext`, readable only by who names the same `binding` (table, row and column)."""
        nonce = self._entropy.token_bytes(_NONCE_LENGTH)
        cipher, associated = self._cipher(self._current_id, binding)
        return Sealed(
            root_key_id=self._current_id,
            sealed=_VERSION + nonce + cipher.encrypt(nonce, plaintext, associated),
        )

    def open(self, sealed: bytes, *, root_key_id: str, binding: str) -> bytes:
        """What was sealed. Raises `UnknownRootKey`, `SealBroken`."""
        self.check(root_key_id)
        if sealed[:1] != _VERSION:
            raise SealBroken(f"{binding}: unknown version")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_LENGTH], sealed[1 + _NONCE_LENGTH :]
        cipher, associated = self._cipher(root_key_id, binding)
        try:
            return cipher.decrypt(nonce, ciphertext, associated)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{binding}: altered, or sealed for another row") from error

    def check(self, root_key_id: str) -> None:
        """Make sure that the key is here, by looking again if need be. Raises `UnknownRootKey`."""
        if root_key_id not in self._keys and self._reread is not None:
            self._adopt(self._reread())
        if root_key_id not in self._keys:
            raise UnknownRootKey(root_key_id)

    def _adopt(self, keys: Sequence[RootKey]) -> None:
        """A running node forgets no key: what it sealed must stay readable, whatever happens to the folder."""
        self._keys |= {key.root_key_id: key for key in keys}
        newest_first = sorted(
            self._keys.values(), key=lambda key: (key.created_at, key.root_key_id), reverse=True
        )
        self._keys = {key.root_key_id: key for key in newest_first}
        self._current_id = newest_first[0].root_key_id

    def _cipher(self, root_key_id: str, binding: str) -> tuple[AESGCM, bytes]:
        context = b"\0".join((_VERSION, root_key_id.encode(), binding.encode()))
        return AESGCM(hmac.digest(self._keys[root_key_id].value, b"idp seal\0" + context, "sha256")), context
