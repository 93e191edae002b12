"""Every setting, with its default, its meaning and its bounds.

A section of the TOML file is a dataclass here, a key is a field: `reading.py` has no list of its own.
`metadata["doc"]` is the sentence that `config.example.toml` prints above the key; a test compares the two.
Durations are seconds. What depends on a second key, or on more than a number, is in `safety.py`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


def setting(doc: str, *, within: tuple[int, int] | None = None, example: str = "", **kwargs: Any) -> Any:
    """A dataclass field that carries the sentence which documents it.

    `within` are a number's inclusive bounds; `example` stands in `config.example.toml` where there is no default.
    """
    return field(metadata={"doc": doc, "within": within, "example": example}, **kwargs)


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
class Login:
    interaction_seconds: int = setting(
        "How long a sign-in page may wait.", within=(3_600, 86_400), default=3_600
    )
    free_tries: int = setting("Wrong passwords before the first delay.", within=(1, 1_000), default=5)
    account_delay_cap_seconds: int = setting(
        "Longest delay for one account in browsers it has not used.", within=(1, 3_600), default=45
    )
    network_delay_cap_seconds: int = setting(
        "Longest delay for one address or network.", within=(1, 86_400), default=900
    )
    address_free_tries: int = setting(
        "Failures of one address before its first delay.", within=(1, 1_000_000), default=20
    )
    network_free_tries: int = setting(
        "Failures of one network (/24 or /48) before its first delay.", within=(1, 1_000_000), default=100
    )
    enrolment_link_seconds: int = setting(
        "Life of a staff enrolment link.", within=(60, 604_800), default=86_400
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What a sign-in with the right password owes besides, where two-factor authentication is off.

    The policy: `docs/risk.md` says how a decision is made from it. Ratios are in decibels: 10 is ten times likelier an
    attacker than the owner, -20 a hundred times likelier the owner.
    """

    mode: Literal["on", "observe"] = setting(
        '"observe" decides and records, and asks for nothing: to watch a policy before it counts.',
        default="on",
    )
    threshold: int = setting(
        "Ratio from which a browser without cookie has to show a code. Lower asks more.",
        within=(-100, 100),
        default=-20,
    )
    step_up_excess: int = setting(
        "So far above the threshold, the customer's own device is asked for, where there is one.",
        within=(0, 200),
        default=40,
    )
    naive_percent: int = setting(
        "Share of attackers who try from anywhere. The four shares make 100.", within=(1, 97), default=60
    )
    vpn_percent: int = setting(
        "Share of attackers who come from the owner's country.", within=(1, 97), default=25
    )
    targeted_percent: int = setting(
        "Share of attackers who use the owner's provider and a likely browser too.",
        within=(1, 97),
        default=12,
    )
    very_targeted_percent: int = setting(
        "Share of attackers who use the very same browser version besides.", within=(1, 97), default=3
    )
    least_history: int = setting(
        "A customer with fewer sign-ins needs a known browser or a code.", within=(1, 100), default=3
    )
    least_sign_ins: int = setting(
        "Until so many sign-ins of all customers, every unknown browser needs a code.",
        within=(0, 10_000_000),
        default=1_000,
    )
    dormant_days: int = setting(
        "An account that was not used for this long needs a code even in a known browser.",
        within=(1, 3_650),
        default=180,
    )
    travel_kmh: int = setting("Speed that nobody travels with.", within=(100, 99_999), default=1_000)
    travel_km: int = setting("Distance below which speed says nothing.", within=(1, 20_000), default=500)
    network_failures: int = setting(
        "Wrong passwords of one network (/24 or /48) in ten minutes, from which unknown browsers there wait once.",
        within=(1, 1_000_000),
        default=200,
    )
    delay_seconds: int = setting("How long they wait.", within=(1, 60), default=20)
    campaign_failures: int = setting(
        "Wrong passwords of one AS number in an hour, from which it may be a campaign.",
        within=(1, 1_000_000),
        default=200,
    )
    campaign_factor: int = setting(
        "It is one if this many times more of its attempts fail than in the week before.",
        within=(2, 1_000),
        default=5,
    )
    denied_networks: tuple[str, ...] = setting(
        "Networks (CIDR) from which nobody signs in, not even with the right password.", default=()
    )
    hosting_networks: str = setting(
        "File with a network (CIDR) on each line: data centres, VPN and Tor exits. Where a customer was never before,"
        " they need a code.",
        default="",
    )
    country_database: str = setting(
        "MMDB file with countries; empty uses the registries' data that come along.", default=""
    )
    asn_database: str = setting("MMDB file with AS numbers; empty does without.", default="")
    city_database: str = setting(
        "MMDB file with cities and coordinates; empty does without. Its countries come first.", default=""
    )
    data_days: int = setting("Address data that are older are old.", within=(1, 3_650), default=60)
    old_data_penalty: int = setting(
        "What old data add to the ratio of a place that only they call usual.", within=(0, 100), default=10
    )
    keep_days: int = setting("How long decisions are kept.", within=(1, 3_650), default=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Codes that we send: by mail after a risky sign-in, by SMS as a factor, to addresses that have to be proven."""

    alphabet: Literal["digits", "letters"] = setting(
        'Eight "digits", or eight "letters" (twenty consonants): harder to guess, slower to type.',
        default="digits",
    )
    lifetime_seconds: int = setting("Life of a code.", within=(60, 600), default=600)
    tries: int = setting("Guesses for each challenge, over all its codes.", within=(1, 10), default=5)
    resend_seconds: int = setting("Time between two codes of a challenge.", within=(10, 600), default=30)
    sends: int = setting("Codes for each challenge.", within=(1, 20), default=5)
    network_sends: int = setting(
        "Codes that one network may have sent to one account before it has to wait.",
        within=(1, 1_000_000),
        default=5,
    )
    account_sends: int = setting(
        "Codes that networks which an account has not used may have sent to it before they have to wait; networks"
        " that it has used have as many for themselves.",
        within=(1, 1_000_000),
        default=10,
    )
    send_delay_cap_seconds: int = setting("Longest such wait.", within=(1, 3_600), default=45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    required_groups: tuple[str, ...] = setting(
        "Groups whose members have to use two-factor authentication; a role is a group too.",
        default=("support", "administrator"),
    )
    recent_seconds: int = setting(
        "How long ago somebody who changes their security may have proven who they are.",
        within=(60, 3_600),
        default=300,
    )
    setup_seconds: int = setting("Time to set up a factor.", within=(300, 3_600), default=1_800)
    trust_days: int = setting(
        'Offer "don’t ask for my second factor here" for this many days; 0 does not offer it.',
        within=(0, 90),
        default=0,
    )
    sms_url: str = setting(
        "Gateway that sends SMS: it is posted JSON with `to` and `text`. Empty turns SMS off.", default=""
    )
    sms_authorization: str = setting("Authorization header for the gateway.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    minimum_length: int = setting("Fewest characters (code points after NFKC).", within=(8, 64), default=12)
    time_cost: int = setting(
        "Argon2id passes, at least 2 (1 on a loopback issuer).", within=(1, 100), default=2
    )
    memory_cost_kib: int = setting(
        "Argon2id memory, at least 19456 (8 for each lane on a loopback issuer).",
        within=(8, 4_194_304),
        default=19_456,
    )
    parallelism: int = setting("Argon2id lanes.", within=(1, 64), default=1)
    threads: int = setting("Hashes at once; 0 means one for each processor.", within=(0, 256), default=0)
    queue: int = setting(
        "Hashes that may wait; past it people are asked to retry.", within=(0, 10_000), default=64
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerId:
    suffix: str = setting("Ends every customer ID.", default="-ovh")
    digits: int = setting("Fewest digits of a new customer ID.", within=(5, 12), default=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPhone:
    country: str = setting('Country code, or "*" for calls from abroad.', example="FR")
    number: str = setting("Number as people dial it.", example="+33 1 99 00 00 00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    name: str = setting("Name at the top of every page.", default="Demo Hosting")
    accent: str = setting("Accent colour, light theme.", default="#1b3fa0")
    accent_dark: str = setting("Accent colour, dark theme.", default="#9db7ff")
    logo: str = setting("Path of a logo (SVG or PNG) instead of the wordmark.", default="")
    help_url: str = setting("Help link in the footer.", default="")
    legal_url: str = setting("Legal notice in the footer.", default="")
    privacy_url: str = setting("Privacy notice in the footer.", default="")
    support_phones: tuple[SupportPhone, ...] = setting("Support numbers.", default=())
    home_client: str = setting("Client to go to when a page was opened without an application.", default="")
    templates: str = setting("Folder whose templates override ours.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    default: str = setting("Language when nothing else decides.", default="en")
    offered: tuple[str, ...] = setting("Languages offered.", default=("en", "fr"))


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
class Resource:
    """A resource server: an API that accepts our access tokens (RFC 8707, RFC 9068)."""

    identifier: str = setting("Absolute URI: the `aud` of its tokens.", example="https://api.example.com")
    scopes: tuple[str, ...] = setting("Scopes it understands.", default=())
    default: bool = setting("Meant when a request names no resource.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. `issuer` is the origin, without a trailing slash."""

    issuer: str = setting("Our own URL, as everybody sees it.", example="https://login.example.com")
    server: Server = field(default_factory=Server)
    database: Database = field(default_factory=Database)
    keys: Keys = field(default_factory=Keys)
    tokens: Tokens = field(default_factory=Tokens)
    session: Session = field(default_factory=Session)
    login: Login = field(default_factory=Login)
    risk: Risk = field(default_factory=Risk)
    code: Code = field(default_factory=Code)
    factors: Factors = field(default_factory=Factors)
    password: Password = field(default_factory=Password)
    customer_id: CustomerId = field(default_factory=CustomerId)
    brand: Brand = field(default_factory=Brand)
    language: Language = field(default_factory=Language)
    mail: Mail = field(default_factory=Mail)
    metrics: Metrics = field(default_factory=Metrics)
    log: Log = field(default_factory=Log)
    resources: tuple[Resource, ...] = setting("APIs that accept our access tokens.", default=())

    @property
    def is_https(self) -> bool:
        """Whether cookies can be Secure: everything but a plain-http loopback issuer."""
        return self.issuer.startswith("https://")
