"""A security key in software, with the browser around it: it answers our WebAuthn options as the two would together.

`SoftwareKey()` is a FIDO2 key with a fingerprint reader, `SoftwareKey.u2f()` one from before: CTAP1, no user
verification, its registration in the U2F format. What an attacker's browser or a broken key would do differently is
said where it answers: `key.get(options, origin="https://evil.test")`.
"""

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fido2 import cbor

from tests.support.world import ISSUER

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass(kw_only=True)
class Credential:
    """One key pair of a key. `count` is what its next signature says."""

    credential_id: bytes
    private_key: ec.EllipticCurvePrivateKey
    user_handle: bytes
    count: int = 0


@dataclass(kw_only=True)
class SoftwareKey:
    """`counts` is False for passkeys of phones and password managers: their counter stays 0."""

    origin: str = ISSUER
    rp_id: str = "localhost"
    verifies_user: bool = True
    is_synced: bool = False
    counts: bool = True
    speaks_u2f: bool = False
    credentials: dict[bytes, Credential] = field(default_factory=dict)

    @classmethod
    def u2f(cls) -> "SoftwareKey":
        return cls(verifies_user=False, speaks_u2f=True)

    @classmethod
    def synced(cls) -> "SoftwareKey":
        """As a phone keeps it: copied to its owner's other devices, without a counter."""
        return cls(is_synced=True, counts=False)

    def create(self, options: Mapping[str, Any], **differently: Any) -> str:
        """The answer to `navigator.credentials.create`, as JSON. Raises `Refused` as a key would.

        `differently`: origin, type, cross_origin, top_origin, challenge, flags, rp_id, credential_id, raw_id,
        public_key, attestation (fmt, attStmt), count, client_data, results.
        """
        self._refuse_creation(options)
        made = Credential(
            credential_id=differently.get("credential_id", urandom(32)),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            user_handle=_decoded(options["user"]["id"]),
        )
        client_data = self._client_data("webauthn.create", options["challenge"], differently)
        key = differently.get("public_key") or _cose(made.private_key)
        attested = (
            bytes(16) + struct.pack(">H", len(made.credential_id)) + made.credential_id + cbor.encode(key)
        )
        data = self._authenticator_data(made, AT, differently) + attested
        fmt, statement = differently.get("attestation") or self._attestation(made, data, client_data)
        self.credentials[made.credential_id] = made
        is_resident = (
            options["authenticatorSelection"]["residentKey"] != "discouraged" and not self.speaks_u2f
        )
        return json.dumps(
            {
                "id": _encoded(made.credential_id),
                "rawId": _encoded(differently.get("raw_id", made.credential_id)),
                "type": "public-key",
                "authenticatorAttachment": "cross-platform",
                "response": {
                    "clientDataJSON": _encoded(client_data),
                    "attestationObject": _encoded(
                        cbor.encode({"fmt": fmt, "authData": data, "attStmt": statement})
                    ),
                    "transports": ["usb"],
                    "publicKeyAlgorithm": -7,
                },
                "clientExtensionResults": differently.get("results", {"credProps": {"rk": is_resident}}),
            }
        )

    def get(self, options: Mapping[str, Any], **differently: Any) -> str:
        """The answer to `navigator.credentials.get`, as JSON. Raises `Refused` as a key would.

        `differently`: origin, type, cross_origin, top_origin, challenge, flags, rp_id, count, user_handle, signature,
        client_data, credential_id.
        """
        used = self._chosen(options)
        if (
            options.get("userVerification") == "required"
            and not self.verifies_user
            and "flags" not in differently
        ):
            raise Refused("the key can't verify its user")
        client_data = self._client_data("webauthn.get", options["challenge"], differently)
        used.count = differently.get("count", used.count + 1 if self.counts else 0)
        data = self._authenticator_data(used, 0, differently)
        signed = used.private_key.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        shows_user = not self.speaks_u2f and not options.get("allowCredentials")
        handle = differently.get("user_handle", used.user_handle if shows_user else None)
        credential_id = differently.get("credential_id", used.credential_id)
        return json.dumps(
            {
                "id": _encoded(credential_id),
                "rawId": _encoded(credential_id),
                "type": "public-key",
                "authenticatorAttachment": "cross-platform",
                "response": {
                    "clientDataJSON": _encoded(client_data),
                    "authenticatorData": _encoded(data),
                    "signature": _encoded(differently.get("signature", signed)),
                    "userHandle": _encoded(handle) if handle is not None else None,
                },
                "clientExtensionResults": {},
            }
        )

    def copied(self) -> "SoftwareKey":
        """Somebody has this key's secrets, and a counter of their own."""
        copies = {
            name: Credential(
                credential_id=name,
                private_key=one.private_key,
                user_handle=one.user_handle,
                count=one.count,
            )
            for name, one in self.credentials.items()
        }
        return SoftwareKey(
            origin=self.origin,
            rp_id=self.rp_id,
            verifies_user=self.verifies_user,
            is_synced=self.is_synced,
            counts=self.counts,
            speaks_u2f=self.speaks_u2f,
            credentials=copies,
        )

    def _refuse_creation(self, options: Mapping[str, Any]) -> None:
        if any(_decoded(known["id"]) in self.credentials for known in options["excludeCredentials"]):
            raise Refused("set up already")
        selection = options["authenticatorSelection"]
        if self.speaks_u2f and "required" in (selection["residentKey"], selection["userVerification"]):
            raise Refused("the key is too old for a passkey")

    def _chosen(self, options: Mapping[str, Any]) -> Credential:
        allowed = [_decoded(one["id"]) for one in options.get("allowCredentials", [])]
        fitting = [one for name, one in self.credentials.items() if name in allowed or not allowed]
        if not fitting:
            raise Refused("not one of the keys that are asked for")
        return fitting[0]

    def _client_data(self, kind: str, challenge: str, differently: Mapping[str, Any]) -> bytes:
        if "client_data" in differently:
            return bytes(differently["client_data"])
        told: dict[str, Any] = {
            "type": differently.get("type", kind),
            "challenge": differently.get("challenge", challenge),
            "origin": differently.get("origin", self.origin),
            "crossOrigin": differently.get("cross_origin", False),
        }
        if "top_origin" in differently:
            told["topOrigin"] = differently["top_origin"]
        return json.dumps(told, separators=(",", ":")).encode()

    def _authenticator_data(self, used: Credential, flags: int, differently: Mapping[str, Any]) -> bytes:
        usual = UP | (UV if self.verifies_user else 0) | (BE | BS if self.is_synced else 0)
        flags |= differently.get("flags", usual)
        rp = sha256(differently.get("rp_id", self.rp_id).encode()).digest()
        return rp + struct.pack(">BI", flags, differently.get("count", used.count))

    def _attestation(self, made: Credential, data: bytes, client_data: bytes) -> tuple[str, dict[str, Any]]:
        if not self.speaks_u2f:
            return "none", {}
        point = _cose(made.private_key)
        message = b"\0" + data[:32] + sha256(client_data).digest() + made.credential_id
        maker = ec.generate_private_key(ec.SECP256R1())
        signature = maker.sign(message + b"\x04" + point[-2] + point[-3], ec.ECDSA(hashes.SHA256()))
        return "fido-u2f", {"x5c": [_certificate(maker)], "sig": signature}


class Refused(Exception):
    """A key or browser that would not answer."""


def _cose(private_key: ec.EllipticCurvePrivateKey) -> dict[int, Any]:
    """The public half, RFC 9053 §2.1."""
    numbers = private_key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def _certificate(maker: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A key in software")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(maker.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .sign(maker, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
