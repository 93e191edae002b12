"""Codes that we send: eight characters, made, written, read and compared. By mail, by SMS, and to new addresses.

At rest there is an HMAC, bound to its challenge, so that a copy of the database can't be searched for the code and no
row's digest serves another. Comparing is pure; a guess is spent before, and the challenge is redeemed after, by
whoever asked (`store/challenges.py`).
"""

import hmac
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from idp.records.factor import Challenge
from idp.records.ports import Entropy
from idp.signing.secrets import Purpose, Secret, Secrets, UnknownSecret

Alphabet = Literal["digits", "letters"]

LENGTH = 8
_HALF = LENGTH // 2
LONGEST_TYPED = 64
# RFC 8628 §6.1: consonants, so that no word comes of it; none is taken for a digit.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_SYMBOLS: dict[str, str] = {"digits": "0123456789", "letters": _LETTERS}
_RANDOM_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code of one challenge. `text` is as people read it; the rest is stored."""

    challenge_id: str
    text: str = field(repr=False)
    digest: bytes
    key_id: str


def make_code(entropy: Entropy, secret: Secret, *, challenge_id: str, alphabet: Alphabet) -> NewCode:
    """A new code. A challenge keeps its secret (`secret_for`), since its last two codes are valid."""
    symbols = _SYMBOLS[alphabet]
    number = int.from_bytes(entropy.token_bytes(_RANDOM_BYTES), "big")
    # 128 bits for at most 35: the remainder is uneven by no more than 2 to the power of -93.
    code = "".join(symbols[number // len(symbols) ** place % len(symbols)] for place in range(LENGTH))
    return NewCode(
        challenge_id=challenge_id,
        text=grouped(code),
        digest=_digest(secret, challenge_id, code),
        key_id=secret.secret_id,
    )


def grouped(code: str) -> str:
    """`1234 5678`, or `BCDF-GHJK`."""
    return f"{code[:_HALF]}{' ' if code.isdecimal() else '-'}{code[_HALF:]}"


def canonical_code(text: str) -> str:
    """A code as it is compared, however it was typed or pasted: without spaces and dashes, in capitals, with the digits
    of other scripts as ours.
    """
    folded = unicodedata.normalize("NFKC", text[:LONGEST_TYPED]).upper()
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in folded if letter.isalnum())


def looks_like_code(text: str) -> bool:
    """Whether a text may be a code of either alphabet. If not, it is no guess and costs no try."""
    code = canonical_code(text)
    return len(code) == LENGTH and any(set(code) <= set(symbols) for symbols in _SYMBOLS.values())


async def secret_for(secrets: Secrets, challenge: Challenge | None, *, now: int) -> Secret:
    """What keys the next code of a challenge: its own secret, or the newest for a new challenge."""
    if challenge is None:
        return secrets.newest(Purpose.CODE)
    try:
        return await secrets.get(challenge.key_id, now=now)
    except UnknownSecret:
        return secrets.newest(Purpose.CODE)


async def is_right(secrets: Secrets, challenge: Challenge, typed: str, *, now: int) -> bool:
    """Whether a text is one of the challenge's last two codes. Spend a guess before (`SPEND_GUESS`)."""
    try:
        secret = await secrets.get(challenge.key_id, now=now)
    except UnknownSecret:
        return False
    given = _digest(secret, challenge.challenge_id, canonical_code(typed))
    return matches(challenge, given, now=now)


def matches(challenge: Challenge, given: bytes, *, now: int) -> bool:
    """Whether a digest is one of the two. Both are compared, in constant time, whatever the first says."""
    is_newest = hmac.compare_digest(challenge.digest, given)
    is_former = hmac.compare_digest(challenge.former_digest or b"", given)
    has_former = challenge.former_digest is not None and now < (challenge.former_until or 0)
    return is_newest or (is_former and has_former)


def _digest(secret: Secret, challenge_id: str, code: str) -> bytes:
    return hmac.digest(secret.value, f"{challenge_id}\n{code}".encode(), "sha256")
