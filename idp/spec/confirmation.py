"""Which key a token is bound to: the `cnf` claim, RFC 7800 §3.1, RFC 9449 §6.1 and RFC 8705 §3.1."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """`jkt` is the SHA-256 thumbprint of a DPoP key, `x5t_s256` that of a client's certificate, both base64url. At
    most one is set; with neither, whoever has the token may use it.
    """

    jkt: str = ""
    x5t_s256: str = ""

    def __bool__(self) -> bool:
        return bool(self.jkt or self.x5t_s256)

    @property
    def token_type(self) -> str:
        """`token_type` of a bound access token: DPoP has its own (RFC 9449 §5), a certificate none (RFC 8705 §3)."""
        return "DPoP" if self.jkt else "Bearer"

    def claim(self) -> dict[str, str]:
        """The members of `cnf`; none where nothing is bound."""
        if self.jkt:
            return {"jkt": self.jkt}
        return {"x5t#S256": self.x5t_s256} if self.x5t_s256 else {}

    def text(self) -> str:
        """As it is stored: JSON, or empty."""
        return json.dumps(self.claim(), separators=(",", ":")) if self else ""


UNBOUND = Confirmation()


def confirmation_of(claims: Mapping[str, Any]) -> Confirmation:
    """What the claims of a token say. A `cnf` of another kind counts as one that nobody meets."""
    confirmation = claims.get("cnf")
    if confirmation is None:
        return UNBOUND
    members = confirmation if isinstance(confirmation, Mapping) else {}
    jkt, x5t_s256 = members.get("jkt"), members.get("x5t#S256")
    if isinstance(jkt, str) and jkt:
        return Confirmation(jkt=jkt)
    # "?" is the thumbprint of nothing.
    return Confirmation(x5t_s256=x5t_s256 if isinstance(x5t_s256, str) and x5t_s256 else "?")


@lru_cache(maxsize=1_024)
def read_confirmation(text: str) -> Confirmation:
    """What `Confirmation.text` stored."""
    return confirmation_of({"cnf": json.loads(text)}) if text else UNBOUND
