"""Certificate authorities whose word we take on who a client is: RFC 8705 §2.1, path validation by RFC 5280 §6.

`cryptography` builds and checks the path. It follows the rules of the web's authorities but for two: a client may be
known by its subject alone, so its certificate needs no alternative name; and intermediate authorities stand among the
anchors, for a proxy hands on the client's own certificate and nothing else.
"""

import re
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class BadAnchors(Exception):
    """Not a PEM file of certificate authorities; the text says why."""


class Untrusted(Exception):
    """No trust anchor stands behind a certificate; the text says why, for the log."""


class TrustAnchors:
    """The certificates of a PEM file, whatever text stands between them."""

    def __init__(self, pem: bytes) -> None:
        """Raises `BadAnchors`."""
        try:
            anchors = [x509.load_pem_x509_certificate(found) for found in _CERTIFICATE.findall(pem)]
        except ValueError:
            raise BadAnchors("holds a certificate that can't be read") from None
        if not anchors:
            raise BadAnchors("holds no certificate")
        if not all(map(_is_authority, anchors)):
            raise BadAnchors("holds a certificate of no authority: anybody who has it could be anybody else")
        self._policy = (
            PolicyBuilder()
            .store(Store(anchors))
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(),
                ee_policy=ExtensionPolicy.webpki_defaults_ee().may_be_present(
                    x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
                ),
            )
        )

    def check(self, certificate: x509.Certificate, now: int) -> None:
        """Whether it was issued under an anchor, for clients, and is valid now. Raises `Untrusted`."""
        verifier = self._policy.time(datetime.fromtimestamp(now, UTC)).build_client_verifier()
        try:
            verifier.verify(certificate, [])
        except (VerificationError, ValueError) as error:
            raise Untrusted(str(error)) from None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
