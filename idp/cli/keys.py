"""`idp keys`: keys that sign and decrypt, and the root keys that seal every secret in the database."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import click

from idp.adapters.key_files import add_root_key, root_key_problems
from idp.app.house import House
from idp.cli.desk import open_database, open_desk, run
from idp.cli.faults import iso_time
from idp.cli.options import config_option, echo_json, json_option
from idp.config.settings import Settings
from idp.events.keys import key_event
from idp.records.event import Event, EventType, Occasion
from idp.records.key import (
    ALGORITHMS,
    ENCRYPTION_ALGORITHMS,
    EVERY_ALGORITHM,
    Algorithm,
    KeyAlgorithm,
    OwnKey,
)
from idp.signing.keys import read_private_key
from idp.signing.reseal import Resealed, root_key_usage, unused_root_keys
from idp.signing.reseal import reseal as reseal_rows
from idp.signing.succession import KeyChange, Succession, TooEarly
from idp.store.own_keys import all_keys
from idp.store.statement import Effect


@click.group()
def command() -> None:
    """Keys that sign and decrypt, and the root keys that seal every secret."""


@command.command(name="list")
@config_option
@json_option
def list_(settings: Settings, as_json: bool) -> None:
    """Print the keys that sign, and those that clients encrypt to."""
    keys = run(_all(settings))
    if as_json:
        echo_json([_shown(key) for key in keys])
        return
    for key in keys:
        since = key.retired_at or key.activated_at or key.created_at
        click.echo(f"{key.algorithm:12} {key.state:10} {iso_time(since)}  {key.kid}")


async def _all(settings: Settings) -> list[OwnKey]:
    async with open_database(settings) as db:
        keys = await db.all(all_keys)
    states = ("active", "next", "retired", "withdrawn")
    return sorted(keys, key=lambda key: (key.algorithm, states.index(key.state), -key.created_at))


@command.command()
@config_option
@click.option(
    "--algorithm", "algorithms", multiple=True, type=click.Choice(EVERY_ALGORITHM), help="All, if not said."
)
@click.option(
    "--compromised", is_flag=True, help="Withdraw at once: tokens that the keys signed die with them."
)
@click.option("--kid", help="With --compromised and one algorithm: only this key.")
@click.option(
    "--root", "is_root", is_flag=True, help="Make a new root key file instead; then copy it, and reseal."
)
@json_option
def rotate(
    settings: Settings,
    *,
    algorithms: tuple[KeyAlgorithm, ...],
    compromised: bool,
    kid: str | None,
    is_root: bool,
    as_json: bool,
) -> None:
    """Let the next keys take over now."""
    if kid and not (compromised and len(algorithms) == 1):
        raise click.UsageError("--kid needs --compromised and one --algorithm.")
    if is_root:
        if algorithms or compromised:
            raise click.UsageError("--root goes with neither --algorithm nor --compromised.")
        _print_root_key(run(_add_root_key(settings)), as_json)
        return
    _print_changes(run(_rotate(settings, algorithms or EVERY_ALGORITHM, compromised, kid)), as_json)


async def _rotate(
    settings: Settings, algorithms: Sequence[KeyAlgorithm], compromised: bool, kid: str | None
) -> list[KeyChange]:
    changes: list[KeyChange] = []
    too_early: list[TooEarly] = []
    async with open_desk(settings) as (house, occasion):
        succession, now = _succession(house, occasion), occasion.now
        for algorithm in algorithms:
            try:
                if compromised:
                    changes += await succession.withdraw(algorithm, now, kid=kid)
                else:
                    changes += await succession.rotate(algorithm, now)
            except TooEarly as fault:
                too_early.append(fault)
    if too_early and not changes:
        raise too_early[0]
    return changes


async def _add_root_key(settings: Settings) -> str:
    async with open_desk(settings) as (house, occasion):
        directory = Path(settings.keys.directory)
        return add_root_key(directory, entropy=house.entropy, now=occasion.now).root_key_id


@command.command(name="import")
@config_option
@click.argument("file", type=click.File("rb"))
@click.option("--algorithm", required=True, type=click.Choice(ALGORITHMS))
@click.option("--activate", is_flag=True, help="It signs at once: for a key that applications know already.")
@json_option
def import_(settings: Settings, file: BinaryIO, algorithm: Algorithm, activate: bool, as_json: bool) -> None:
    """Take over a private key, as PEM or JWK, from FILE or from - for standard input."""
    _print_changes(run(_import(settings, file.read(), algorithm, activate)), as_json)


async def _import(
    settings: Settings, text: bytes, algorithm: Algorithm, activate: bool
) -> Sequence[KeyChange]:
    pair = read_private_key(text, algorithm)
    async with open_desk(settings) as (house, occasion):
        return await _succession(house, occasion).import_key(pair, occasion.now, activate=activate)


@command.command()
@config_option
@json_option
@click.pass_context
def reseal(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Seal everything with the newest root key. Every node must have its file before."""
    done, unused = run(_reseal(settings))
    if as_json:
        echo_json(
            {"rows": dict(done.rows), "unreadable": list(done.unreadable), "unused_root_keys": list(unused)}
        )
    else:
        for table, count in done.rows.items():
            click.echo(f"{table:16} {count} rows sealed anew")
        for binding in done.unreadable:
            click.echo(f"No root key here opens {binding}")
        for root_key_id in unused:
            click.echo(f"root-{root_key_id}.key seals nothing any more: it may go once no backup needs it")
    ctx.exit(1 if done.unreadable else 0)


async def _reseal(settings: Settings) -> tuple[Resealed, tuple[str, ...]]:
    async with open_desk(settings) as (house, occasion):
        done = await reseal_rows(house.database, house.root_keys)
        event = Event(
            type=EventType.SECRETS_RESEALED,
            actor=occasion.actor,
            details={"root_key_id": house.root_keys.current_id, **done.rows},
        )
        await house.database.apply([house.audit.effect(event, occasion.circumstances, now=occasion.now)])
        return done, await unused_root_keys(house.database, house.root_keys)


@command.command()
@config_option
@json_option
@click.pass_context
def check(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Whether every secret can be opened and every algorithm has a key; which root keys may go."""
    problems = [str(problem) for problem in root_key_problems(Path(settings.keys.directory))]
    usage: dict[str, dict[str, int]] = {}
    unused: tuple[str, ...] = ()
    if not problems:
        usage, unused, lacking = run(_check(settings))
        problems = [f"No {name} key is active. Start `idp serve`, or import one." for name in lacking]
    if as_json:
        echo_json({"problems": problems, "sealed_rows": usage, "unused_root_keys": list(unused)})
    else:
        for problem in problems:
            click.echo(problem)
        for root_key_id, tables in usage.items():
            counts = ", ".join(f"{count} in {table}" for table, count in tables.items())
            click.echo(f"root-{root_key_id}.key seals {counts}")
        for root_key_id in unused:
            click.echo(f"root-{root_key_id}.key seals nothing any more: it may go once no backup needs it")
    ctx.exit(1 if problems else 0)


async def _check(settings: Settings) -> tuple[dict[str, dict[str, int]], tuple[str, ...], list[str]]:
    async with open_desk(settings) as (house, _):
        usage = await root_key_usage(house.database)
        unused = await unused_root_keys(house.database, house.root_keys)
        active = {key.algorithm for key in await house.database.all(all_keys) if key.state == "active"}
    signing = (settings.keys.id_token_algorithm, *settings.access_token_algorithms)
    needed: tuple[KeyAlgorithm, ...] = (*signing, *ENCRYPTION_ALGORITHMS)
    tables = {root_key_id: dict(counts) for root_key_id, counts in usage.items()}
    return tables, unused, [name for name in dict.fromkeys(needed) if name not in active]


def _succession(house: House, occasion: Occasion) -> Succession:
    """The house's, with whoever runs the command as the actor."""

    def record(change: KeyChange) -> list[Effect]:
        event = key_event(change, actor=occasion.actor)
        return [house.audit.effect(event, occasion.circumstances, now=occasion.now)]

    return replace(house.succession, record=record)


def _print_changes(changes: Sequence[KeyChange], as_json: bool) -> None:
    if as_json:
        echo_json([{"act": one.act, "kid": one.kid, "algorithm": one.algorithm} for one in changes])
        return
    for change in changes:
        click.echo(f"{change.algorithm:12} {change.act:10} {change.kid}")


def _print_root_key(root_key_id: str, as_json: bool) -> None:
    if as_json:
        echo_json({"root_key_id": root_key_id})
        return
    click.echo(f"Made root-{root_key_id}.key. Copy it to every node, then run `idp keys reseal`.")


def _shown(key: OwnKey) -> dict[str, str | None]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state,
        "root_key_id": key.root_key_id,
        "created_at": iso_time(key.created_at),
        "activated_at": iso_time(key.activated_at) if key.activated_at else None,
        "retired_at": iso_time(key.retired_at) if key.retired_at else None,
        "unpublished_at": iso_time(key.unpublished_at) if key.unpublished_at else None,
    }
