"""Resource servers: the APIs that accept our access tokens, and what these tokens are like for each of them."""

from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting

TokenAlgorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource server: an API that accepts our access tokens (RFC 8707, RFC 9068)."""

    identifier: str = setting("Absolute URI: the `aud` of its tokens.", example="https://api.example.com")
    scopes: tuple[str, ...] = setting("Scopes it understands.", default=())
    default: bool = setting("Meant when a request names no resource.", default=False)
    name: str = setting("What people call it; empty for its identifier.", default="")
    client: str = setting(
        "Client ID of its own service account, which may introspect and exchange tokens for it; empty for none.",
        default="",
    )
    token_format: Literal["jwt", "opaque"] = setting(
        '"jwt" can be checked by itself until it expires, "opaque" only by asking us (introspection).',
        default="jwt",
    )
    token_lifetime_seconds: int = setting(
        "Life of its access tokens; 0 as [tokens] has it.", within=(0, 86_400), default=0
    )
    signing_algorithm: Literal["", "RS256", "PS256", "ES256", "EdDSA"] = setting(
        "Signs its JWT access tokens; empty as [keys] has it.", default=""
    )
