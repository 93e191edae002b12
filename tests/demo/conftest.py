"""A demo world with an issuer that the test controls, on real ports, and a browser's HTTP without the browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.demo.addresses import Addresses
from idp.demo.world import PortTaken, World, bind_world, serve_world
from idp.web.protocol import Drain
from idp.web.serving import Stop
from tests.demo.issuer import LyingIssuer

PORTS = range(21_300, 22_300, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    world: World
    issuer: LyingIssuer
    stop: Stop

    @property
    def addresses(self) -> Addresses:
        return self.world.addresses


def free_world(data_dir: Path) -> World:
    """A world on the first base port where nothing listens."""
    for port in PORTS:
        try:
            return bind_world(port, data_dir, clock=SystemClock(), entropy=SystemEntropy())
        except PortTaken:
            continue
    raise AssertionError(f"no base port is free in {PORTS}")


@pytest_asyncio.fixture
async def running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Running]:
    """Everything of the demo listens, with a `LyingIssuer` in the issuer's place."""
    world = free_world(tmp_path)
    issuer = LyingIssuer(addresses=world.addresses)
    stop = Stop()
    serving = asyncio.create_task(
        serve_world(world, issuer=issuer.app(), metrics=Starlette(), drain=Drain(), stop=stop)
    )
    async with asyncio.timeout(60):
        while f"ready {world.addresses.issuer}\n" not in capsys.readouterr().out:
            assert not serving.done(), serving.exception()
            await asyncio.wait({serving}, timeout=0.01)
    yield Running(world=world, issuer=issuer, stop=stop)
    stop.hurry()
    await serving


@pytest_asyncio.fixture
async def browser_like(running: Running) -> AsyncIterator[httpx2.AsyncClient]:
    """Follows redirects and keeps cookies."""
    async with httpx2.AsyncClient(follow_redirects=True, trust_env=False, timeout=60) as client:
        yield client
