"""`idp` with a clock that can be moved: `python -m tests.journeys.moved_time CLOCK COMMAND…`.

The file CLOCK holds by how many seconds the process is ahead of everybody else.
"""

import sys
import time
from pathlib import Path

_now, _now_ns = time.time, time.time_ns


def move_time(clock: Path) -> None:
    """Every reading from now on is ahead, in our code as in that of libraries."""

    def ahead() -> int:
        return int(clock.read_text())

    def seconds() -> float:
        return _now() + ahead()

    def nanoseconds() -> int:
        return _now_ns() + ahead() * 1_000_000_000

    time.time = seconds
    time.time_ns = nanoseconds


def main(clock: str, *command: str) -> None:
    move_time(Path(clock))
    # Not before: a library may take the clock when it is imported.
    from idp.cli import main as idp  # noqa: PLC0415

    idp(command)


if __name__ == "__main__":
    main(*sys.argv[1:])
