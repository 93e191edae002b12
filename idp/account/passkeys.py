"""Security keys and passkeys: WebAuthn Level 3, §7.1 (registration) and §7.2 (assertion), S53 to S58.

Every check of the two ceremonies is here, in the specification's order; python-fido2 reads what is signed and knows the
keys. That a challenge is used once, and that a counter is still the one that was compared, is for the rows to decide.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from json import loads
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData

from idp.account.webauthn_answer import (
    UNREADABLE,
    PasskeyProblem,
    Presented,
    Wrong,
    read_assertion,
    read_registration,
)
from idp.config.settings import Settings
from idp.records.factor import Passkey
from idp.spec.token_value import is_same

__all__ = [
    "Asserted",
    "NewPasskey",
    "PasskeyProblem",
    "Presented",
    "RelyingParty",
    "Wrong",
    "challenge_digest",
    "read_assertion",
]

CHALLENGE_BYTES = 32
CHALLENGE_SECONDS = 300
_LONGEST_CREDENTIAL_ID = 1_023
_LONGEST_KEY = 1_024  # RSA with 4096 bits takes 530 bytes.
# ES256 is what nearly every authenticator does; EdDSA and RS256 are those of some keys and of Windows Hello.
_ALGORITHMS = (-7, -8, -257)

UserVerification = Literal["required", "preferred", "discouraged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A credential that was just made. `public_key` is COSE in CBOR; `transports` are separated by spaces."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    aaguid: str
    transports: str
    is_discoverable: bool
    verifies_user: bool
    is_synced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """What an assertion proved. `is_copied`: its counter did not rise, so somebody may have copied the key (§6.1.1);
    then the attempt counts for nothing.
    """

    sign_count: int
    is_verified: bool
    is_synced: bool
    is_copied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Us, as authenticators know us. `origin` is compared exactly."""

    rp_id: str
    origin: str
    name: str

    @classmethod
    def of(cls, settings: Settings) -> "RelyingParty":
        host = urlsplit(settings.issuer).hostname or ""
        return cls(rp_id=host, origin=settings.issuer, name=settings.brand.name)

    def registration_options(
        self,
        *,
        challenge: bytes,
        user_handle: bytes,
        name: str,
        display_name: str,
        existing: Sequence[Passkey],
        is_passkey: bool,
    ) -> dict[str, Any]:
        """What `navigator.credentials.create` is asked for, in the JSON of §5.1.8.

        A passkey has to sign in by itself, so it stays in its authenticator and verifies its user; any key will do as a
        security key. `existing` are those that are not set up a second time.
        """
        return {
            "rp": {"id": self.rp_id, "name": self.name},
            "user": {"id": _encoded(user_handle), "name": name, "displayName": display_name},
            "challenge": _encoded(challenge),
            "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in _ALGORITHMS],
            "timeout": CHALLENGE_SECONDS * 1_000,
            "excludeCredentials": [_descriptor(passkey) for passkey in existing],
            "authenticatorSelection": {
                "residentKey": "required" if is_passkey else "discouraged",
                "requireResidentKey": is_passkey,
                "userVerification": "required" if is_passkey else "discouraged",
            },
            "attestation": "none",
            "extensions": {"credProps": True},
        }

    def complete_registration(self, text: str, *, digest: bytes, is_passkey: bool) -> NewPasskey:
        """The credential that a browser's answer carries (§7.1). `digest` is the challenge's. Raises `PasskeyProblem`.

        That no other subject has it is for the caller's insertion to decide. Statements of attestation are not looked
        at: we ask for none and trust no maker's word, so a false one says as much as none.
        """
        attested = read_registration(text)
        response = attested.answer.response
        data = response.attestation_object.auth_data
        self._check_client_data(response.client_data, CollectedClientData.TYPE.CREATE, digest)
        self._check_flags(data, must_verify_user=is_passkey)
        credential = _checked_credential(data, attested.answer.raw_id)
        return NewPasskey(
            credential_id=bytes(credential.credential_id),
            public_key=cbor.encode(credential.public_key),
            sign_count=data.counter,
            aaguid=str(credential.aaguid) if credential.aaguid else "",
            transports=attested.transports,
            is_discoverable=is_passkey if attested.is_discoverable is None else attested.is_discoverable,
            verifies_user=data.is_user_verified(),
            is_synced=data.is_backup_eligible(),
        )

    def assertion_options(
        self, *, challenge: bytes, allowed: Sequence[Passkey], user_verification: UserVerification
    ) -> dict[str, Any]:
        """What `navigator.credentials.get` is asked for, in the JSON of §5.1.9. Without `allowed`, any passkey."""
        return {
            "rpId": self.rp_id,
            "challenge": _encoded(challenge),
            "timeout": CHALLENGE_SECONDS * 1_000,
            "allowCredentials": [_descriptor(passkey) for passkey in allowed],
            "userVerification": user_verification,
        }

    def verify_assertion(
        self, presented: Presented, passkey: Passkey, *, digest: bytes, must_verify_user: bool
    ) -> Asserted:
        """What an assertion proves (§7.2). `digest` is the challenge's. Raises `PasskeyProblem`.

        The caller has found `passkey` by the presented credential id, among those that were asked for; where nobody was
        named before, the presented user handle must be its subject's (§7.2 step 6).
        """
        if passkey.credential_id != presented.credential_id:
            raise PasskeyProblem(Wrong.OTHER_CREDENTIAL)
        response = presented.answer.response
        data = response.authenticator_data
        self._check_client_data(response.client_data, CollectedClientData.TYPE.GET, digest)
        self._check_flags(data, must_verify_user=must_verify_user)
        if data.is_backup_eligible() is not passkey.is_synced:
            raise PasskeyProblem(Wrong.BACKUP_FLAGS)  # Step 19: what a key was made as, it stays.
        _check_signature(passkey.public_key, data + response.client_data.hash, response.signature)
        return Asserted(
            sign_count=data.counter,
            is_verified=data.is_user_verified(),
            is_synced=data.is_backup_eligible(),
            is_copied=data.counter <= passkey.sign_count and max(data.counter, passkey.sign_count) > 0,
        )

    def _check_client_data(self, client_data: CollectedClientData, kind: str, digest: bytes) -> None:
        if client_data.type != kind:
            raise PasskeyProblem(Wrong.TYPE)  # §7.1 step 7, §7.2 step 10.
        if not is_same(challenge_digest(client_data.challenge), digest):
            raise PasskeyProblem(Wrong.CHALLENGE)  # Steps 8 and 11.
        if client_data.origin != self.origin:
            raise PasskeyProblem(Wrong.ORIGIN)  # Steps 9 and 12.
        told = loads(client_data.decode())
        if told.get("crossOrigin", False) is not False or "topOrigin" in told:
            raise PasskeyProblem(Wrong.FRAMED)  # Steps 10 and 11, 13 and 14: no page of ours is ever framed.

    def _check_flags(self, data: AuthenticatorData, *, must_verify_user: bool) -> None:
        if not is_same(hashlib.sha256(self.rp_id.encode()).digest(), data.rp_id_hash):
            raise PasskeyProblem(Wrong.RP)  # §7.1 step 14, §7.2 step 15.
        if not data.is_user_present():
            raise PasskeyProblem(Wrong.NOT_PRESENT)  # Steps 15 and 16.
        if must_verify_user and not data.is_user_verified():
            raise PasskeyProblem(Wrong.NOT_VERIFIED)  # Steps 16 and 17.
        if data.is_backed_up() and not data.is_backup_eligible():
            raise PasskeyProblem(Wrong.BACKUP_FLAGS)  # Steps 17 and 18.


def challenge_digest(challenge: bytes) -> bytes:
    """What the row of a challenge keeps of it."""
    return hashlib.sha256(challenge).digest()


def _checked_credential(data: AuthenticatorData, raw_id: bytes) -> AttestedCredentialData:
    credential = data.credential_data
    if credential is None:
        raise PasskeyProblem(Wrong.UNREADABLE)
    if credential.credential_id != raw_id or not 0 < len(raw_id) <= _LONGEST_CREDENTIAL_ID:
        raise PasskeyProblem(Wrong.CREDENTIAL_ID)  # §7.1 step 25.
    key = credential.public_key
    if key.ALGORITHM not in _ALGORITHMS or len(cbor.encode(key)) > _LONGEST_KEY:
        raise PasskeyProblem(Wrong.KEY)  # §7.1 step 20.
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return credential  # The key is one; a point off the curve, say, would raise something else.
    except UNREADABLE as error:
        raise PasskeyProblem(Wrong.KEY) from error
    raise PasskeyProblem(Wrong.KEY)


def _check_signature(public_key: bytes, message: bytes, signature: bytes) -> None:
    try:
        CoseKey.parse(cbor.decode(public_key)).verify(message, signature)  # type: ignore[arg-type]
    except (InvalidSignature, *UNREADABLE) as error:
        raise PasskeyProblem(Wrong.SIGNATURE) from error  # §7.2 step 21.


def _descriptor(passkey: Passkey) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "public-key", "id": _encoded(passkey.credential_id)}
    return {**described, "transports": passkey.transports.split()} if passkey.transports else described


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
