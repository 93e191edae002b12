"""`idp serve`: the provider alone. It refuses what is unsafe before it listens, and names key, value and fix."""

import os
import socket
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from idp.app import create_app, open_house
from idp.app.house import House
from idp.cli.faults import Refused
from idp.cli.options import config_option
from idp.config.settings import Settings
from idp.store.accounts import DEMO_ACCOUNTS
from idp.store.clients import DEMO_CLIENTS
from idp.store.migrations.revision import pending_revisions
from idp.web.logging import configure_logging
from idp.web.metrics import metrics_application
from idp.web.protocol import Drain
from idp.web.serving import Site, listen, run, serve

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@click.command()
@config_option
def command(settings: Settings) -> None:
    """Serve the provider until SIGTERM."""
    configure_logging(settings.log)
    sockets = _listen(settings)
    if settings.server.workers == 1:
        run(_serve(settings, sockets))
    else:
        _serve_in_workers(settings, sockets)


def _listen(settings: Settings) -> list[socket.socket]:
    """The provider's socket, then that of the metrics, if they are on."""
    wanted = [(settings.server.host, settings.server.port, "server")]
    if settings.metrics.port:
        wanted.append((settings.metrics.host, settings.metrics.port, "metrics"))
    sockets = []
    for host, port, section in wanted:
        try:
            sockets.append(listen(host, port))
        except OSError as error:
            raise Refused(f"[{section}] host {host} and port {port}: {error.strerror}.") from error
    return sockets


async def _serve(settings: Settings, sockets: Sequence[socket.socket], *, shared: Path | None = None) -> None:
    drain = Drain()
    async with open_house(settings) as house:
        await _check(house)
        sites = [Site(app=create_app(house, drain=drain), sockets=sockets[:1])]
        if len(sockets) > 1:
            sites.append(Site(app=metrics_application(house.metrics, shared=shared), sockets=sockets[1:]))
        await serve(sites, settings, drain=drain, on_ready=lambda: click.echo(f"ready {settings.issuer}"))


async def _check(house: House) -> None:
    """Refuses a database that isn't fit to be served from."""
    if pending := await pending_revisions(house.database):
        raise Refused(f"The database lacks revision {', '.join(pending)}. Run `idp db upgrade`.")
    demo = [*await house.database.all(DEMO_ACCOUNTS), *await house.database.all(DEMO_CLIENTS)]
    if demo:
        raise Refused(
            f"The database holds the demo's public credentials ({', '.join(sorted(demo)[:4])} …)."
            " Set [database] url to a database of your own."
        )


def _serve_in_workers(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    from idp.web.workers import WorkersFailed, supervise

    run(_prepare(settings))
    with tempfile.TemporaryDirectory(prefix="idp-metrics-") as folder:
        os.environ[_METRICS_FOLDER] = folder
        try:
            supervise(
                partial(_work, settings, folder),
                sockets,
                workers=settings.server.workers,
                drain_seconds=settings.server.drain_seconds,
                on_death=mark_process_dead,
            )
        except WorkersFailed as error:
            raise Refused(str(error)) from error


async def _prepare(settings: Settings) -> None:
    """What only one process should do: make the first keys, and refuse before any worker starts."""
    async with open_house(settings) as house:
        await _check(house)


def _work(settings: Settings, folder: str, sockets: Sequence[socket.socket]) -> None:
    """One worker's life."""
    configure_logging(settings.log)
    run(_serve(settings, sockets, shared=Path(folder)))
