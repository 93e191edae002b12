"""The certificate of a client, RFC 8705, as a proxy that ends TLS hands it on: nginx's escaped PEM, or RFC 9440.

The proxy has seen the client sign with the certificate's key, and says so in a header. So the header is believed from
trusted proxies alone: from anybody else the edge refuses it (`web/edge.py`), rather than overlook what is an attack or
a proxy that nobody named. Who issued the certificate, and to whom, is for whoever uses it to judge.
"""

import hashlib
import warnings
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from starlette.requests import HTTPConnection

from idp.spec.errors import InvalidRequest

Format = Literal["escaped-pem", "rfc9440"]

# A certificate with a long chain of names is a few kilobytes.
_LONGEST = 16_384
# What `cryptography` raises, depending on which part of a certificate makes no sense or is of a kind that it lacks.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    Warning,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """What a trusted proxy sent: each value of the header."""

    format: Format
    values: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`x5t_s256` is its SHA-256 thumbprint in base64url, as tokens are bound to it (RFC 8705 §3.1)."""

    parsed: x509.Certificate = field(repr=False)
    x5t_s256: str
    valid_from: int
    valid_until: int


def certificate_of(connection: HTTPConnection, now: int) -> Certificate | None:
    """The client's certificate, None where it showed none.

    Raises InvalidRequest for what is no certificate or several, and for one that is not valid at this time: whose it is
    said so.
    """
    handed_on: HandedOn | None = connection.scope["state"].get("certificate")
    if handed_on is None:
        return None
    if len(handed_on.values) > 1:
        # Also where only one says something: a proxy that adds an empty header leaves what a client sent beside it.
        raise InvalidRequest("there is more than one client certificate")
    value = handed_on.values[0]
    if not value.strip():
        return None
    certificate = _read(handed_on.format, value)
    if now < certificate.valid_from:
        raise InvalidRequest("the client certificate is not valid yet")
    if now > certificate.valid_until:
        raise InvalidRequest("the client certificate has expired")
    return certificate


def handed_on(form: Format, header: bytes, headers: Sequence[tuple[bytes, bytes]]) -> HandedOn:
    """`header` is lower-case, as servers write the names of headers."""
    return HandedOn(format=form, values=tuple(value for name, value in headers if name == header))


# Reading one costs a tenth of a millisecond, and a client shows the same in each request.
@lru_cache(maxsize=256)
def _read(form: Format, value: bytes) -> Certificate:
    if len(value) > _LONGEST:
        raise InvalidRequest("the client certificate is too large")
    try:
        text = value.decode("ascii").strip()
        der = _escaped_pem(text) if form == "escaped-pem" else _byte_sequence(text)
        certificate = _parsed(der)
    except _UNREADABLE:
        raise InvalidRequest("the client certificate can't be read") from None
    return Certificate(
        parsed=certificate,
        x5t_s256=urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode(),
        valid_from=int(certificate.not_valid_before_utc.timestamp()),
        valid_until=int(certificate.not_valid_after_utc.timestamp()),
    )


def _parsed(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        certificate = x509.load_der_x509_certificate(der)
        # Its parts are read when they are asked for: what can't be is refused here.
        _ = certificate.subject, certificate.extensions, certificate.public_key()
    return certificate


def _escaped_pem(text: str) -> bytes:
    """One certificate, percent-encoded. A plus is a plus, as nginx leaves it: base64 has them."""
    pem = unquote(text, encoding="ascii", errors="strict").strip()
    if not pem.startswith(_BEGIN) or not pem.endswith(_END):
        raise ValueError("no PEM")
    return b64decode("".join(pem[len(_BEGIN) : -len(_END)].split()), validate=True)


def _byte_sequence(text: str) -> bytes:
    """RFC 9440 §2.1: one byte sequence of RFC 9651 §3.3.5, without parameters."""
    if len(text) < 2 or text[0] != ":" or text[-1] != ":":
        raise ValueError("no byte sequence")
    return b64decode(text[1:-1], validate=True)
