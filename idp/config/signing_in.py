"""The settings of signing in: limits, the risk policy, codes, factors, passwords."""

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from idp.config.origin import as_address
from idp.config.setting import setting


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
    unthrottled_networks: tuple[str, ...] = setting(
        "Networks (CIDR) of a test suite: nothing is counted by their addresses. Accounts keep their own counts.",
        default=(),
    )

    def is_unthrottled(self, address: str) -> bool:
        """Whether `address` lies in one of them."""
        parsed = as_address(address) if self.unthrottled_networks else None
        return parsed is not None and any(parsed in each for each in _networks(self.unthrottled_networks))


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
    observed_accounts: tuple[str, ...] = setting(
        "Customer IDs of test accounts about which is decided and recorded, and which are asked for nothing: whoever"
        " knows their password is in.",
        default=(),
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

    @property
    def is_numeric(self) -> bool:
        """Whether codes are typed on a keypad."""
        return self.alphabet == "digits"


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
    minimum_length_with_factor: int = setting(
        "Fewest characters where a group enforces a second factor.", within=(8, 64), default=8
    )
    breach_url: str = setting(
        "Service that answers which passwords were stolen, by the first five digits of their SHA-1"
        ' (k-anonymity), such as "https://api.example.com/range/"; empty asks nobody.',
        default="",
    )
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


@cache
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)
