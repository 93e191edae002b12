"""The house: the adapters and the rooms' long-lived objects, opened from settings and closed again.

Commands open it too, so a command and a server are built from the same parts.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from idp.adapters.breaches import HttpBreaches, NoBreaches
from idp.adapters.clock import SystemClock
from idp.adapters.domains import PublishedProofs
from idp.adapters.entropy import SystemEntropy
from idp.adapters.geography import open_geography
from idp.adapters.key_files import load_root_keys
from idp.adapters.outside import OutsideWeb, also_in
from idp.adapters.password_hasher import Argon2PasswordHasher
from idp.adapters.sms import HttpSmsTransport, NoSmsTransport
from idp.adapters.smtp import SmtpTransport, relays_of
from idp.adapters.trust_anchors import load_trust_anchors
from idp.adapters.user_agents import ParsedUserAgents
from idp.clients.keys import ClientKeys
from idp.clients.registry import Clients
from idp.config.settings import Factors, Settings
from idp.events.audit import Audit
from idp.events.keys import key_event
from idp.events.outbox import Outbox
from idp.records.event import Circumstances
from idp.records.ports import (
    Breaches,
    Clock,
    DomainProofs,
    Entropy,
    Geography,
    MailTransport,
    Outside,
    PasswordHasher,
    SmsTransport,
    UserAgents,
)
from idp.risk.engine import RiskEngine
from idp.signing.keyring import Keyring
from idp.signing.reseal import sealed_with
from idp.signing.rotation import rotation_policy
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Secrets, load_secrets
from idp.signing.succession import KeyChange, Succession
from idp.signing.trust_anchors import TrustAnchors
from idp.store.database import Database
from idp.store.opening import create_database
from idp.store.statement import Effect
from idp.web.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    settings: Settings
    clock: Clock
    entropy: Entropy
    database: Database
    root_keys: RootKeys
    trust_anchors: TrustAnchors | None
    secrets: Secrets
    keyring: Keyring
    succession: Succession
    hasher: PasswordHasher
    breaches: Breaches
    clients: Clients
    client_keys: ClientKeys
    audit: Audit
    metrics: Metrics
    outbox: Outbox
    mail: MailTransport
    sms: SmsTransport
    geography: Geography
    user_agents: UserAgents
    domains: DomainProofs
    outside: Outside
    risk: RiskEngine


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    entropy: Entropy | None = None,
    hasher: PasswordHasher | None = None,
    mail: MailTransport | None = None,
    sms: SmsTransport | None = None,
    geography: Geography | None = None,
    user_agents: UserAgents | None = None,
    domains: DomainProofs | None = None,
    outside: Outside | None = None,
) -> AsyncIterator[House]:
    """Open everything; tests bring a clock and transports of their own. The database has to be migrated already.

    Raises DatabaseUnavailable, RootKeyProblem, TrustAnchorProblem, UnknownRootKey.
    """
    clock, entropy = clock or SystemClock(), entropy or SystemEntropy()
    async with AsyncExitStack() as stack:
        database = create_database(
            settings.database.url,
            pool_size=settings.database.pool_size,
            statement_timeout_seconds=settings.database.statement_timeout_seconds,
        )
        await database.open()
        stack.push_async_callback(database.close)
        now = clock.now()
        root_keys = load_root_keys(
            Path(settings.keys.directory), sealed_with=await sealed_with(database), entropy=entropy, now=now
        )
        trust_anchors = load_trust_anchors(settings.mtls.trust_anchors)
        secrets = await load_secrets(database, root_keys, entropy, now)
        metrics = Metrics()
        if hasher is None:
            hasher = _hasher(settings, entropy, metrics)
            stack.callback(hasher.close)
        geography = geography or open_geography(settings.risk)
        user_agents = user_agents or ParsedUserAgents()
        outside = outside or OutsideWeb(is_allowed=also_in(settings.exceptions.fetch_private_networks))
        audit = Audit(entropy, secrets, geography, user_agents)
        succession = Succession(
            database=database,
            root_keys=root_keys,
            policy=rotation_policy(settings),
            record=partial(_record_key_change, audit, clock),
        )
        await succession.ensure_active(now)
        keyring = Keyring(
            database,
            root_keys,
            cache_seconds=settings.keys.cache_seconds,
            jwks_max_age_seconds=settings.keys.jwks_max_age_seconds,
        )
        await keyring.refresh(now)
        yield House(
            settings=settings,
            clock=clock,
            entropy=entropy,
            database=database,
            root_keys=root_keys,
            trust_anchors=trust_anchors,
            secrets=secrets,
            keyring=keyring,
            succession=succession,
            hasher=hasher,
            breaches=_breaches(settings, metrics),
            clients=Clients(database, cache_seconds=settings.tokens.client_cache_seconds),
            client_keys=ClientKeys(outside),
            audit=audit,
            metrics=metrics,
            outbox=Outbox(entropy=entropy, root_keys=root_keys),
            mail=mail or SmtpTransport(relays_of(settings.mail), sender=settings.mail.sender),
            sms=sms or _sms(settings.factors),
            geography=geography,
            user_agents=user_agents,
            domains=domains or PublishedProofs(),
            outside=outside,
            risk=RiskEngine(
                settings.risk,
                database=database,
                entropy=entropy,
                secrets=secrets,
                geography=geography,
                user_agents=user_agents,
            ),
        )


def _sms(factors: Factors) -> SmsTransport:
    if not factors.sms_url:
        return NoSmsTransport()
    return HttpSmsTransport(url=factors.sms_url, authorization=factors.sms_authorization)


def _breaches(settings: Settings, metrics: Metrics) -> Breaches:
    url = settings.password.breach_url
    return HttpBreaches(url=url, observe=metrics.breach_looked_up) if url else NoBreaches()


def _hasher(settings: Settings, entropy: Entropy, metrics: Metrics) -> Argon2PasswordHasher:
    password = settings.password
    return Argon2PasswordHasher(
        entropy=entropy,
        time_cost=password.time_cost,
        memory_cost_kib=password.memory_cost_kib,
        parallelism=password.parallelism,
        threads=password.threads,
        queue=password.queue,
        observe=metrics.hash_seconds.observe,
    )


def _record_key_change(audit: Audit, clock: Clock, change: KeyChange) -> Sequence[Effect]:
    return [audit.effect(key_event(change, actor="system"), Circumstances(), now=clock.now())]
