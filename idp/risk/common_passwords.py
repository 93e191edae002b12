"""Passwords that everybody guesses first: the 30,000 commonest of leaked ones, from zxcvbn's list."""

import unicodedata
from functools import lru_cache


def password_is_common(password: str) -> bool:
    """Whether a password is on the list, in upper or lower case."""
    return unicodedata.normalize("NFKC", password).lower() in _common()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 30 ms and 10 MB, for the first password

    return frozenset(FREQUENCY_LISTS["passwords"])
