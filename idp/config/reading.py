"""Reads the configuration: one TOML file and overrides from the environment, into frozen settings.

Every problem is told at once: an operator fixes a file in one go, not in as many as it has mistakes. Unsafe
settings (`safety.py`) refuse as wrong ones do; doubtful ones come along as warnings.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.config.environment import Override, overrides
from idp.config.finding import Finding
from idp.config.positions import KeyPath, key_lines
from idp.config.problem import ConfigurationProblems, Problem
from idp.config.safety import doubtful, unsafe
from idp.config.settings import Settings
from idp.config.values import Check

_LARGEST_FILE = 1_048_576
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Safe settings, and what an operator should still look at."""

    settings: Settings
    warnings: tuple[Problem, ...]


def read_settings(source: Path | str, environ: Mapping[str, str]) -> Settings:
    """The settings of a file (`Path`) or of a text (`str`). Raises `ConfigurationProblems` with all of them."""
    return read_configuration(source, environ).settings


def read_configuration(source: Path | str, environ: Mapping[str, str]) -> Configuration:
    """As `read_settings`, with the warnings that `idp config check` and `idp doctor` print."""
    raw, lines = _parsed(_text(source))
    found, unknown = overrides(environ)
    for override in found:
        _apply(override, raw)
    check = Check(lines=lines, variables={override.path: override.variable for override in found})
    settings = check.settings(raw)
    unsafe_problems = _problems(unsafe(settings), settings, check)
    if problems := [*unknown, *check.problems, *unsafe_problems]:
        raise ConfigurationProblems(problems)
    return Configuration(settings=settings, warnings=tuple(_problems(doubtful(settings), settings, check)))


def _text(source: Path | str) -> str:
    if isinstance(source, str):
        return source
    try:
        with source.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _whole(f"{source} cannot be read: {reason}.", "Check the path and its permissions.") from error
    if len(content) > _LARGEST_FILE:
        raise _whole(f"{source} is larger than 1 MiB.", "Name the TOML file, not another one.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _whole(f"{source} is not UTF-8.", "Save it as UTF-8.", line) from error


def _parsed(text: str) -> tuple[dict[str, Any], Mapping[KeyPath, int]]:
    try:
        return tomllib.loads(text), key_lines(text)
    except RecursionError as error:
        raise _whole("lists or tables are nested too deeply.", "No setting nests more than twice.") from error
    except ValueError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at and at[1] else None if at is None else text.count("\n") + 1
        message = _AT_LINE.sub("", str(error))
        raise _whole(f"not valid TOML: {message}.", "Correct it; texts need quotes.", line) from error


def _apply(override: Override, raw: dict[str, Any]) -> None:
    table = raw
    for part in override.path[:-1]:
        table = table.setdefault(str(part), {})
        if not isinstance(table, dict):
            return  # The file has something else where the section belongs, and `Check` says so.
    table[str(override.path[-1])] = override.value


def _problems(findings: list[Finding], settings: Settings, check: Check) -> list[Problem]:
    return [
        check.problem(finding.path, _value_at(settings, finding.path), finding.message, finding.fix)
        for finding in findings
        if not any(_concerns(path, check.bad) for path in (finding.path, *finding.because))
    ]


def _concerns(path: KeyPath, bad: set[KeyPath]) -> bool:
    return any(path[:length] in bad for length in range(1, len(path) + 1))


def _value_at(settings: Settings, path: KeyPath) -> object:
    value: Any = settings
    for part in path:
        value = value[part] if isinstance(part, int) else getattr(value, part)
    return value


def _whole(message: str, fix: str, line: int | None = None) -> ConfigurationProblems:
    return ConfigurationProblems([Problem(key="", line=line, message=message, fix=fix)])
