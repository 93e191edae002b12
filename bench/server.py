"""The process under load.

`python -m bench.server ROLE FOLDER PORT CONTROL pinned|free LEVEL TIME_COST MEMORY_COST DATABASE`. Every role is served
by the house's own serving. `provider` is the whole application, `unaudited` the same without the rows of its audit
trail, `hello` a Starlette route behind our edge and boundary with their observers, `bare` the same behind nothing.
"""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.installation import settings_in
from bench.machine import SERVER_CORE, pin
from bench.profiler import Profiler
from idp.adapters.entropy import SystemEntropy
from idp.app import create_app, open_house
from idp.config.settings import Password, Settings
from idp.store.database import Database
from idp.store.events import INSERT_AUDIT_EVENT
from idp.store.statement import Effect
from idp.web.edge import Edge
from idp.web.errors import Boundary, Errors
from idp.web.logging import AccessLog, configure_logging
from idp.web.metrics import Metrics
from idp.web.pages import Pages
from idp.web.protocol import Drain
from idp.web.serving import Site, listen, run, serve


def main(arguments: Sequence[str]) -> None:
    role, folder, port, control, pinned, level, time_cost, memory_cost_kib, database = arguments
    if pinned == "pinned":
        pin(SERVER_CORE)
    password = Password(time_cost=int(time_cost), memory_cost_kib=int(memory_cost_kib))
    settings = settings_in(Path(folder), level=level, password=password, database=database)
    configure_logging(settings.log)
    run(_serve(role, settings, int(port), int(control)))


async def _serve(role: str, settings: Settings, port: int, control: int) -> None:
    drain = Drain()
    async with _application(role, settings, drain) as app:
        sites = [
            Site(app=app, sockets=[listen("127.0.0.1", port)]),
            Site(app=_control(), sockets=[listen("127.0.0.1", control)]),
        ]
        await serve(
            sites,
            settings,
            drain=drain,
            on_ready=lambda: print(f"ready {port}", flush=True),
            notice_seconds=0,
        )


@asynccontextmanager
async def _application(role: str, settings: Settings, drain: Drain) -> AsyncIterator[ASGIApp]:
    if role in ("provider", "unaudited"):
        async with open_house(settings) as house:
            yield create_app(
                house if role == "provider" else replace(house, database=Unaudited(house.database)),
                drain=drain,
            )
        return
    route = Route("/hello", _hello)
    if role == "bare":
        yield Starlette(routes=[route])
        return
    entropy = SystemEntropy()
    errors = Errors(Pages(settings, entropy=entropy))
    application = Starlette(
        routes=[route],
        exception_handlers=dict(errors.handlers()),
        middleware=[Middleware(Boundary, errors=errors)],
    )
    yield Edge(application, settings=settings, entropy=entropy, observers=[AccessLog(), Metrics()])


class Unaudited:
    """A database that is spared the rows of the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def apply(self, effects: Sequence[Effect]) -> bool:
        rest = [effect for effect in effects if effect.write is not INSERT_AUDIT_EVENT]
        return not rest or await self._database.apply(rest)


async def _hello(request: Request) -> Response:
    return PlainTextResponse("hello")


def _control() -> ASGIApp:
    """Starts and stops the profiler."""
    profiler = Profiler()

    async def start(request: Request) -> Response:
        profiler.start()
        return PlainTextResponse("{}")

    async def stop(request: Request) -> Response:
        return PlainTextResponse(json.dumps(profiler.stop()))

    return Starlette(routes=[Route("/start", start), Route("/stop", stop)])


if __name__ == "__main__":
    main(sys.argv[1:])
