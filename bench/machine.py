"""The machine under the measurements: its cores, and what a process used of it."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from cryptography.hazmat.backends.openssl import backend

SERVER_CORE, CLIENT_CORE = 0, 1
_MEBIBYTE = 1 << 20
_FIRST = -20


def pin(*cores: int) -> None:
    """Keep this process, and threads that it starts later, on `cores`. Elsewhere than on Linux nothing is pinned."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > max(cores):
        os.sched_setaffinity(0, cores)


def everywhere() -> None:
    """Let this process use every core."""
    pin(*range(os.cpu_count() or 1))


@contextmanager
def ahead() -> Iterator[None]:
    """Run this process, and those that it started, before whatever else wants a core, as far as we may: for the moment
    of measuring, a busy machine is a little more like an idle one.
    """
    own = psutil.Process()
    family = [own, *own.children(recursive=True)]
    _prefer(family, _FIRST)
    try:
        yield
    finally:
        _prefer(family, 0)


def _prefer(family: Sequence[Any], niceness: int) -> None:
    for process in family:
        with suppress(psutil.Error):
            process.nice(niceness)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its living threads. Linux tells nanoseconds, others hundredths."""
    threads = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if threads:
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def resident_megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / _MEBIBYTE


def described(packages: Sequence[str]) -> str:
    """The machine in general terms, and the versions of what did the work."""
    memory = round(psutil.virtual_memory().total / (1 << 30))
    parts = [
        f"{os.cpu_count()} shared virtual cores ({platform.machine()}), {memory} GiB of memory, {platform.system()}",
        f"Python {platform.python_version()}",
        backend.openssl_version_text().rsplit(" ", 3)[0],
        f"SQLite {sqlite3.sqlite_version}",
        *(f"{package} {version(package)}" for package in packages),
    ]
    return ", ".join(parts)


def busy() -> str:
    """How much else there was to do in the last minutes: processes that wanted a core, on average."""
    return f"{os.getloadavg()[1]:.1f} processes wanted a core"
