"""Several processes at one SQLite database: nobody is told that it is locked."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.support.processes import ROOT


@pytest.mark.parametrize(("processes", "openings", "at_once"), [(2, 1, 50), (6, 10, 2)])
def test_processes_that_write_at_once_take_turns(
    sqlite_url: str, processes: int, openings: int, at_once: int
) -> None:
    """As a server and a command do; and as commands do whose last one closes while another opens."""
    path = sqlite_url.removeprefix("sqlite:///")
    command = [sys.executable, "-m", "tests.faults.writing", path]
    running = [
        subprocess.Popen(
            [*command, f"p{number}", str(openings), str(at_once)], cwd=ROOT, stderr=subprocess.PIPE
        )
        for number in range(processes)
    ]

    said = [process.communicate(timeout=60)[1].decode() for process in running]

    assert said == [""] * processes
    with closing(sqlite3.connect(path)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM lease").fetchone()
    assert rows == processes * openings * at_once
