"""Certificates of clients, made once for a test process, and how proxies hand them on."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.client_keys import base64url
from tests.support.world import START

HEADER = "Client-Cert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def escaped(self) -> str:
        """As nginx writes `$ssl_client_escaped_cert`."""
        return quote(self.pem, safe="")

    @property
    def byte_sequence(self) -> str:
        """As RFC 9440 §2.1 writes it."""
        return f":{b64encode(self.der).decode()}:"

    @property
    def x5t_s256(self) -> str:
        return base64url(self.certificate.fingerprint(SHA256()))

    def jwk(self, **members: object) -> dict[str, object]:
        """Its public key, with the certificate beside it (RFC 7517 §4.7)."""
        numbers = self.key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(32)),
            "y": base64url(numbers.y.to_bytes(32)),
            "x5c": [b64encode(self.der).decode()],
            **members,
        }


@cache
def authority(name: str = "Test authority", *, at: int = START, days: int = 3_650) -> Issued:
    """One that issues certificates, of its own word, from `at` on."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _named(f"CN={name}")
    builder = _builder(subject, subject, key, at=at, days=days)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = _usage(signs_certificates=True)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(usage, critical=True)
    )
    return Issued(certificate=builder.sign(key, SHA256()), key=key)


def issued(
    subject: str = "CN=service,O=Example",
    *,
    by: Issued | None = None,
    names: tuple[x509.GeneralName, ...] = (),
    at: int = START,
    days: int = 30,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    more: x509.ExtensionType | None = None,
) -> Issued:
    """A client's certificate, signed with its own key where nobody issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(subject)
    issuer = by.certificate.subject if by else name
    builder = _builder(name, issuer, key, at=at, days=days)
    signer = by.key if by else key
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if more is not None:
        builder = builder.add_extension(more, critical=False)
    return Issued(certificate=builder.sign(signer, SHA256()), key=key)


def dns(name: str) -> x509.GeneralName:
    return x509.DNSName(name)


def uri(name: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(name)


def email(name: str) -> x509.GeneralName:
    return x509.RFC822Name(name)


def ip(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name))


def _named(subject: str) -> x509.Name:
    return x509.Name.from_rfc4514_string(subject)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, at: int, days: int
) -> x509.CertificateBuilder:
    # Clocks differ a little, and `at` may be now.
    start = datetime.fromtimestamp(at - 3_600, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
    )
