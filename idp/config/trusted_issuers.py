"""Whose JWTs count here beside our own: at token exchange, and at the JWT bearer grant (RFC 7523 §2.1).

`docs/token-exchange.md` explains it.
"""

from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    issuer: str = setting("The `iss` of its JWTs.", example="https://ci.example.com")
    jwks_uri: str = setting("Where its keys are.", example="https://ci.example.com/jwks")
    algorithms: tuple[Literal["RS256", "PS256", "ES256", "EdDSA"], ...] = setting(
        "What it signs with.", default=("RS256", "ES256")
    )
    audiences: tuple[str, ...] = setting(
        "What their `aud` has to name, one of these; empty for our issuer or token endpoint.", default=()
    )
    subject: Literal["sub", "customer_id", "email", "service"] = setting(
        'Whom they mean: a customer by our own `sub`, by customer ID, or by primary e-mail address ("email" takes the'
        " claims `email` and `email_verified`), or always `service`.",
        default="sub",
    )
    subject_claim: str = setting('Claim that says it, for "sub" and "customer_id".', default="sub")
    service: str = setting('Client ID that they stand for, where `subject` is "service".', default="")
    scopes: tuple[str, ...] = setting("Most scopes that they stand for.", default=())
    clients: tuple[str, ...] = setting(
        "Client IDs of those who may use them with the JWT bearer grant.", default=()
    )
    lifetime_seconds: int = setting(
        "Longest life that such a JWT may have, and longest of what is issued for it.",
        within=(1, 86_400),
        default=3_600,
    )
