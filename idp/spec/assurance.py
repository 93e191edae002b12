"""Authentication context and methods: OpenID Connect Core §2 (`acr`, `amr`), RFC 8176.

Neither value ever overstates what was proven.
"""

from enum import StrEnum


class Amr(StrEnum):
    """Values of the IANA registry (RFC 8176)."""

    PASSWORD = "pwd"


class Acr(StrEnum):
    """`0` is no confidence (ISO/IEC 29115, as in Core §2: a long-lived cookie); `1` is one factor, freshly proven."""

    NONE = "0"
    SINGLE_FACTOR = "1"


ACR_VALUES_SUPPORTED = (Acr.SINGLE_FACTOR.value,)


def acr_of(amr: tuple[str, ...]) -> str:
    """The rung that a sign-in with these methods reached."""
    return Acr.SINGLE_FACTOR if Amr.PASSWORD in amr else Acr.NONE
