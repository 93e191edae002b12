"""Distinguished names as texts: RFC 4514 §3, read as people and tools write them, and compared.

Two names are the same if their parts are, in the same order, whatever kind of ASN.1 text holds them: RFC 5280 §7.1 asks
for letter case and runs of spaces to be overlooked, and certificate tools of all kinds rely on that.
"""

import re
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

# Beyond the nine of RFC 4514 §3: as OpenSSL and Java write what has no short name there.
_ALSO = {
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "GN": NameOID.GIVEN_NAME,
    "SURNAME": NameOID.SURNAME,
    "SN": NameOID.SURNAME,
    "TITLE": NameOID.TITLE,
    "ORGANIZATIONIDENTIFIER": NameOID.ORGANIZATION_IDENTIFIER,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
}
# The keyword of an attribute, or its numbers: letters of either case, after the beginning, a comma or a plus. What is
# escaped or quoted is not at such a place, for a comma there has a backslash before it.
_KEYWORD = re.compile(r"(?:^|(?<!\\)[,+])\s*([A-Za-z][A-Za-z0-9-]*)\s*=")

Parts = tuple[frozenset[tuple[str, str]], ...]


class BadName(Exception):
    """Not a distinguished name."""


@lru_cache(maxsize=1_024)
def read_name(text: str) -> Parts:
    """The parts of a name that somebody wrote. Raises `BadName`."""
    shaped = _KEYWORD.sub(lambda found: found.group().upper().replace(" ", ""), text.strip())
    try:
        name = x509.Name.from_rfc4514_string(shaped, _ALSO)
    except ValueError:
        raise BadName("is no distinguished name (RFC 4514)") from None
    if not name.rdns:
        raise BadName("is an empty distinguished name")
    return parts_of(name)


def parts_of(name: x509.Name) -> Parts:
    """The parts of a name, as they are compared: the first is the one that the certificate has first."""
    return tuple(
        frozenset((attribute.oid.dotted_string, _plain(attribute.value)) for attribute in part)
        for part in name.rdns
    )


def _plain(value: str | bytes) -> str:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value.hex()
