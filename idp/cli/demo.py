"""`idp demo`: provider, three applications and mailbox in one process, with seeded accounts. For loopback alone."""

from pathlib import Path
from typing import get_args

import click

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.app import create_app, open_house
from idp.cli.faults import Refused
from idp.demo.seed import Seeding, seed
from idp.demo.settings import RiskMode
from idp.demo.world import PortTaken, World, bind_world, serve_world, welcome
from idp.store.migrations.upgrade import upgrade
from idp.web.logging import configure_logging
from idp.web.metrics import metrics_application
from idp.web.protocol import Drain
from idp.web.serving import run


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1024, 65_000), help="The issuer's port."
)
@click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Where data and root keys are kept."
)
@click.option(
    "--risk",
    default="on",
    show_default=True,
    type=click.Choice(get_args(RiskMode)),
    help='"observe" decides about each sign-in and records it, but asks nobody for a code.',
)
def command(port: int, data_dir: Path | None, risk: RiskMode) -> None:
    """The demo world on loopback. Its credentials are public: nothing in it is safe to use elsewhere."""
    try:
        world = bind_world(port, data_dir, clock=SystemClock(), entropy=SystemEntropy(), risk=risk)
    except PortTaken as error:
        raise Refused(str(error)) from error
    live(world)


def live(world: World) -> None:
    """Everything from the migrations to the end, over a world whose ports are bound."""
    configure_logging(world.settings.log)
    try:
        upgrade(world.settings.database.url)
        run(_seed_and_serve(world))
    finally:
        world.close()


async def _seed_and_serve(world: World) -> None:
    drain = Drain()
    async with open_house(world.settings, clock=world.clock, entropy=world.entropy) as house:
        await seed(Seeding.of(house), world.addresses)
        click.echo(welcome(world.addresses, world.settings))
        await serve_world(
            world,
            issuer=create_app(house, drain=drain),
            metrics=metrics_application(house.metrics),
            drain=drain,
        )
