"""Every dependency is justified, locked with hashes, and comes from nowhere in particular."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("lock", "run", "serve", "test")
SECTIONS = {
    "To serve": "",
    "For the demo": "demo",
    "To test": "test",
    "To check": "lint",
    "To measure": "bench",
    "To build": "build",
}


@pytest.mark.parametrize(("section", "extra"), SECTIONS.items())
def test_page_justifies_exactly_what_pyproject_asks_for(section: str, extra: str) -> None:
    rows = _rows(section)
    assert [row[0] for row in rows] == [requirement.name for requirement in _asked_for(extra)]
    for row in rows:
        assert len(row) == 5, row
        assert all(row), row


def test_every_extra_has_its_section() -> None:
    assert set(SECTIONS.values()) == {"", *_project()["optional-dependencies"]}


@pytest.mark.requirement("S93")
@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_everything_with_hashes(name: str) -> None:
    blocks = [block for block in re.split(r"\n(?=\S)", _lock(name)) if not block.startswith("#")]
    assert blocks
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==\S+", block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_address(name: str) -> None:
    assert not re.search(r"://|--find-links|--index|--extra-index|--trusted|@ ", _lock(name))


@pytest.mark.parametrize(
    ("name", "extras"), [("serve", [""]), ("run", ["", "demo", "build"]), ("test", SECTIONS.values())]
)
def test_lock_answers_pyproject(name: str, extras: list[str]) -> None:
    pins = _pins(name)
    for requirement in [requirement for extra in extras for requirement in _asked_for(extra)]:
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), (
            f"run make lock: {requirement}"
        )


@pytest.mark.parametrize(("part", "whole"), [("serve", "run"), ("run", "test")])
def test_what_runs_is_what_was_tested(part: str, whole: str) -> None:
    assert _pins(part).items() <= _pins(whole).items()


def test_code_imports_only_what_is_asked_for() -> None:
    of_module = packages_distributions()
    asked_for = {
        canonicalize_name(requirement.name) for extra in ("", "demo") for requirement in _asked_for(extra)
    }
    imported = {
        canonicalize_name(of_module[module][0])
        for path in (ROOT / "idp").rglob("*.py")
        for module in _imported(path)
        if module not in sys.stdlib_module_names and module != "idp"
    }
    assert imported - asked_for == set()


def _imported(path: Path) -> set[str]:
    """The top-level modules that a file imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | named}


def _project() -> dict[str, dict[str, list[str]]]:
    project: dict[str, dict[str, list[str]]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _asked_for(extra: str) -> list[Requirement]:
    project = _project()
    listed = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return [Requirement(line) for line in listed]


def _rows(section: str) -> list[list[str]]:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    table = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def _pins(name: str) -> dict[str, str]:
    return {
        canonicalize_name(found[0]): found[1]
        for found in re.findall(r"^([\w.-]+)==(\S+)", _lock(name), re.MULTILINE)
    }
