"""Several serving processes on the same sockets, for PostgreSQL. A worker that dies is replaced.

The supervisor runs no application. SIGTERM and SIGINT reach the workers as SIGTERM; it waits for their drain, and
only then kills. Workers notice by themselves if the supervisor dies (`web/serving.py`).
"""

import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.context import SpawnProcess

import structlog

Target = Callable[[Sequence[socket.socket]], None]
"""A worker's whole life: builds its application and serves. Importable or picklable, since processes are spawned."""

GRACE_SECONDS = 5
"""What a worker gets beyond its drain before it is killed."""

QUICK_DEATH_SECONDS = 10
MOST_QUICK_DEATHS = 3


class WorkersFailed(Exception):
    """Workers die right after their start, so replacing them would never end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    process: SpawnProcess
    started_at: float


def supervise(
    target: Target,
    sockets: Sequence[socket.socket],
    *,
    workers: int,
    drain_seconds: float,
    on_death: Callable[[int], None] = lambda _pid: None,
) -> None:
    """Returns after a signal, when every worker has ended. `on_death` gets the pid of each that died before.

    Closes the sockets. Raises WorkersFailed if `MOST_QUICK_DEATHS` workers in a row lived less than
    `QUICK_DEATH_SECONDS`. Call it in the main thread.
    """
    running: list[_Worker] = []
    with _signalled() as signals:
        try:
            running.extend(_start(target, sockets) for _ in range(workers))
            _replace_the_dead(running, target, sockets, signals, on_death)
        finally:
            for listener in sockets:
                listener.close()
            _end(running, drain_seconds)


def _replace_the_dead(
    running: list[_Worker],
    target: Target,
    sockets: Sequence[socket.socket],
    signals: socket.socket,
    on_death: Callable[[int], None],
) -> None:
    quick_deaths = 0
    while True:
        ready = connection.wait([signals, *(worker.process.sentinel for worker in running)])
        if signals in ready:
            return
        for worker in [worker for worker in running if worker.process.sentinel in ready]:
            worker.process.join()
            lived = time.monotonic() - worker.started_at
            _log.error("worker died", pid=worker.process.pid, exit_status=worker.process.exitcode)
            running.remove(worker)
            on_death(worker.process.pid or 0)
            quick_deaths = quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
            if quick_deaths >= MOST_QUICK_DEATHS:
                raise WorkersFailed("workers die right after their start; their log lines say why")
            running.append(_start(target, sockets))


def _start(target: Target, sockets: Sequence[socket.socket]) -> _Worker:
    process = get_context("spawn").Process(target=target, args=(list(sockets),))
    process.start()
    return _Worker(process=process, started_at=time.monotonic())


def _end(running: Sequence[_Worker], drain_seconds: float) -> None:
    for worker in running:
        worker.process.terminate()
    deadline = time.monotonic() + drain_seconds + GRACE_SECONDS
    for worker in running:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            _log.error("worker killed", pid=worker.process.pid)
            worker.process.kill()
            worker.process.join()
        worker.process.close()


@contextmanager
def _signalled() -> Iterator[socket.socket]:
    """A socket that becomes readable when we are told to end."""
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    former = {number: signal.signal(number, _note) for number in (signal.SIGTERM, signal.SIGINT)}
    former_waker = signal.set_wakeup_fd(waker.fileno())
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(former_waker)
        for number, handler in former.items():
            signal.signal(number, handler)
        woken.close()
        waker.close()


def _note(_number: int, _frame: object) -> None:
    """Keeps the default action from happening; the socket brings the news."""


_log = structlog.get_logger()
