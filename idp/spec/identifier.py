"""What people type to say who they are: a customer ID or a primary e-mail address, each in one canonical form.

Accounts are found by the canonical form alone, and mail goes to the stored address alone, so a look-alike finds
either the account that it means or none. NFKC and lower case fold what keyboards and copying change (full-width
digits, ligatures, capitals). Nothing folds what the eye alone confuses: a Cyrillic letter is not the Latin one that
it looks like, a sharp s is not a double s, a dotless i is not an i.
"""

import re
import unicodedata
from dataclasses import dataclass

import idna

# Longer than any address may be (RFC 5321 §4.5.3.1.3), with room for what canonicalization removes.
_LONGEST_TYPED = 400
_LONGEST_ADDRESS, _LONGEST_LOCAL_PART = 254, 64
_LONGEST_NAME = 253

# More digits than new IDs have, since `customer_id.digits` may grow. A suffix of old stays part of an old ID.
_CUSTOMER_ID = re.compile(r"([a-z]{2}[0-9]{5,15})(-[a-z0-9]{1,16})?")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_SPACES = re.compile(r"\s+")

# RFC 5322 §3.2.3 dot-atom, with the letters beyond ASCII of RFC 6532 §3.2. Quoted local parts are not accepted.
_LOCAL_PART = re.compile(r"[^\s()<>\[\]:;@\\,\".]+(?:\.[^\s()<>\[\]:;@\\,\".]+)*")
_NUMBER = re.compile(r"[0-9]+")

# Joiners mean something inside the domain names of some scripts, where IDNA decides whether they may stand.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class CustomerIdKey:
    """A canonical customer ID."""

    value: str


@dataclass(frozen=True, slots=True)
class EmailKey:
    """A canonical address."""

    value: str


def read_identifier(text: str, *, suffix: str) -> CustomerIdKey | EmailKey | None:
    """What `text` identifies, or None if it can be neither. `suffix` ends the customer IDs of this installation."""
    if (customer_id := canonical_customer_id(text, suffix=suffix)) is not None:
        return CustomerIdKey(customer_id)
    if (email := canonical_email(text)) is not None:
        return EmailKey(email)
    return None


def canonical_customer_id(text: str, *, suffix: str) -> str | None:
    """`aa11111-ovh` for ` AA 11111-OVH ` and the like. Without any suffix, the installation's is meant."""
    if (folded := _folded(text)) is None:
        return None
    found = _CUSTOMER_ID.fullmatch(_SPACES.sub("", _DASHES.sub("-", folded)))
    return found[1] + (found[2] or suffix) if found else None


def canonical_email(text: str) -> str | None:
    """The key of an address: lower case, with the domain as IDNA 2008 (UTS 46, non-transitional) writes it in ASCII."""
    if (folded := _folded(text)) is None:
        return None
    local_part, at, domain = folded.rpartition("@")
    ascii_domain = _ascii_domain(domain)
    if not at or ascii_domain is None or not _is_local_part(local_part):
        return None
    address = f"{local_part}@{ascii_domain}"
    return address if len(address.encode()) <= _LONGEST_ADDRESS else None


def canonical_domain(text: str) -> str | None:
    """A host name as IDNA 2008 writes it in ASCII, without the root's dot. None if it can be no public name."""
    folded = _folded(text)
    domain = _ascii_domain(folded.removesuffix(".")) if folded else None
    return domain if domain is not None and len(domain) <= _LONGEST_NAME else None


def _folded(text: str) -> str | None:
    """NFKC, lower case, without invisible format characters and spaces around. None if it can't be typed text.

    Unassigned code points are refused as controls are: what they fold to is not known before they are assigned.
    """
    if len(text) > _LONGEST_TYPED:
        return None
    folded = unicodedata.normalize("NFKC", text.strip())
    # Lower case can undo the normal form, and the normal form can bring a capital: the second round settles both.
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.lower())
    kinds = [(character, unicodedata.category(character)) for character in folded]
    if any(kind in {"Cc", "Cs", "Co", "Cn"} for _, kind in kinds):
        return None
    visible = "".join(character for character, kind in kinds if kind != "Cf" or character in _JOINERS)
    return unicodedata.normalize("NFKC", visible).strip().strip(_JOINERS)


def _is_local_part(local_part: str) -> bool:
    return (
        len(local_part.encode()) <= _LONGEST_LOCAL_PART
        and _LOCAL_PART.fullmatch(local_part) is not None
        and not any(joiner in local_part for joiner in _JOINERS)
    )


def _ascii_domain(domain: str) -> str | None:
    """None for what is no public host name: a single label, an address literal, a label that IDNA refuses."""
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
    labels = ascii_domain.split(".")
    return ascii_domain if len(labels) > 1 and all(labels) and not _NUMBER.fullmatch(labels[-1]) else None
