"""`web/workers.py`: a supervisor and its workers, as processes on one socket."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.support.waiting import wait_until

WORKER = """
import os, signal, sys
from idp.web.protocol import Drain
from idp.web.serving import Site, listen_on_loopback, run, serve
from idp.web import workers
from idp.config.settings import Settings

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/die":
        os._exit(9)
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})

def work(sockets):
    settings = Settings(issuer="http://localhost:21100")
    run(serve([Site(app=app, sockets=sockets)], settings, drain=Drain(), notice_seconds=0))

def die(sockets):
    sys.exit(1)

def hang(sockets):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with sockets[0].accept()[0] as connection:
        connection.recv(1000)
        connection.send(b"HTTP/1.0 200 OK\\r\\n\\r\\nhanging")
    signal.pause()

if __name__ == "__main__":
    sockets = listen_on_loopback(0)
    print(sockets[0].getsockname()[1], flush=True)
    drain_seconds = 5
    if sys.argv[1] == "hang":
        workers.GRACE_SECONDS = drain_seconds = 0
    workers.supervise(globals()[sys.argv[1]], sockets, workers=2, drain_seconds=drain_seconds)
"""


@contextmanager
def supervised(tmp_path: Path, target: str = "work") -> Iterator[tuple["subprocess.Popen[str]", int]]:
    program = tmp_path / "program.py"
    program.write_text(WORKER)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(program), target]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def ask(port: int, path: str = "/") -> str | None:
    """The pid of the worker that answered, or None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_closed(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) != 0


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path) as (process, port):
        seen: set[str] = set()

        def have_answered(workers: int) -> bool:
            if pid := ask(port):
                seen.add(pid)
            return len(seen) == workers

        wait_until(lambda: have_answered(2), what="two workers")
        ask(port, "/die")
        wait_until(lambda: have_answered(3), what="a third, in place of one of them")

        assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_worker(tmp_path: Path, number: signal.Signals) -> None:
    with supervised(tmp_path) as (process, port):
        wait_until(lambda: ask(port), what="a worker")
        process.send_signal(number)

        assert process.wait(30) == 0
        assert is_closed(port)


def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path) as (process, port):
        wait_until(lambda: ask(port), what="a worker")
        process.kill()
        process.wait(10)

        wait_until(lambda: is_closed(port), what="the workers to end")


def test_workers_that_cannot_start_end_the_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path, "die") as (process, _):
        _, errors = process.communicate(timeout=60)

        assert process.returncode == 1
        assert "WorkersFailed" in errors


def test_a_worker_that_ignores_the_signal_is_killed_after_its_drain(tmp_path: Path) -> None:
    with supervised(tmp_path, "hang") as (process, port):
        for _ in range(2):
            assert wait_until(lambda: ask(port), what="a worker") == "hanging"
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
