"""The table of docs/conformance.md: `make conformance`, or `python -m tests.conformance.report docs/conformance.md`.

A row for each module of each plan. What the battery's functions are parametrized with says which of them stands for
which module; what the official suite found is read from `results.json`, as `runner/report.py` writes it.
"""

import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from inspect import getmembers, isfunction
from pathlib import Path
from typing import Any

from tests.conformance import fapi2
from tests.conformance.modules import PLANS, Run, every_run

_HERE = Path(__file__).parent
_RESULTS = _HERE / "results.json"
_INTRODUCTION = """\
# Conformance

Every module of the OpenID certification plans for providers, release v5.2.4 of the official suite, without WARNING and
without SKIPPED; and those of [FAPI 2.0](#fapi-20). `make conformance` writes this page.

*Battery* is the function of ours that does what the module does, against the real application, once for each response
type: it runs in `make test`, and fails for what the suite would only warn of or skip. *Official suite* is what that one
found when `python -m tests.conformance.run` last drove it; REVIEW is its word for a pass whose picture somebody should
look at. [Setting up for the suite](conformance-setup.md) says how to run it, and with which configuration.
"""
_FAPI = """\
## FAPI 2.0

Every module of the final plans `{security}` and
`{signing}` that belongs to the variants plain_fapi, openid_connect, private_key_jwt, dpop and
signed_non_repudiation. Their ids begin with `{prefix}`. The official suite has not been run on
these; the battery runs on both databases.

| Module | Plan | Battery |
| --- | --- | --- |"""
_HEAD = "| Module | Response types | Battery | Official suite |\n| --- | --- | --- | --- |"


def batteries() -> Iterator[tuple[Run, str, str]]:
    """Each run with the file and the function of the battery that stands for it."""
    for file in sorted(_HERE.glob("test_*.py")):
        found = importlib.import_module(f"tests.conformance.{file.stem}")
        for name, function in getmembers(found, isfunction):
            if name.startswith("test_") and function.__module__ == found.__name__:
                for run in _runs(function):
                    yield run, file.name, name


def _runs(function: Any) -> Iterator[Run]:
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize" and mark.args[0] == "run":
            yield from mark.args[1]


def conformance_page(results: Iterable[Mapping[str, Any]]) -> str:
    """The page, where the official suite found `results`."""
    return "\n".join([_INTRODUCTION, *_summary(results := list(results)), *_tables(results), *_fapi()]) + "\n"


def _summary(results: list[Mapping[str, Any]]) -> Iterator[str]:
    runs = len(list(every_run()))
    plans = len({variant.plan for variant, _ in PLANS})
    yield f"{runs} runs of modules in {plans} plans; the official suite has reported on {len(results)}.\n"


def _tables(results: list[Mapping[str, Any]]) -> Iterator[str]:
    tests = {run: f"[{name}](../tests/conformance/{file})" for run, file, name in batteries()}
    for plan, modules in _by_plan().items():
        yield f"## {plan}\n\n{_HEAD}"
        for module, runs in modules.items():
            types = ", ".join(f"`{run.variant.response_type}`" for run in runs)
            evidence = ", ".join(dict.fromkeys(tests[run] for run in runs))
            yield f"| `{module}` | {types} | {evidence} | {_official(runs, results)} |"
        yield ""


def _fapi() -> Iterator[str]:
    """A row for each module of FAPI 2.0, which says by itself what it is played by."""
    tests = {
        module: f"[{name}](../tests/conformance/{file})" for module, file, name in sorted(fapi2.players())
    }
    yield _FAPI.format(security=fapi2.SECURITY_PROFILE, signing=fapi2.MESSAGE_SIGNING, prefix=fapi2.PREFIX)
    for module in fapi2.EVERY_MODULE:
        plan = "both" if module in fapi2.MODULES else "message signing"
        yield f"| `{module}` | {plan} | {tests.get(module, 'none')} |"


def _by_plan() -> dict[str, dict[str, list[Run]]]:
    found: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in every_run():
        found[run.variant.plan][run.module].append(run)
    return found


def _official(runs: list[Run], results: list[Mapping[str, Any]]) -> str:
    """What it found in every variant, each word only once, and in how many if it has not run in all of them."""
    wanted = (runs[0].variant.plan, runs[0].module)
    found = [result["result"] for result in results if (result["plan"], result["module"]) == wanted]
    if not found:
        return "not run"
    rest = f" ({len(found)} of {len(runs)})" if len(found) < len(runs) else ""
    return ", ".join(sorted(set(found))) + rest


def committed_results() -> list[Mapping[str, Any]]:
    """What the official suite found, if it has run."""
    found: list[Mapping[str, Any]] = json.loads(_RESULTS.read_text("utf-8")) if _RESULTS.exists() else []
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(conformance_page(committed_results()), encoding="utf-8")
