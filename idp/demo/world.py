"""The demo world as one process: every application on its port of loopback, in one event loop.

`idp demo` binds all ports before it touches any data, so that a port taken by somebody else leaves nothing behind.
The issuer and its metrics come ready-made from above; nothing here knows how they are built.
"""

import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from idp.config.settings import Server, Settings
from idp.demo.accounts import ACCOUNTS, BACKUP_CODES, PASSWORD, TOTP_SECRET
from idp.demo.addresses import HIGHEST_DISTANCE, Addresses
from idp.demo.api import create_api
from idp.demo.by_hand import by_hand
from idp.demo.clients import clients
from idp.demo.mailbox import create_mailbox
from idp.demo.mails import Mails
from idp.demo.manager import create_manager
from idp.demo.second import create_second
from idp.demo.settings import RiskMode, demo_settings
from idp.demo.smtp import receiving
from idp.records.ports import Clock, Entropy
from idp.web.edge import Edge
from idp.web.protocol import Drain
from idp.web.serving import Site, Stop, listen_on_loopback, serve, serve_until

_HIGHEST_PORT = 65_535


class PortTaken(Exception):
    """A port of the demo world cannot be bound. The message names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A demo world whose ports are bound. `close` gives them back, unless `serve_world` did."""

    addresses: Addresses
    settings: Settings
    sockets: Mapping[str, Sequence[socket.socket]]
    mails: Mails = field(repr=False)
    clock: Clock
    entropy: Entropy

    def close(self) -> None:
        for listener in _all(self.sockets):
            listener.close()


def bind_world(
    port: int, data_dir: Path | None, *, clock: Clock, entropy: Entropy, risk: RiskMode = "on"
) -> World:
    """Binds every port of the world, on 127.0.0.1 and ::1. Raises `PortTaken`."""
    if not 1 <= port <= _HIGHEST_PORT - HIGHEST_DISTANCE:
        raise PortTaken(
            f"Port {port} leaves no room for the ports above it: use 1 to {_HIGHEST_PORT - HIGHEST_DISTANCE}."
        )
    addresses = Addresses(port=port)
    return World(
        addresses=addresses,
        settings=demo_settings(addresses, data_dir, risk=risk),
        sockets=_bound(addresses),
        mails=Mails(clock=clock, entropy=entropy),
        clock=clock,
        entropy=entropy,
    )


async def serve_world(
    world: World, *, issuer: ASGIApp, metrics: ASGIApp, drain: Drain, stop: Stop | None = None
) -> None:
    """Serves everything until SIGTERM or SIGINT, or until `stop` says so, which leaves the signals alone.

    Says `ready` on standard output once everything listens.
    """
    addresses, clock, entropy = world.addresses, world.clock, world.entropy
    applications = {
        "issuer": issuer,
        "metrics": metrics,
        "manager": _edged(create_manager(addresses, clock=clock, entropy=entropy), addresses.manager, world),
        "second": _edged(create_second(addresses, clock=clock, entropy=entropy), addresses.second, world),
        "api": _edged(create_api(addresses, clock=clock), addresses.api, world),
        "mailbox": _edged(create_mailbox(world.mails), addresses.mailbox, world),
    }
    sites = [Site(app=app, sockets=world.sockets[role]) for role, app in applications.items()]
    until_stopped = partial(serve_until, stop) if stop else serve
    try:
        async with receiving(world.sockets["smtp"], world.mails):
            await until_stopped(
                sites,
                world.settings,
                drain=drain,
                on_ready=lambda: say_ready(addresses),
                notice_seconds=0,  # No load balancer looks at a demo.
            )
    finally:
        world.close()


def say_ready(addresses: Addresses) -> None:
    """The line that whoever started us waits for."""
    sys.stdout.write(f"ready {addresses.issuer}\n")
    sys.stdout.flush()


def welcome(addresses: Addresses, settings: Settings) -> str:
    """The table of addresses, people and clients, as it is printed before the world is ready."""
    places = (
        ("Manager", f"{addresses.manager}/"),
        ("Billing", f"{addresses.second}/"),
        ("Television", f"{addresses.second}/television"),
        ("Mailbox", f"{addresses.mailbox}/"),
        ("Issuer", addresses.issuer),
        ("Support desk", f"{addresses.issuer}/support"),
        ("Discovery", f"{addresses.issuer}/.well-known/openid-configuration"),
        ("Demo API", f"{addresses.api}/invoices"),
        ("Behind the scenes", f"{addresses.manager}/behind-the-scenes"),
        ("SMTP", f"localhost:{addresses.smtp_port}"),
        ("Metrics", f"{addresses.metrics}/metrics"),
    )
    people = [(str(one.profile["name"]), one.customer_id, one.email, one.purpose) for one in ACCOUNTS]
    registered = [
        (one.client.client_id, one.secret or "no secret", one.purpose) for one in clients(addresses)
    ]
    return "\n".join(
        (
            *_table("Addresses", places),
            *_table(f"People, password: {PASSWORD}", people),
            *_table("Second factors", _second_factors(addresses)),
            *_table("Clients", registered),
            *by_hand(addresses, settings),
            "",
        )
    )


def _second_factors(addresses: Addresses) -> list[tuple[str, str]]:
    rows = [
        ("Codes by mail and SMS", f"{addresses.mailbox}/, or {addresses.mailbox}/api/v1/messages?to=ADDRESS"),
        ("Secret of every app (TOTP)", TOTP_SECRET),
    ]
    rows += [("Phone of " + str(one.profile["name"]), one.phone) for one in ACCOUNTS if one.phone]
    pairs = zip(BACKUP_CODES[::2], BACKUP_CODES[1::2], strict=True)
    rows += [("" if index else "Bob’s backup codes", "  ".join(pair)) for index, pair in enumerate(pairs)]
    return rows


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return ["", title, *(f"  {line.rstrip()}" for line in lines)]


def _edged(app: ASGIApp, origin: str, world: World) -> ASGIApp:
    """`app` behind the provider's own edge: a foreign Host is refused, or any website could read the mailbox."""
    return Edge(app, settings=Settings(issuer=origin, server=Server()), entropy=world.entropy)


def _bound(addresses: Addresses) -> dict[str, list[socket.socket]]:
    ports = {
        "issuer": addresses.port,
        "manager": addresses.port + 1,
        "api": addresses.port + 2,
        "second": addresses.port + 3,
        "mailbox": addresses.port + 25,
        "smtp": addresses.smtp_port,
        "metrics": addresses.port + HIGHEST_DISTANCE,
    }
    bound: dict[str, list[socket.socket]] = {}
    for role, port in ports.items():
        try:
            bound[role] = listen_on_loopback(port)
        except OSError as error:
            for listener in _all(bound):
                listener.close()
            raise PortTaken(
                f"Port {port} on localhost, for the demo's {role}, cannot be used: {error}. Stop what listens there,"
                " or choose other ports: idp demo --port 8100"
            ) from error
    return bound


def _all(sockets: Mapping[str, Sequence[socket.socket]]) -> list[socket.socket]:
    return [listener for listeners in sockets.values() for listener in listeners]
