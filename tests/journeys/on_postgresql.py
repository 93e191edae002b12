"""The demo world on PostgreSQL: `python -m tests.journeys.on_postgresql PORT FOLDER URL`.

`idp demo` keeps its data in a file. This is the same world over the other database.
"""

import sys
from dataclasses import replace
from pathlib import Path

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.app import create_app, open_house
from idp.config.settings import Database
from idp.demo.seed import Seeding, seed
from idp.demo.world import World, bind_world, serve_world
from idp.store.migrations.upgrade import upgrade
from idp.web.logging import configure_logging
from idp.web.metrics import metrics_application
from idp.web.protocol import Drain
from idp.web.serving import run


async def live(world: World) -> None:
    drain = Drain()
    async with open_house(world.settings, clock=world.clock, entropy=world.entropy) as house:
        seeding = Seeding(
            db=house.database,
            audit=house.audit,
            entropy=house.entropy,
            secrets=house.secrets,
            hasher=house.hasher,
            rules=house.settings.customer_id,
            now=house.clock.now(),
        )
        await seed(seeding, world.addresses)
        await serve_world(
            world,
            issuer=create_app(house, drain=drain),
            metrics=metrics_application(house.metrics),
            drain=drain,
        )


def main(port: str, folder: str, url: str) -> None:
    world = bind_world(int(port), Path(folder), clock=SystemClock(), entropy=SystemEntropy())
    world = replace(world, settings=replace(world.settings, database=Database(url=url)))
    configure_logging(world.settings.log)
    upgrade(url)
    run(live(world))


if __name__ == "__main__":
    main(*sys.argv[1:])
