"""Scopes: RFC 6749 §3.3, OpenID Connect Core §5.4 and §11."""

import re

OPENID, OFFLINE_ACCESS = "openid", "offline_access"
CLAIM_SCOPES = ("profile", "email", "address", "phone")
STANDARD_SCOPES = frozenset((OPENID, OFFLINE_ACCESS, *CLAIM_SCOPES))

# scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


def is_well_formed(value: str) -> bool:
    """Whether `value` is a scope of §3.3. Runs and edges of spaces are not."""
    return _SCOPE.fullmatch(value) is not None


def scopes_of(value: str) -> tuple[str, ...]:
    """The scope's tokens, each once, in their order."""
    return tuple(dict.fromkeys(value.split(" "))) if value else ()


def scope_of(scopes: tuple[str, ...] | frozenset[str]) -> str:
    return " ".join(scopes if isinstance(scopes, tuple) else sorted(scopes))
