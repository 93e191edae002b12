"""`idp serve` as operators run it: how soon it is ready, and how much memory it takes."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.browsing import sign_in
from bench.installation import Server
from bench.load import Site
from bench.machine import cpu_seconds, resident_megabytes
from idp.config.settings import Password
from tests.support.processes import ROOT, free_port

_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.005
_BATCH = 500
# structlog imports rich where it finds it. The tools of `make lint` bring it; the lock of a server has none.
_SERVE = "import sys; sys.modules['rich'] = None; from idp.cli import main; main()"
_CONFIG = """\
issuer = "http://localhost:{port}"
[server]
port = {port}
[database]
url = "sqlite:///{folder}/idp.db"
[keys]
directory = "{folder}/keys"
[login]
free_tries = 1000
address_free_tries = 10000
network_free_tries = 10000
[password]
time_cost = {password.time_cost}
memory_cost_kib = {password.memory_cost_kib}
[log]
level = "warning"
"""


async def seconds_to_ready(folder: Path, *, rounds: int) -> tuple[float, float]:
    """From the start of the process to the first 200 of `/readyz` on an existing database: the medians of the time,
    and of the CPU time within it, which a busy machine stretches less.
    """
    found = []
    for _ in range(rounds):
        began = perf_counter()
        async with _serving(folder, Password()) as server:
            found.append((perf_counter() - began, cpu_seconds(server.pid)))
    return median(time for time, _ in found), median(cpu for _, cpu in found)


async def megabytes_after(folder: Path, password: Password, *, sign_ins: int) -> tuple[float, float]:
    """Resident megabytes at the start, and after whole sign-ins."""
    async with _serving(folder, password) as server:
        before = resident_megabytes(server.pid)
        for done in range(0, sign_ins, _BATCH):
            await sign_in(server.site, min(_BATCH, sign_ins - done), connections=8)
        return before, resident_megabytes(server.pid)


@asynccontextmanager
async def _serving(folder: Path, password: Password) -> AsyncIterator[Server]:
    port = free_port()
    config = folder / "idp.toml"
    config.write_text(_CONFIG.format(port=port, folder=folder, password=password))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVE, "serve", "--config", str(config)),
        cwd=ROOT,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        began = perf_counter()
        while not _is_ready(port):
            if process.returncode is not None or perf_counter() - began > _PATIENCE_SECONDS:
                raise RuntimeError("idp serve does not become ready")
            await asyncio.sleep(_PAUSE_SECONDS)
        yield Server(site=Site(port=port, host=f"localhost:{port}"), control=0, pid=process.pid)
    finally:
        process.terminate()
        await process.wait()


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
