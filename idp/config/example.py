"""`python -m idp.config.example > config.example.toml`: every key, its sentence, its bounds and its default.

A key stands behind `#` with its default, so the file can be copied, and the few keys to set are easy to see.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin, get_type_hints

from idp.config.settings import Settings

_HEAD = """\
# Configuration of idp. A key behind "#" shows its default; durations are seconds.
# IDP_SECTION__KEY in the environment overrides a key: IDP_DATABASE__URL, IDP_SERVER__PORT, IDP_ISSUER.
# `idp config check FILE` names every problem with its line and its fix.
# Written from idp/config/settings.py by `python -m idp.config.example`."""
_WIDTH = 100


def example() -> str:
    """The text of `config.example.toml`."""
    return "\n".join((_HEAD, *_table(Settings, ""))) + "\n"


def _table(table: Any, name: str) -> Iterator[str]:
    """Keys first: in TOML, whatever follows the header of another table belongs to that one."""
    hints = get_type_hints(table)
    for item in fields(table):
        if not is_dataclass(hints[item.name]) and not _is_list_of_tables(hints[item.name]):
            yield from ("", *_key(item, hints[item.name]))
    for item in fields(table):
        path = f"{name}.{item.name}" if name else item.name
        if is_dataclass(hints[item.name]):
            yield from ("", "", f"[{path}]", *_table(hints[item.name], path))
        elif _is_list_of_tables(hints[item.name]):
            yield from ("", *_list(item, get_args(hints[item.name])[0], path))


def _key(item: "Field[Any]", annotation: Any) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(f"{item.metadata['doc']}{_range(item, annotation)}", _WIDTH))
    if item.default is MISSING:
        yield f"{item.name} = {json.dumps(item.metadata['example'])}"
    else:
        yield f"# {item.name} = {json.dumps(item.default)}"


def _list(item: "Field[Any]", member: Any, path: str) -> Iterator[str]:
    yield f"# {item.metadata['doc']} One such table for each:"
    yield f"# [[{path}]]"
    hints = get_type_hints(member)
    for part in fields(member):
        value = part.metadata["example"] if part.default is MISSING else part.default
        yield f"#   {part.metadata['doc']}{_range(part, hints[part.name])}"
        yield f"# {part.name} = {json.dumps(value)}"


def _range(item: "Field[Any]", annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f" One of {', '.join(json.dumps(choice) for choice in get_args(annotation))}."
    if item.metadata["within"]:
        lowest, highest = item.metadata["within"]
        return f" From {lowest} to {highest}."
    return " Required." if item.default is MISSING else ""


def _is_list_of_tables(annotation: Any) -> bool:
    return get_origin(annotation) is tuple and is_dataclass(get_args(annotation)[0])


if __name__ == "__main__":
    sys.stdout.write(example())
