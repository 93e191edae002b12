"""Every setting, with its default, its meaning and its bounds.

A section of the TOML file is a dataclass here, in `brands.py`, `signing_in.py` or `ways_back.py`, a key is a field:
`reading.py` has no list of its own.
`metadata["doc"]` is the sentence that `config.example.toml` prints above the key; a test compares the two.
Durations are seconds. What depends on a second key, or on more than a number, is in `safety.py`.
"""

from dataclasses import dataclass, field
from typing import Literal

from idp.config.brands import Brand, OtherBrand, Subsidiary, SupportPhone
from idp.config.delegation import Delegation
from idp.config.device_authorization import DeviceAuthorization
from idp.config.discovery import Discovery
from idp.config.dpop import Dpop
from idp.config.exceptions import Exceptions
from idp.config.exchanges import Exchange
from idp.config.limits import Limits
from idp.config.mtls import MutualTls
from idp.config.registration import Registration
from idp.config.requests import Requests
from idp.config.resources import Resource, TokenAlgorithm
from idp.config.service_accounts import ServiceAccounts
from idp.config.setting import setting
from idp.config.signing_in import Code, Factors, Login, Password, Risk
from idp.config.trusted_issuers import TrustedIssuer
from idp.config.ways_back import Recovery, SignUp, Support

__all__ = [
    "Brand",
    "Code",
    "CustomerId",
    "Database",
    "Delegation",
    "DeviceAuthorization",
    "Discovery",
    "Dpop",
    "Exceptions",
    "Exchange",
    "Factors",
    "Keys",
    "Language",
    "Limits",
    "Log",
    "Login",
    "Mail",
    "Metrics",
    "MutualTls",
    "OtherBrand",
    "Password",
    "Recovery",
    "Registration",
    "Requests",
    "Resource",
    "Risk",
    "Server",
    "ServiceAccounts",
    "Session",
    "Settings",
    "SignUp",
    "Subsidiary",
    "Support",
    "SupportPhone",
    "Tokens",
    "TrustedIssuer",
    "setting",
]

CUSTOMERS_READ = "customers:read"
"""The scope of our own API: the names and customer IDs of customers, for services that print them."""
SERVICE_ACCOUNTS_MANAGE = "service_accounts:manage"
"""The other one: a customer's own service accounts, for programs that the customer lets do that."""

DELEGATIONS_READ = "delegations:read"
"""The scope of our own API: for whom the person behind an access token may act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str = setting("Address to listen on.", default="127.0.0.1")
    port: int = setting("Port to listen on.", within=(1, 65_535), default=8000)
    workers: int = setting("Serving processes; more than one needs PostgreSQL.", within=(1, 256), default=1)
    hosts: tuple[str, ...] = setting(
        "Host names that requests may carry, besides the issuer's own. No wildcards.", default=()
    )
    trusted_proxies: tuple[str, ...] = setting(
        "Networks (CIDR) whose X-Forwarded-For and X-Forwarded-Proto are believed.", default=()
    )
    body_limit_bytes: int = setting("Largest request body.", within=(1_024, 10_485_760), default=65_536)
    header_limit_bytes: int = setting(
        "Largest request line and headers together.", within=(4_096, 1_048_576), default=32_768
    )
    header_deadline_seconds: int = setting(
        "Time for a client to send its headers.", within=(1, 60), default=10
    )
    body_deadline_seconds: int = setting("Time for a client to send its body.", within=(1, 300), default=15)
    drain_seconds: int = setting(
        "Time that open requests get to finish after SIGTERM.", within=(0, 600), default=20
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    url: str = setting(
        'Where everything is stored: "sqlite:///data/idp.db" or "postgresql://user@host/name".',
        default="sqlite:///data/idp.db",
    )
    pool_size: int = setting("PostgreSQL connections per worker.", within=(1, 1_000), default=8)
    statement_timeout_seconds: int = setting("Longest statement on PostgreSQL.", within=(1, 300), default=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    directory: str = setting("Folder of the root keys, mode 0700.", default="keys")
    rotation_days: int = setting(
        "Age at which a signing key hands over to the next.", within=(1, 3_650), default=90
    )
    jwks_max_age_seconds: int = setting(
        "How long others may cache our JWKS.", within=(0, 86_400), default=3600
    )
    cache_seconds: int = setting(
        "How old a node's copy of the signing keys may be.", within=(0, 300), default=30
    )
    id_token_algorithm: Literal["RS256", "PS256", "ES256", "EdDSA"] = setting(
        "Signs ID tokens, unless the client registered another.", default="RS256"
    )
    access_token_algorithm: Literal["RS256", "PS256", "ES256", "EdDSA"] = setting(
        "Signs JWT access tokens.", default="ES256"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    code_lifetime_seconds: int = setting("Life of an authorization code.", within=(1, 60), default=60)
    access_token_lifetime_seconds: int = setting("Life of an access token.", within=(1, 86_400), default=600)
    id_token_lifetime_seconds: int = setting("Life of an ID token.", within=(1, 86_400), default=600)
    refresh_idle_seconds: int = setting(
        "A refresh token that is not used for this long ends.", within=(60, 315_360_000), default=2_592_000
    )
    refresh_absolute_seconds: int = setting(
        "Longest life of a family.", within=(60, 315_360_000), default=31_536_000
    )
    refresh_grace_seconds: int = setting(
        "A repeated refresh gets the same successor for this long; 0 turns it off.",
        within=(0, 10),
        default=10,
    )
    client_cache_seconds: int = setting(
        "How old a node's copy of a client may be: what a disabled client or a rotated secret"
        " lives on elsewhere.",
        within=(0, 300),
        default=5,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    idle_seconds: int = setting(
        "A session that is not used for this long ends.", within=(60, 31_536_000), default=28_800
    )
    absolute_seconds: int = setting(
        "Longest life of a session, used or not.", within=(60, 31_536_000), default=86_400
    )
    staff_idle_seconds: int = setting("The idle time for staff.", within=(60, 28_800), default=900)
    shared_idle_seconds: int = setting(
        "The idle time on a shared computer.", within=(60, 28_800), default=1_800
    )
    device_days: int = setting(
        "A browser that is not seen for this long is unknown.", within=(1, 3_650), default=180
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerId:
    suffix: str = setting("Ends every customer ID.", default="-ovh")
    digits: int = setting("Fewest digits of a new customer ID.", within=(5, 12), default=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    default: str = setting("Language when nothing else decides.", default="en")
    offered: tuple[str, ...] = setting(
        "Languages offered.", default=("en", "fr", "de", "es", "it", "pl", "pt")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    host: str = setting("SMTP server; empty means that no mail can be sent.", default="")
    port: int = setting("SMTP port.", within=(1, 65_535), default=587)
    security: Literal["starttls", "tls", "none"] = setting('"none" only to loopback.', default="starttls")
    sender: str = setting("From address.", default="")
    user: str = setting("Name to sign in to the SMTP server with; empty for none.", default="")
    password: str = setting("Password for it; better from the environment.", default="")
    second_host: str = setting(
        "SMTP server to use while the first can't be reached; empty for none.", default=""
    )
    second_port: int = setting("Its port.", within=(1, 65_535), default=587)
    second_security: Literal["starttls", "tls", "none"] = setting(
        '"none" only to loopback.', default="starttls"
    )
    second_user: str = setting("Name to sign in to it with; empty for none.", default="")
    second_password: str = setting("Password for it.", default="")
    log_days: int = setting(
        "How long the log of mails and texts is kept; what they said never is.", within=(1, 3_650), default=90
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    host: str = setting("Address of the Prometheus metrics.", default="127.0.0.1")
    port: int = setting("Port of the metrics; 0 turns them off.", within=(0, 65_535), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    level: Literal["debug", "info", "warning", "error"] = setting("Least severe line.", default="info")
    format: Literal["json", "text"] = setting("Shape of a line.", default="json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. `issuer` is the origin, without a trailing slash."""

    issuer: str = setting("Our own URL, as everybody sees it.", example="https://login.example.com")
    profile: Literal["standard", "strict"] = setting(
        '"strict" refuses to start while any of [exceptions], or what spares a test suite, is on.',
        default="standard",
    )
    server: Server = field(default_factory=Server)
    database: Database = field(default_factory=Database)
    keys: Keys = field(default_factory=Keys)
    tokens: Tokens = field(default_factory=Tokens)
    exceptions: Exceptions = field(default_factory=Exceptions)
    requests: Requests = field(default_factory=Requests)
    device_authorization: DeviceAuthorization = field(default_factory=DeviceAuthorization)
    dpop: Dpop = field(default_factory=Dpop)
    mtls: MutualTls = field(default_factory=MutualTls)
    limits: Limits = field(default_factory=Limits)
    discovery: Discovery = field(default_factory=Discovery)
    registration: Registration = field(default_factory=Registration)
    service_accounts: ServiceAccounts = field(default_factory=ServiceAccounts)
    delegation: Delegation = field(default_factory=Delegation)
    session: Session = field(default_factory=Session)
    login: Login = field(default_factory=Login)
    risk: Risk = field(default_factory=Risk)
    code: Code = field(default_factory=Code)
    factors: Factors = field(default_factory=Factors)
    password: Password = field(default_factory=Password)
    sign_up: SignUp = field(default_factory=SignUp)
    recovery: Recovery = field(default_factory=Recovery)
    support: Support = field(default_factory=Support)
    customer_id: CustomerId = field(default_factory=CustomerId)
    brand: Brand = field(default_factory=Brand)
    language: Language = field(default_factory=Language)
    mail: Mail = field(default_factory=Mail)
    metrics: Metrics = field(default_factory=Metrics)
    log: Log = field(default_factory=Log)
    resources: tuple[Resource, ...] = setting("APIs that accept our access tokens.", default=())
    exchanges: tuple[Exchange, ...] = setting("Who may exchange which tokens into what.", default=())
    trusted_issuers: tuple[TrustedIssuer, ...] = setting("Others whose JWTs count here.", default=())
    brands: tuple[OtherBrand, ...] = setting(
        "Brands that take the place of [brand] for some subsidiaries: what is empty is as it is there.",
        default=(),
    )
    subsidiaries: tuple[Subsidiary, ...] = setting(
        "What entry links (/auth/?ovhSubsidiary=FR) mean, beside the built-in ones, or in place of one.",
        default=(),
    )

    @property
    def is_https(self) -> bool:
        """Whether cookies can be Secure: everything but a plain-http loopback issuer."""
        return self.issuer.startswith("https://")

    @property
    def own_api(self) -> Resource:
        """Our own API, which services call with access tokens of ours."""
        own = (SERVICE_ACCOUNTS_MANAGE,) if self.service_accounts.scopes else ()
        acting = (DELEGATIONS_READ,) if self.delegation.enabled else ()
        scopes = (CUSTOMERS_READ, *acting, *own)
        return Resource(identifier=f"{self.issuer}/api/v1", scopes=scopes)

    @property
    def access_token_algorithms(self) -> tuple[TokenAlgorithm, ...]:
        """Every algorithm that access tokens are signed with."""
        asked = (resource.signing_algorithm for resource in self.resources)
        return tuple(dict.fromkeys((self.keys.access_token_algorithm, *(name for name in asked if name))))

    @property
    def longest_access_token_seconds(self) -> int:
        """The longest life of an access token, for whichever API."""
        asked = (resource.token_lifetime_seconds for resource in self.resources)
        return max(self.tokens.access_token_lifetime_seconds, *asked, 0)

    @property
    def every_resource(self) -> tuple[Resource, ...]:
        """Every API that access tokens can be for."""
        return (*self.resources, self.own_api)
