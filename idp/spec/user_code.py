"""User codes: what a person copies from a device, RFC 8628 §6.1. Short, so their tries are counted.

Eight letters of the twenty that make no words and are hard to confuse: 2.56 · 10¹⁰ codes, shown as `WDJB-MJHT`.
"""

import re

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
LONGEST_TYPED = 40
"""Nothing longer is looked at, nor repeated on a page."""

# Hyphens and dashes of every kind, for phones replace what is typed.
_BETWEEN = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212\u200b.,_/]+")
_SHAPE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def make_user_code(random: bytes) -> str:
    """A code of at least 16 random bytes: what is left of a division by 20⁸ is even to one part in 10²⁸."""
    number, letters = int.from_bytes(random, "big"), []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def shown(code: str) -> str:
    """As a device shows it and a person compares it.

    >>> shown("WDJBMJHT")
    'WDJB-MJHT'
    """
    return f"{code[:4]}-{code[4:]}"


def read_user_code(typed: str) -> str | None:
    """The code that was typed, in small letters or with spaces as it may be; None if it can't be one of ours.

    >>> read_user_code(" wdjb mjht ")
    'WDJBMJHT'
    """
    if len(typed) > LONGEST_TYPED:
        return None
    letters = _BETWEEN.sub("", typed)
    # Of other scripts `upper` would make letters of ours.
    code = letters.upper() if letters.isascii() else ""
    return code if _SHAPE.fullmatch(code) else None
