"""What certification and old applications need beyond OAuth 2.1. Every key is off, and relaxes one requirement."""

from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """Each needs the client's consent too, in its metadata; `docs/exceptions.md` is generated from `EXCEPTIONS`."""

    require_pkce: bool = setting(
        "false lets confidential clients go without PKCE whose metadata says require_pkce = false.",
        default=True,
    )
    legacy_response_types: bool = setting(
        "true allows implicit and hybrid response types to clients that registered them.", default=False
    )
    allow_unsigned: bool = setting(
        "true allows unsigned ID tokens and request objects (alg none) to clients that registered them.",
        default=False,
    )
    assertion_audiences: tuple[Literal["issuer", "endpoint"], ...] = setting(
        'Whom a client\'s assertion may name as its audience: the issuer, or also the "endpoint" that it is sent to.',
        default=("issuer",),
    )
    fetch_private_networks: tuple[str, ...] = setting(
        "Networks (CIDR) that are not public, and from which clients' documents are fetched all the same.",
        default=(),
    )
