"""Settings that are well formed and still must not serve: unsafe ones refuse the start, doubtful ones warn.

A rule looks at the whole configuration and yields findings. Whatever needs more than the configuration is
elsewhere: files and modes in `idp doctor`, demo data under `idp serve` in the database.
"""

from collections.abc import Callable, Iterator

from idp.config import (
    certifying,
    delegating,
    exchanging,
    identity,
    lifetimes,
    network,
    presentation,
    publishing,
    registering,
    risk,
    strictness,
)
from idp.config.finding import Finding
from idp.config.settings import Settings

Rule = Callable[[Settings], Iterator[Finding]]

UNSAFE: tuple[Rule, ...] = (
    network.issuer,
    network.hosts,
    network.trusted_proxies,
    network.database,
    network.mail,
    network.sms,
    network.breaches,
    network.metrics,
    identity.hashing,
    identity.customer_ids,
    identity.resources,
    identity.key_folder,
    registering.offer,
    registering.software_issuers,
    certifying.header,
    certifying.origin,
    exchanging.exchanges,
    exchanging.trusted_issuers,
    registering.service_accounts,
    delegating.offered,
    lifetimes.sessions,
    lifetimes.tokens,
    lifetimes.resource_tokens,
    lifetimes.key_rotation,
    risk.attackers,
    risk.denied_networks,
    presentation.names,
    presentation.colours,
    presentation.links,
    presentation.phones,
    presentation.brands,
    presentation.subsidiaries,
    presentation.languages,
    publishing.addresses,
    publishing.domains,
    strictness.audiences,
    strictness.networks,
    strictness.test_accounts,
    strictness.strict,
)

DOUBTFUL: tuple[Rule, ...] = (
    network.unseen_visitors,
    network.open_listener,
    network.plain_database,
    network.open_metrics,
    network.no_mail,
    certifying.many_proxies,
    certifying.authorities,
    registering.anybody,
    exchanging.idle,
    lifetimes.staff,
    strictness.exceptions,
    risk.observing,
    risk.databases,
    risk.hosting_networks,
)


def unsafe(settings: Settings) -> list[Finding]:
    """What must change before `idp serve` starts."""
    return [finding for rule in UNSAFE for finding in rule(settings)]


def doubtful(settings: Settings) -> list[Finding]:
    """What works, and is rarely meant."""
    return [finding for rule in DOUBTFUL for finding in rule(settings)]
