"""`idp client token`: initial access tokens, which let their holders register clients. RFC 7591 §3."""

import json
from typing import Any

import click

from idp.cli.desk import open_database, open_desk, run
from idp.cli.faults import Refused, iso_time
from idp.cli.options import config_option, echo_json, json_option
from idp.clients.initial_tokens import (
    BadPolicy,
    NewToken,
    UnknownToken,
    create_initial_token,
    revoke_initial_token,
)
from idp.config.settings import Settings
from idp.records.client import InitialToken
from idp.store.registrations import ALL_INITIAL_TOKENS

_DAY_SECONDS = 86_400


@click.group()
def token() -> None:
    """Tokens that let their holders register clients."""


@token.command()
@config_option
@click.option("--note", default="", help="For whom it is.")
@click.option("--uses", type=click.IntRange(1, 1_000_000), help="How many clients; any number without it.")
@click.option(
    "--days", type=click.IntRange(1, 3_650), default=7, show_default=True, help="How long it can be used."
)
@click.option(
    "--give",
    "given",
    multiple=True,
    metavar="MEMBER=VALUE",
    help="Metadata that every one of its clients gets, such as is_first_party=true; the value is JSON or a text.",
)
@json_option
def create(
    settings: Settings, *, note: str, uses: int | None, days: int, given: tuple[str, ...], as_json: bool
) -> None:
    """Make a token, and print it; nobody can read it again."""
    try:
        made = run(_create(settings, note, uses, days, _members(given)))
    except BadPolicy as error:
        raise Refused(str(error)) from error
    if as_json:
        echo_json({"token_id": made.token_id, "token": made.value, "expires_at": iso_time(made.expires_at)})
        return
    click.echo(
        f"Token {made.token_id}, which can be used until {iso_time(made.expires_at)}, shown this once:"
    )
    click.echo(made.value)
    if settings.registration.mode == "off":
        click.echo(
            'Registration is off: set mode = "token" under [registration] of the configuration.', err=True
        )


async def _create(
    settings: Settings, note: str, uses: int | None, days: int, policy: dict[str, Any]
) -> NewToken:
    async with open_desk(settings) as (house, occasion):
        return await create_initial_token(
            house.database,
            house.audit,
            house.entropy,
            occasion,
            note=note,
            policy=policy,
            uses=uses,
            seconds=days * _DAY_SECONDS,
        )


@token.command(name="list")
@config_option
@json_option
def list_(settings: Settings, as_json: bool) -> None:
    """Print every token, but for what opens with it."""
    tokens = run(_all(settings))
    if as_json:
        echo_json([_shown(one) for one in tokens])
        return
    for one in tokens:
        left = "any number" if one.uses_left is None else f"{one.uses_left} left"
        state = "revoked" if one.revoked_at else f"until {iso_time(one.expires_at)}"
        click.echo(f"{one.token_id} {left:12} {state:28} {one.note}")


async def _all(settings: Settings) -> list[InitialToken]:
    async with open_database(settings) as db:
        return await db.all(ALL_INITIAL_TOKENS)


@token.command()
@config_option
@click.argument("token_id", metavar="TOKEN_ID")
def revoke(settings: Settings, token_id: str) -> None:
    """End a token. Clients that were registered with it stay."""
    try:
        run(_revoke(settings, token_id))
    except UnknownToken as error:
        raise Refused(
            f"There is no token {token_id}, or it is revoked already. `idp client token list` shows all."
        ) from error
    click.echo(f"{token_id} is revoked")


async def _revoke(settings: Settings, token_id: str) -> None:
    async with open_desk(settings) as (house, occasion):
        await revoke_initial_token(house.database, house.audit, occasion, token_id)


def _members(given: tuple[str, ...]) -> dict[str, Any]:
    members = {}
    for one in given:
        name, mark, value = one.partition("=")
        if not mark:
            raise click.BadParameter(f"{one} is not MEMBER=VALUE.", param_hint="--give")
        members[name] = _value(value)
    return members


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _shown(one: InitialToken) -> dict[str, Any]:
    return {
        "token_id": one.token_id,
        "note": one.note,
        "gives": one.policy,
        "uses_left": one.uses_left,
        "created_at": iso_time(one.created_at),
        "expires_at": iso_time(one.expires_at),
        "revoked_at": iso_time(one.revoked_at) if one.revoked_at else None,
    }
