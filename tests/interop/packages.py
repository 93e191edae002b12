"""What others publish, installed as the locks of this folder say: versions and hashes, from the machine's registries.

Each relying party has its packages to itself, and none of them is installed among ours.
"""

import subprocess
import sys
import venv
from pathlib import Path

from tests.support.processes import ROOT
from tests.support.programs import GO, NPM

HERE = Path(__file__).parent
_ENVIRONMENTS = ROOT / "build" / "interop"


def install_npm(name: str) -> Path:
    """Install what the `package-lock.json` of a folder here names; answers the folder."""
    return install_npm_in(HERE / name)


def install_npm_in(folder: Path) -> Path:
    """Install what a folder's `package-lock.json` names; answers the folder."""
    _run([NPM.get(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


def install_python(name: str) -> Path:
    """The Python of an environment with what a folder's `requirements.txt` names. It is made anew when that changes."""
    folder, environment = HERE / name, _ENVIRONMENTS / name
    python, requirements = environment / "bin" / "python", folder / "requirements.txt"
    wanted = f"{sys.version}\n{requirements.read_text()}"
    installed = environment / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(environment, clear=True, symlinks=True)
        command: list[str | Path] = [sys.executable, "-m", "pip", "--python", python]
        command += ["--disable-pip-version-check", "install", "--quiet", "--no-input"]
        command += ["--require-hashes", "--only-binary", ":all:", "--requirement", requirements]
        _run(command, folder)
        installed.write_text(wanted)
    return python


def build_go(name: str, package: str = ".") -> Path:
    """The program of a folder here, or one that it names, built with what its `go.mod` and `go.sum` lock."""
    program = _ENVIRONMENTS / name
    _run([GO.get(), "build", "-mod=readonly", "-trimpath", "-o", program, package], HERE / name)
    return program


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}"
        raise RuntimeError(f"cannot install what {folder} names; it needs a package registry:\n{said}")
