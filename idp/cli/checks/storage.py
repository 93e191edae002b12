"""The database, the keys, and what in them departs from the usual."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from idp.adapters.key_files import RootKeyProblem, root_key_problems
from idp.adapters.trust_anchors import TrustAnchorProblem, load_trust_anchors
from idp.cli.checks.finding import Finding, failure, fine, note, warning
from idp.cli.desk import open_database, open_desk
from idp.cli.faults import Refused, fault_text
from idp.config.settings import Settings
from idp.records.client import ApplicationType, Client
from idp.records.key import ENCRYPTION_ALGORITHMS
from idp.signing.sealing import SealBroken, UnknownRootKey
from idp.store.accounts import DEMO_ACCOUNTS
from idp.store.clients import ALL_CLIENTS, DEMO_CLIENTS
from idp.store.database import DatabaseUnavailable
from idp.store.migrations.upgrade import check as check_schema
from idp.store.own_keys import all_keys

# Nodes look for due rotations every few minutes; a key this much over its time means that none does.
_OVERDUE_SECONDS = 86_400


def check_certificates(settings: Settings) -> Iterator[Finding]:
    """The authorities of clients, where the configuration names any."""
    if not settings.mtls.trust_anchors:
        return
    try:
        load_trust_anchors(settings.mtls.trust_anchors)
    except TrustAnchorProblem as error:
        yield failure("certificates", str(error))
    else:
        yield fine("certificates", f"{settings.mtls.trust_anchors} holds authorities of clients")


def check_database(settings: Settings) -> Iterator[Finding]:
    """Whether it answers, and has this release's schema."""
    try:
        problems = check_schema(settings.database.url)
    except DatabaseUnavailable as error:
        yield failure("database", fault_text(error))
        return
    for problem in problems:
        yield failure("database", problem)
    if not problems:
        yield fine("database", "It answers, and its schema is as expected")


async def check_keys(settings: Settings) -> AsyncIterator[Finding]:
    """Root keys by their files, and every sealed secret by opening it; signing keys by their states."""
    problems = root_key_problems(Path(settings.keys.directory))
    for problem in problems:
        yield failure("keys", str(problem))
    if problems:
        return
    try:
        async with open_desk(settings) as (house, _):
            keys = await house.database.all(all_keys)
    except TrustAnchorProblem:
        return  # `check_certificates` has said so.
    except (RootKeyProblem, UnknownRootKey, SealBroken, Refused, DatabaseUnavailable) as error:
        yield failure("keys", str(error))
        return
    yield fine("keys", "The root keys open every secret")
    signing = (settings.keys.id_token_algorithm, *settings.access_token_algorithms)
    for algorithm in dict.fromkeys((*signing, *ENCRYPTION_ALGORITHMS)):
        active = next((key for key in keys if key.algorithm == algorithm and key.state == "active"), None)
        if active is None:
            yield failure(
                "keys", f"No {algorithm} key is active. Start `idp serve`, or run `idp keys import`."
            )
            continue
        age = int(time.time()) - (active.activated_at or active.created_at)
        if age > settings.keys.rotation_days * 86_400 + _OVERDUE_SECONDS:
            yield warning(
                "keys", f"The {algorithm} key has been active for {age // 86_400} days: no node rotates it."
            )
        else:
            yield fine(
                "keys",
                f"{algorithm} {'decrypts' if active.decrypts else 'signs'}, for {age // 86_400} days now",
            )


async def check_exceptions(settings: Settings) -> AsyncIterator[Finding]:
    """Demo data, and clients that are trusted with more than others."""
    try:
        async with open_database(settings) as db:
            demo = await db.one(DEMO_ACCOUNTS) or await db.one(DEMO_CLIENTS)
            clients = await db.all(ALL_CLIENTS)
    except (Refused, DatabaseUnavailable):
        return  # `check_database` has said so.
    if demo:
        yield failure(
            "exceptions", "The database holds the demo's credentials, which everybody knows. Use another."
        )
    for client in clients:
        if reasons := list(_exceptions(client)):
            yield note("exceptions", f"Client {client.client_id} {', '.join(reasons)}.")


def check_backup(settings: Settings) -> Iterator[Finding]:
    """Each is worthless without the other."""
    directory, url = Path(settings.keys.directory).resolve(), settings.database.url
    where = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else "the PostgreSQL database"
    yield note("backup", f"Back up {where} and {directory} together: neither can be used without the other.")


def _exceptions(client: Client) -> Iterator[str]:
    if client.disabled_at:
        yield "is disabled"
    if client.is_first_party:
        yield "skips consent"
    if client.may_introspect:
        yield "may introspect every token for it"
    plain = [uri for uri in client.redirect_uris if uri.startswith("http://")]
    if plain and client.application_type is ApplicationType.WEB:
        yield f"redirects to plain http ({plain[0]})"
