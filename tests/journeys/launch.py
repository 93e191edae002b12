"""A demo world with a clock and settings of its own: `python -m tests.journeys.launch PORT FOLDER CLOCK JSON`.

The file CLOCK holds by how many seconds the whole process is ahead of everybody else; JSON holds sections of settings
with the keys that differ, such as `{"database": {"url": "postgresql://…"}}`. All else is `idp demo`.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.journeys.moved_time import move_time


def main(port: str, folder: str, clock: str, sections: str) -> None:
    move_time(Path(clock))
    # Not before: a library may take the clock when it is imported.
    from idp.adapters.clock import SystemClock  # noqa: PLC0415
    from idp.adapters.entropy import SystemEntropy  # noqa: PLC0415
    from idp.app import upkeep  # noqa: PLC0415
    from idp.cli.demo import live  # noqa: PLC0415
    from idp.demo.world import bind_world  # noqa: PLC0415

    # When days pass in a moment, what is due by then is done a moment later.
    upkeep._INTERVAL_SECONDS = 1  # noqa: SLF001
    world = bind_world(int(port), Path(folder), clock=SystemClock(), entropy=SystemEntropy())
    different: dict[str, dict[str, Any]] = json.loads(sections)
    changed = {name: replace(getattr(world.settings, name), **keys) for name, keys in different.items()}
    live(replace(world, settings=replace(world.settings, **changed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
