"""The versions that `docs/interop.md` names are those that are locked."""

import json
import re
from pathlib import Path

from tests.docs.markdown import table
from tests.support.processes import ROOT

_INTEROP = ROOT / "tests" / "interop"
_DEBIAN = "Debian’s"


def test_versions_are_those_of_the_locks() -> None:
    rows = table(ROOT / "docs" / "interop.md", "Clients that we did not write")
    named = {row[0].split()[0].lower(): row[1] for row in rows if row[1] != _DEBIAN}
    locked = _locked()
    assert named == {name: locked.get(name) for name in named}
    assert {folder.name for folder in _folders()} - {"django"} <= named.keys()


def _folders() -> list[Path]:
    """A folder is named after its client, or after the framework that the client is for."""
    return [
        lock.parent
        for name in ("package-lock.json", "requirements.txt", "go.sum")
        for lock in _INTEROP.glob(f"*/{name}")
    ]


def _locked() -> dict[str, str]:
    versions: dict[str, str] = {}
    for lock in _INTEROP.glob("*/package-lock.json"):
        packages = json.loads(lock.read_text())["packages"]
        versions |= {Path(path).name: package["version"] for path, package in packages.items() if path}
    for lock in _INTEROP.glob("*/requirements.txt"):
        versions |= dict(re.findall(r"^([\w-]+)==([\w.]+)", lock.read_text(), re.MULTILINE))
    for lock in _INTEROP.glob("*/go.mod"):
        direct = lock.read_text().partition("require (")[2].partition(")")[0]
        versions |= dict(re.findall(r"/([a-z][\w-]+)(?:/v\d+)? v([\d.]+)$", direct, re.MULTILINE))
    return versions
