"""`idp client`: applications, services and resource servers."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from idp.account.problem import UnknownAccount
from idp.cli.client_token import token
from idp.cli.desk import open_database, open_desk, run
from idp.cli.faults import Refused, iso_time
from idp.cli.options import config_option, echo_json, json_option
from idp.clients.metadata import GRANT_TYPES, offer_of, read_metadata
from idp.clients.registration import (
    Registered,
    delete_client,
    disable_client,
    enable_client,
    register_client,
    rotate_secret,
)
from idp.clients.registry import load_client
from idp.clients.service_accounts import own_service_accounts
from idp.clients.shapes import AUTH_METHODS
from idp.config.settings import Settings
from idp.records.client import ApplicationType, Client, RefreshPolicy
from idp.records.key import ALGORITHMS
from idp.spec.assurance import ACR_VALUES_SUPPORTED
from idp.store.accounts import PERSON_BY_CUSTOMER_ID
from idp.store.clients import ALL_CLIENTS, metadata_of

_client_id = click.argument("client_id", metavar="CLIENT_ID")
_DAY_SECONDS = 86_400


@click.group()
def command() -> None:
    """Applications and services."""


command.add_command(token)


@command.command()
@config_option
@click.argument("client_id", metavar="CLIENT_ID")
@click.option(
    "--from-json", type=click.Path(allow_dash=True), help="Metadata from a file, or - for standard input."
)
@click.option("--name", "client_name", help="What people read when they approve it.")
@click.option("--type", "application_type", type=click.Choice([kind.value for kind in ApplicationType]))
@click.option("--auth-method", "token_endpoint_auth_method", type=click.Choice(AUTH_METHODS))
@click.option("--grant-type", "grant_types", multiple=True, type=click.Choice(GRANT_TYPES))
@click.option("--response-type", "response_types", multiple=True)
@click.option("--redirect-uri", "redirect_uris", multiple=True)
@click.option("--jwks-uri", help="Where its public keys are: for assertions, certificates and encryption.")
@click.option(
    "--subject-dn",
    "tls_client_auth_subject_dn",
    help="By which subject its certificate is known, for tls_client_auth.",
)
@click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True)
@click.option("--initiate-login-uri")
@click.option("--client-uri")
@click.option("--logo-uri")
@click.option("--policy-uri")
@click.option("--tos-uri")
@click.option("--contact", "contacts", multiple=True)
@click.option("--scope", help="Scopes that it may ask for, separated by spaces.")
@click.option("--resource", "resources", multiple=True, help="Audience that it may ask for.")
@click.option("--first-party", "is_first_party", is_flag=True, help="Ours: people are not asked for consent.")
@click.option("--may-introspect", is_flag=True, help="A resource server that may introspect tokens.")
@click.option(
    "--refresh",
    type=click.Choice([policy.value for policy in RefreshPolicy]),
    help="When a code yields a refresh token.",
)
@click.option("--id-token-algorithm", "id_token_signed_response_alg", type=click.Choice(ALGORITHMS))
@click.option("--default-max-age", type=int)
@click.option("--requests-per-minute", type=int, help="How often it may ask, instead of as often as others.")
@click.option("--require-auth-time", is_flag=True)
@click.option(
    "--minimum-acr",
    type=click.Choice(ACR_VALUES_SUPPORTED),
    help="What every sign-in there reaches at least.",
)
@click.option(
    "--asks-new-browsers", is_flag=True, help="Asks in every unknown browser, however usual it looks."
)
@json_option
def create(settings: Settings, client_id: str, from_json: str | None, as_json: bool, **options: Any) -> None:
    """Register a client, and print its secret, which nobody can read again."""
    metadata = _from_json(from_json) if from_json else {}
    metadata |= {
        name: list(value) if isinstance(value, tuple) else value for name, value in options.items() if value
    }
    if metadata.get("may_introspect") and not metadata.get("redirect_uris"):
        # An API that only asks about tokens gets none itself.
        metadata = {"grant_types": [], "response_types": []} | metadata
    client = read_metadata(client_id, metadata, offer_of(settings))
    registered = run(_create(settings, client))
    _print_registered(registered, as_json)


async def _create(settings: Settings, client: Client) -> Registered:
    async with open_desk(settings) as (house, occasion):
        return await register_client(
            house.database, house.audit, house.entropy, occasion, client, root_keys=house.root_keys
        )


@command.command(name="list")
@config_option
@click.option("--owner", metavar="CUSTOMER_ID", help="The service accounts of this customer alone.")
@json_option
def list_(settings: Settings, owner: str | None, as_json: bool) -> None:
    """Print every client."""
    clients = run(_owned(settings, owner) if owner else _all(settings))
    if as_json:
        echo_json([_shown(client) for client in clients])
        return
    for client in clients:
        state = "disabled" if client.disabled_at else client.token_endpoint_auth_method
        click.echo(f"{client.client_id:24} {state:22} {client.client_name}")


async def _all(settings: Settings) -> list[Client]:
    async with open_database(settings) as db:
        return await db.all(ALL_CLIENTS)


async def _owned(settings: Settings, customer_id: str) -> list[Client]:
    async with open_database(settings) as db:
        person = await db.one(PERSON_BY_CUSTOMER_ID, customer_id=customer_id)
        if person is None:
            raise UnknownAccount(customer_id)
        return await own_service_accounts(db, person)


@command.command()
@config_option
@_client_id
@json_option
def show(settings: Settings, client_id: str, as_json: bool) -> None:
    """Print a client."""
    client = run(_load(settings, client_id))
    shown = _shown(client)
    if as_json:
        echo_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:30} {' '.join(value) if isinstance(value, list) else value}")


async def _load(settings: Settings, client_id: str) -> Client:
    async with open_database(settings) as db:
        client = await load_client(db, client_id)
    if client is None:
        raise Refused(f"There is no client {client_id}. `idp client list` shows all.")
    return client


@command.command(name="rotate-secret")
@config_option
@_client_id
@click.option(
    "--overlap-seconds",
    type=click.IntRange(0, 30 * _DAY_SECONDS),
    default=_DAY_SECONDS,
    show_default=True,
    help="How long the former secret works beside the new one.",
)
@json_option
def rotate(settings: Settings, client_id: str, overlap_seconds: int, as_json: bool) -> None:
    """Print a new secret, which nobody can read again. At most two work at a time."""
    secret, ends_at = run(_rotate(settings, client_id, overlap_seconds))
    if as_json:
        echo_json(
            {"client_id": client_id, "client_secret": secret, "former_secret_expires_at": iso_time(ends_at)}
        )
        return
    click.echo(f"New secret of {client_id}; the former one works until {iso_time(ends_at)}:")
    click.echo(secret)


async def _rotate(settings: Settings, client_id: str, overlap_seconds: int) -> tuple[str, int]:
    async with open_desk(settings) as (house, occasion):
        secret = await rotate_secret(
            house.database,
            house.audit,
            house.entropy,
            occasion,
            client_id,
            overlap_seconds=overlap_seconds,
            root_keys=house.root_keys,
        )
        return secret, occasion.now + overlap_seconds


@command.command()
@config_option
@_client_id
def disable(settings: Settings, client_id: str) -> None:
    """Turn a client off until it is enabled again."""
    run(_act(settings, client_id, disable_client))
    click.echo(f"{client_id} is disabled; other nodes follow within {settings.tokens.client_cache_seconds} s")


@command.command()
@config_option
@_client_id
def enable(settings: Settings, client_id: str) -> None:
    """Turn a client on again."""
    run(_act(settings, client_id, enable_client))
    click.echo(f"{client_id} is enabled")


@command.command()
@config_option
@_client_id
@click.confirmation_option(
    prompt="This ends every token of the client, and its identifier is never given again. Sure?"
)
def delete(settings: Settings, client_id: str) -> None:
    """End a client for ever, with everything that it was issued."""
    run(_act(settings, client_id, delete_client))
    click.echo(f"{client_id} is deleted")


async def _act(settings: Settings, client_id: str, act: Any) -> None:
    async with open_desk(settings) as (house, occasion):
        await act(house.database, house.audit, occasion, client_id)


def _from_json(path: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        metadata = json.loads(text)
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(metadata, dict):
        raise Refused(f"{path} holds no JSON object. RFC 7591 §2 names its members.")
    return metadata


def _print_registered(registered: Registered, as_json: bool) -> None:
    client, secret = registered.client, registered.secret
    if as_json:
        echo_json(_shown(client) | ({"client_secret": secret} if secret else {}))
        return
    click.echo(f"Registered {client.client_id}")
    if secret:
        click.echo("Its secret, shown this once:")
        click.echo(secret)


def _shown(client: Client) -> dict[str, Any]:
    shown: dict[str, Any] = {"client_id": client.client_id, **metadata_of(client)}
    if client.owner is not None:
        shown["owner"] = client.owner.customer_id
    if client.owner_id is not None:
        shown["last_used_at"] = iso_time(client.used_at) if client.used_at else "never"
    if client.disabled_at:
        shown["disabled_at"] = iso_time(client.disabled_at)
    if client.disabled_by:
        shown["disabled_by"] = client.disabled_by
    secrets = [
        iso_time(secret.created_at) + (f" until {iso_time(secret.expires_at)}" if secret.expires_at else "")
        for secret in client.secrets
    ]
    return shown | ({"secrets_made_at": secrets} if secrets else {})
