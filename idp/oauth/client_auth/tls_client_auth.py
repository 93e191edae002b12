"""tls_client_auth: a client shows a certificate that an authority of ours issued to it. RFC 8705 §2.1."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from cryptography import x509

from idp.clients.authentication_asked import CERTIFICATE_NAMES
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.signing.distinguished_name import parts_of, read_name
from idp.signing.trust_anchors import TrustAnchors, Untrusted
from idp.spec.errors import InvalidClient
from idp.spec.identifier import canonical_email
from idp.web.certificate import Certificate

NAMES: tuple[str, ...] = ("tls_client_auth",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    """Never: `client_id` alone says it (RFC 8705 §2), which `none` reads."""
    return None


def check(certificate: Certificate, client: Client, anchors: TrustAnchors | None, now: int) -> None:
    """Raises InvalidClient, whose text is for the client's developer."""
    if anchors is None:
        raise InvalidClient("certificates of authorities are not accepted here")
    try:
        anchors.check(certificate.parsed, now)
    except Untrusted as error:
        message = "the client certificate was not issued by an authority that is trusted here"
        raise InvalidClient(message, log_reason=str(error)) from None
    member = next((name for name in CERTIFICATE_NAMES if getattr(client, name)), "")
    if not member or not _is_named(certificate.parsed, member, getattr(client, member)):
        raise InvalidClient(f"the client certificate does not have the {member} that the client registered")


def _is_named(certificate: x509.Certificate, member: str, name: str) -> bool:
    """§2.1.2: exactly as registered, each kind by its own rules (RFC 5280 §7)."""
    match member.removeprefix("tls_client_auth_"):
        case "subject_dn":
            return parts_of(certificate.subject) == read_name(name)
        case "san_dns":
            return name.lower() in (dns.lower() for dns in _names(certificate, x509.DNSName))
        case "san_uri":
            return name in _names(certificate, x509.UniformResourceIdentifier)
        case "san_ip":
            return str(ip_address(name)) in _names(certificate, x509.IPAddress)
        case _:
            return _mailbox(name) in map(_mailbox, _names(certificate, x509.RFC822Name))


def _mailbox(address: str) -> tuple[str, str | None]:
    """RFC 5280 §7.5: the part before the @ counts letter by letter, the host in any writing."""
    return address.rpartition("@")[0], canonical_email(address)


def _names(certificate: x509.Certificate, kind: type[x509.GeneralName]) -> Iterator[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    # An address may be written as a network, which is nobody's.
    yield from (str(name.value) for name in found if isinstance(name, kind))
