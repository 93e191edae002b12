"""The settings of dynamic registration: who may register clients over the network, and of what kind."""

from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareIssuer:
    """Somebody whose word on a piece of software counts more than that of the software itself (RFC 7591 §2.3)."""

    issuer: str = setting("The `iss` of its software statements.", example="https://software.example.com")
    jwks_uri: str = setting(
        "Where its keys are; empty where `jwks` holds them.", example="https://software.example.com/jwks"
    )
    jwks: str = setting("Its keys, a JWK set as JSON, instead.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`docs/registration.md` explains it."""

    mode: Literal["off", "token", "open"] = setting(
        'Who may register clients at /register: nobody, who holds a token of yours ("idp client token create"),'
        " or anybody.",
        default="off",
    )
    scopes: tuple[str, ...] = setting(
        "Scopes that such a client may have; it gets all of them unless it asks for fewer.",
        default=("openid", "profile", "email", "address", "phone", "offline_access"),
    )
    grant_types: tuple[
        Literal[
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        ...,
    ] = setting("Grant types that it may have.", default=("authorization_code", "refresh_token", "implicit"))
    response_types: tuple[str, ...] = setting(
        "Response types that it may have; empty for all that [exceptions] allows.", default=()
    )
    auth_methods: tuple[
        Literal[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "tls_client_auth",
            "self_signed_tls_client_auth",
            "none",
        ],
        ...,
    ] = setting(
        "Ways in which it may authenticate.",
        default=("client_secret_basic", "client_secret_post", "private_key_jwt", "none"),
    )
    redirect_uris: int = setting("Most redirect URIs of one client.", within=(1, 50), default=10)
    require_pkce: bool = setting(
        "false lets confidential clients that registered themselves go without PKCE, where exceptions.require_pkce"
        " is false too.",
        default=True,
    )
    network_per_hour: int = setting(
        "Clients that one network may register in any hour without a token, and changes to such clients.",
        within=(1, 1_000_000),
        default=20,
    )
    most_unused: int = setting(
        "Most clients that registered without a token and that nobody has used yet; then others have to wait.",
        within=(1, 100_000),
        default=1_000,
    )
    unused_days: int = setting(
        "A client that registered without a token and that nobody uses is forgotten after this long.",
        within=(1, 3_650),
        default=7,
    )
    software_issuers: tuple[SoftwareIssuer, ...] = setting("Who may sign software statements.", default=())
