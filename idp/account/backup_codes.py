"""Backup codes: ten codes for a lost device, each for one use, never the only factor (S46).

A code is 16 characters of Crockford's base32, 80 random bits, so its SHA-256 is safe to store. It reads well on paper:
no I, L, O or U, and who types one of those gets what they meant.
"""

import hashlib
import unicodedata

from idp.records.ports import Entropy

CODES = 10
FEW = 3
"""With so many left, or fewer, their owner is told to make new ones."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 16
_GROUP = 4
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_codes(entropy: Entropy) -> tuple[str, ...]:
    """Ten codes that differ, in groups of four: `7K3F-92QD-M0XA-5T8W`."""
    codes: dict[str, None] = {}
    while len(codes) < CODES:
        codes[_new_code(entropy)] = None
    return tuple(codes)


def canonical_code(text: str) -> str:
    """A code as it is compared: without spaces and hyphens, in capitals."""
    letters = unicodedata.normalize("NFKC", text[:128]).upper().translate(_MEANT)
    return "".join(letter for letter in letters if letter.isalnum())


def looks_like_backup_code(text: str) -> bool:
    """Whether a text may be such a code: pages have one field for it and for an app's code."""
    code = canonical_code(text)
    return len(code) == _LENGTH and set(code) <= set(_ALPHABET)


def digest_of_code(text: str) -> bytes:
    """What is stored of a code, however it is typed."""
    return hashlib.sha256(canonical_code(text).encode()).digest()


def _new_code(entropy: Entropy) -> str:
    number = int.from_bytes(entropy.token_bytes(_LENGTH * 5 // 8), "big")
    letters = [_ALPHABET[(number >> (5 * place)) & 31] for place in range(_LENGTH)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, _LENGTH, _GROUP))
