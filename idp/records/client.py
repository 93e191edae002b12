"""An OAuth client as the endpoints see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

from idp.spec.visible_text import is_plain_name

ClientId = NewType("ClientId", str)

OPEN = "open"
"""Who registered a client that registered itself without any token."""
OWNER = "owner"
"""Who turned a service account off that its owner may turn on again."""
LOCALIZED = ("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri")
"""What people read or follow, and may be told in their language: OpenID Connect Registration §2.1."""


class ApplicationType(StrEnum):
    WEB = "web"
    NATIVE = "native"


class RefreshPolicy(StrEnum):
    """When a code yields a refresh token: only with `offline_access`, or for as long as the session lives too."""

    OFFLINE = "offline"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    secret_id: str
    digest: bytes
    created_at: int
    expires_at: int | None
    sealed: bytes | None = field(default=None, repr=False)
    root_key_id: str | None = None

    def is_alive(self, now: int) -> bool:
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The customer whose service account a client is. `sub` and `customer_id` are what APIs know the customer by."""

    sub: str
    customer_id: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Registered metadata, in the names of RFC 7591 and OpenID Connect Registration where they have one.

    `scopes` are the only ones it may ask for. `resources` are the audiences it may ask for beyond the default;
    `is_first_party` skips consent; `may_introspect` makes it a resource server that may introspect (RFC 7662).
    `minimum_acr` is the least rung that its sign-ins reach, whatever it asks for; `asks_new_browsers` never lets habits
    speak for a browser that is not known. `localized` are members in other languages by their whole name, such as
    `client_name#fr` (BCP 47). `require_pkce` is False for who may go without, where the configuration lets a
    confidential client do so. `registered_by` says who registered it: an operator where it is empty, the holder of the
    initial access token of this identifier, or anybody (`OPEN`). `owner_id` is the customer account whose service
    account it is, None for everybody else's clients; `used_at` is when such a one last got a token, and `disabled_by`
    says whether its owner turned it off (`OWNER`). `owner` is known where a client was looked for by its identifier.
    `assertion_audiences`, `require_*` and `*_bound_*` only ever ask for more than the configuration does.
    """

    client_id: ClientId
    client_name: str
    localized: Mapping[str, str] = field(default_factory=dict)
    application_type: ApplicationType = ApplicationType.WEB
    token_endpoint_auth_method: str = "client_secret_basic"
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    response_types: frozenset[str] = frozenset({"code"})
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    initiate_login_uri: str = ""
    client_uri: str = ""
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""
    contacts: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    is_first_party: bool = False
    may_introspect: bool = False
    refresh: RefreshPolicy = RefreshPolicy.OFFLINE
    require_pkce: bool = True
    subject_type: str = "public"
    sector_identifier_uri: str = ""
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str = ""
    token_endpoint_auth_signing_alg: str = ""
    id_token_signed_response_alg: str = ""
    id_token_encrypted_response_alg: str = ""
    id_token_encrypted_response_enc: str = ""
    userinfo_signed_response_alg: str = ""
    userinfo_encrypted_response_alg: str = ""
    userinfo_encrypted_response_enc: str = ""
    request_object_signing_alg: str = ""
    request_object_encryption_alg: str = ""
    request_object_encryption_enc: str = ""
    request_uris: tuple[str, ...] = ()
    frontchannel_logout_uri: str = ""
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    software_id: str = ""
    software_version: str = ""
    software_statement: str = ""
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    minimum_acr: str = ""
    asks_new_browsers: bool = False
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    tls_client_auth_subject_dn: str = ""
    tls_client_auth_san_dns: str = ""
    tls_client_auth_san_uri: str = ""
    tls_client_auth_san_ip: str = ""
    tls_client_auth_san_email: str = ""
    introspection_signed_response_alg: str = ""
    introspection_encrypted_response_alg: str = ""
    introspection_encrypted_response_enc: str = ""
    assertion_audiences: str = ""
    requests_per_minute: int | None = None
    is_demo: bool = False
    secrets: tuple[ClientSecret, ...] = ()
    created_at: int = 0
    updated_at: int = 0
    disabled_at: int | None = None
    registered_by: str = ""
    owner_id: str | None = None
    used_at: int | None = None
    disabled_by: str = ""
    owner: Owner | None = None

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == "none"

    @property
    def has_secret(self) -> bool:
        """Whether it authenticates with a secret of ours, rather than with a key of its own or not at all."""
        return self.token_endpoint_auth_method.startswith("client_secret_")

    @property
    def is_usable(self) -> bool:
        """Whether it may do anything: nobody turned it off, nor closed the account that it belongs to."""
        return self.disabled_at is None and (
            self.owner_id is None or (self.owner is not None and self.owner.is_active)
        )

    @property
    def signs_with_secret(self) -> bool:
        """Whether it authenticates with what it signs with its secret, which we therefore have to be able to read."""
        return self.token_endpoint_auth_method == "client_secret_jwt"

    @property
    def is_unverified(self) -> bool:
        """Whether nobody vouches for what it says of itself."""
        return self.registered_by == OPEN

    def name_in(self, locale: str) -> str:
        """Its name in a language, or else its plain name."""
        return self.said("client_name", locale)

    def mailed_name(self, locale: str) -> str:
        """Its name for a mail of ours; its identifier where a stranger chose one that says where to go or to call."""
        name = self.name_in(locale)
        return str(self.client_id) if self.registered_by and not is_plain_name(name) else name

    def said(self, member: str, locale: str) -> str:
        """One of `LOCALIZED` in a language: as it was registered for this very one, for its family, or for a relative;
        or else plainly.
        """
        found = {
            name.partition("#")[2].lower(): value
            for name, value in self.localized.items()
            if name.startswith(f"{member}#")
        }
        family = locale.lower().split("-", maxsplit=1)[0]
        related = (value for tag, value in found.items() if tag.split("-", maxsplit=1)[0] == family)
        plain: str = getattr(self, member)
        return found.get(locale.lower()) or found.get(family) or next(related, plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialToken:
    """Lets its holder register clients (RFC 7591 §3). `policy` are the metadata members that every one of them gets,
    whatever it asks for; `uses_left` is None for any number.
    """

    token_id: str
    digest: bytes
    note: str
    policy: Mapping[str, Any]
    uses_left: int | None
    created_at: int
    expires_at: int
    revoked_at: int | None

    def is_open(self, now: int) -> bool:
        return self.revoked_at is None and now < self.expires_at and self.uses_left != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfRegistered:
    """A client that reads and changes its own registration (RFC 7592), and the digest of the token for that."""

    client: Client
    digest: bytes
