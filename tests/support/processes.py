"""Running `idp` and other servers as their users do: a process, a port, a signal."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.demo.addresses import HIGHEST_DISTANCE
from tests.support.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
_BASES = range(24_000, 30_000, 100)
_SHARES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started server: its process, and the file that its standard output and error go to."""

    process: subprocess.Popen[bytes]
    output: Path

    def text(self) -> str:
        """Everything that it has printed so far."""
        return self.output.read_text(errors="replace")

    def stop(self, *, within_seconds: float = 60) -> int:
        """Ask it to end (SIGTERM); answers its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within_seconds)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def free_base() -> int:
    """A port from which on a demo finds all of its ports free. Test processes that run beside each other look in
    different places, so that none takes what another has just found.
    """
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SHARES
    for base in _BASES[mine::_SHARES]:
        with ExitStack() as stack:
            try:
                for distance in range(HIGHEST_DISTANCE + 1):
                    stack.enter_context(socket.create_server(("127.0.0.1", base + distance)))
            except OSError:
                continue
            return base
    raise AssertionError(f"no base port is free in {_BASES[mine::_SHARES]}")


def idp(*arguments: str, environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """Run a command of `idp` to its end; answers its standard output. Raises RuntimeError with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "idp", *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"idp {' '.join(arguments)} exited with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    ready: tuple[int, str] | str | Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    within_seconds: float = 120,
) -> Iterator[Running]:
    """Start a server, wait until it is ready, and end it afterwards.

    `ready` is a (port, path) that answers 200 over plain HTTP on loopback, a line that the server prints, or whatever
    a function finds out.
    """
    with tempfile.TemporaryDirectory(prefix="idp-output-") as folder:
        output = Path(folder, "output")
        with output.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server = Running(process=process, output=output)
        try:
            wait_until(
                lambda: _settled(server, ready),
                within_seconds=within_seconds,
                what=f"{command[0]} to be ready",
            )
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} exited with {process.returncode}:\n{server.text()}")
            yield server
        finally:
            if process.poll() is None:
                _end(server)


def _settled(server: Running, ready: tuple[int, str] | str | Callable[[], bool]) -> bool:
    """Whether it is ready, or has already ended."""
    if server.process.poll() is not None:
        return True
    if isinstance(ready, str):
        return ready in server.text().splitlines()
    return _answers(*ready) if isinstance(ready, tuple) else ready()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _end(server: Running) -> None:
    try:
        server.stop()
    except subprocess.TimeoutExpired:
        server.kill()
        raise
