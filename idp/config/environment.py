"""Overrides from the environment: `IDP_SECTION__KEY`, or `IDP_KEY` for a key outside any section.

Names derive from the dataclasses. A text is taken as it is where a text is wanted; everything else is written
as in TOML, and a list of texts may also be separated by commas.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from idp.config.positions import KeyPath
from idp.config.problem import Problem
from idp.config.settings import Settings

PREFIX = "IDP_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What one variable sets. `value` is as `tomllib` would have read it, not yet checked."""

    path: KeyPath
    variable: str
    value: object


def overrides(environ: Mapping[str, str]) -> tuple[list[Override], list[Problem]]:
    """Our variables in `environ`, and a problem for each that names no setting."""
    known = dict(_variables(Settings, ()))
    found: list[Override] = []
    unknown: list[Problem] = []
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable in known:
            path, annotation = known[variable]
            value = _as_toml(annotation, environ[variable])
            found.append(Override(path=path, variable=variable, value=value))
        else:
            unknown.append(_unknown(variable, list(known)))
    return found, unknown


def _variables(table: type, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[tuple[str, ...], Any]]]:
    hints = get_type_hints(table)
    for item in fields(table):
        annotation = hints[item.name]
        if is_dataclass(annotation):
            assert isinstance(annotation, type)
            yield from _variables(annotation, (*path, item.name))
        else:
            yield PREFIX + "__".join((*path, item.name)).upper(), ((*path, item.name), annotation)


def _as_toml(annotation: Any, text: str) -> object:
    origin = get_origin(annotation)
    if annotation is str or origin is Literal:
        return text
    if origin is tuple and get_args(annotation)[0] is str and not text.lstrip().startswith("["):
        return [item.strip() for item in text.split(",")] if text.strip() else []
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text  # The check of its type says what was wanted.
    return read["value"] if read.keys() == {"value"} else text


def _unknown(variable: str, known: list[str]) -> Problem:
    close = difflib.get_close_matches(variable, known, n=1)
    return Problem(
        key="",
        variable=variable,
        message="names no setting.",
        fix=f"Did you mean {close[0]}?" if close else f"Unset it: {PREFIX}… is for IDP_SECTION__KEY alone.",
    )
