"""Sees to it that the machine has what a suite needs: `python -m tests.support.provision test|interop|bench`.

As root on Debian it installs what is missing. Elsewhere it fails and says what to install.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.programs import NEEDED_BY, MissingProgram, Program


def main(suite: str) -> None:
    """Exit with a message if something is missing and cannot be installed."""
    programs = NEEDED_BY[suite]
    wanted = tuple(program for program in programs if not program.is_itself)
    if wanted and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        _install(wanted)
    if missing := _missing(programs):
        sys.exit(f"make {suite}: {MissingProgram(missing)}")


def _missing(programs: tuple[Program, ...]) -> tuple[Program, ...]:
    return tuple(program for program in programs if program.find() is None)


def _install(programs: tuple[Program, ...]) -> None:
    """Install Debian's packages, without starting the services in them: tests start their own on free ports."""
    packages = sorted({program.package for program in programs})
    print("Installing", *packages, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    apt_get = ["apt-get", "--quiet", "--quiet", "--option", "DPkg::Lock::Timeout=300"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*apt_get, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            return


if __name__ == "__main__":
    main(sys.argv[1])
