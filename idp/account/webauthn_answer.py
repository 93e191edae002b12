"""What browsers answer to WebAuthn requests: JSON of WebAuthn Level 3 §5.1, read with python-fido2.

Untrusted from the first byte: it is measured, read, and refused as a whole by `PasskeyProblem`. What is read here is
proven by nothing yet; `passkeys.py` checks it.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum
from json import loads
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

_LONGEST_ANSWER = 16_384
_TRANSPORTS = ("usb", "nfc", "ble", "hybrid", "internal", "smart-card")

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)
"""What reading hostile JSON, base64, CBOR and COSE raises."""


class Wrong(StrEnum):
    """Why an answer is refused, for the log and the audit trail."""

    UNREADABLE = "unreadable"
    TYPE = "wrong_type"
    ORIGIN = "wrong_origin"
    FRAMED = "cross_origin"
    CHALLENGE = "wrong_challenge"
    RP = "wrong_rp_id"
    NOT_PRESENT = "user_not_present"
    NOT_VERIFIED = "user_not_verified"
    BACKUP_FLAGS = "backup_flags"
    CREDENTIAL_ID = "credential_id"
    KEY = "unsupported_key"
    SIGNATURE = "wrong_signature"
    OTHER_CREDENTIAL = "other_credential"


class PasskeyProblem(Exception):
    """An answer that proves nothing."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.value)
        self.wrong = wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A registration as it came. `is_discoverable` is None where the browser doesn't tell."""

    answer: RegistrationResponse
    transports: str
    is_discoverable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """An assertion as it came: which credential claims to answer, and for whom."""

    credential_id: bytes
    user_handle: bytes | None
    answer: AuthenticationResponse


def read_registration(text: str) -> Attested:
    """Raises `PasskeyProblem`."""
    document = _document(text)
    try:
        return Attested(
            answer=RegistrationResponse.from_dict(_bare(document)),
            transports=_transports(document),
            is_discoverable=_is_discoverable(document),
        )
    except UNREADABLE as error:
        raise PasskeyProblem(Wrong.UNREADABLE) from error


def read_assertion(text: str) -> Presented:
    """Raises `PasskeyProblem`."""
    document = _document(text)
    try:
        answer = AuthenticationResponse.from_dict(_bare(document))
    except UNREADABLE as error:
        raise PasskeyProblem(Wrong.UNREADABLE) from error
    return Presented(
        credential_id=answer.raw_id, user_handle=answer.response.user_handle or None, answer=answer
    )


def _document(text: str) -> dict[str, Any]:
    if len(text) > _LONGEST_ANSWER:
        raise PasskeyProblem(Wrong.UNREADABLE)
    try:
        document = loads(text)
    except (ValueError, RecursionError) as error:
        raise PasskeyProblem(Wrong.UNREADABLE) from error
    if not isinstance(document, dict) or not isinstance(document.get("response"), dict):
        raise PasskeyProblem(Wrong.UNREADABLE)
    return document


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    """What the library has to read: identifiers, and the four texts that are signed or sign."""
    signed = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
    response = {
        name: value for name, value in document["response"].items() if name in signed and value is not None
    }
    if not all(isinstance(value, str) for value in (*response.values(), document["rawId"])):
        raise TypeError("not base64url")
    return {
        "id": document["id"],
        "rawId": document["rawId"],
        "type": document["type"],
        "response": response,
    }


def _transports(document: dict[str, Any]) -> str:
    told = document["response"].get("transports")
    return " ".join(name for name in _TRANSPORTS if isinstance(told, list) and name in told)


def _is_discoverable(document: dict[str, Any]) -> bool | None:
    """The browser's word (`credProps.rk`, §10.1.3): it decides no more than what we offer."""
    results = document.get("clientExtensionResults")
    properties = results.get("credProps") if isinstance(results, dict) else None
    told = properties.get("rk") if isinstance(properties, dict) else None
    return told if isinstance(told, bool) else None
