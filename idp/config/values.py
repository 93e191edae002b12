"""From what TOML says to frozen settings, with every problem on the way instead of the first.

Driven by the dataclasses of `settings.py`: their annotations, bounds and defaults. What cannot be used is
replaced by the default (or by an empty text, where there is none) so that the rest can still be checked.
"""

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from idp.config.positions import KeyPath
from idp.config.problem import Problem, printable, shown
from idp.config.settings import Settings


@dataclass(slots=True, kw_only=True)
class Check:
    """One reading. `lines` and `variables` say where a path was set; `bad` gathers the paths that were replaced."""

    lines: Mapping[KeyPath, int]
    variables: Mapping[KeyPath, str]
    problems: list[Problem] = field(default_factory=list)
    bad: set[KeyPath] = field(default_factory=set)

    def settings(self, raw: Mapping[str, object]) -> Settings:
        """The whole configuration, usable only if `problems` stayed empty."""
        built = self._table(Settings, raw, ())
        assert isinstance(built, Settings)
        return built

    def problem(self, path: KeyPath, value: object, message: str, fix: str) -> Problem:
        """A problem at `path`, placed where its nearest enclosing key was written."""
        key = dotted(path)
        return Problem(
            key=key,
            value="" if value is MISSING else shown(key, value),
            line=None if self._variable(path) else self._line(path),
            variable=self._variable(path),
            message=message,
            fix=fix,
        )

    def _table(self, table: Any, raw: object, path: KeyPath) -> object:
        if not isinstance(raw, Mapping):
            self._refuse(path, raw, "must be a table.", f"Write its keys under [{dotted(path)}].")
            raw = {}
        hints = get_type_hints(table)
        known = {item.name: item for item in fields(table)}
        for name in raw:
            if name not in known:
                self._refuse((*path, name), raw[name], "is not a setting.", _nearest(name, list(known)))
        return table(
            **{
                name: self._field(item, hints[name], raw.get(name, MISSING), (*path, name))
                for name, item in known.items()
            }
        )

    def _field(self, item: "Field[Any]", annotation: Any, raw: object, path: KeyPath) -> object:
        if raw is not MISSING:
            before = len(self.problems)
            value = self._value(annotation, item, raw, path)
            if len(self.problems) == before or is_dataclass(annotation) or get_origin(annotation) is tuple:
                return value
        if item.default is not MISSING:
            return item.default
        if item.default_factory is not MISSING:
            return item.default_factory()
        if raw is MISSING:
            self._refuse(path, MISSING, "is missing.", f"Set it: {item.metadata['doc']}")
        return ""

    def _value(self, annotation: Any, item: "Field[Any]", raw: object, path: KeyPath) -> object:
        if is_dataclass(annotation):
            return self._table(annotation, raw, path)
        if get_origin(annotation) is tuple:
            return self._list(get_args(annotation)[0], item, raw, path)
        if get_origin(annotation) is Literal:
            return self._choice(get_args(annotation), raw, path)
        if type(raw) is not annotation:  # `True` is no whole number here.
            return self._refuse(path, raw, f"must be {_NAMES[annotation]}.", _EXAMPLES[annotation])
        if isinstance(raw, str):
            return self._text(raw, path)
        return self._number(item.metadata["within"], raw, path) if annotation is int else raw

    def _list(self, member: Any, item: "Field[Any]", raw: object, path: KeyPath) -> tuple[object, ...]:
        if not isinstance(raw, list):
            fix = f"Write [[{dotted(path)}]]." if is_dataclass(member) else 'Write it as ["one", "two"].'
            self._refuse(path, raw, "must be a list.", fix)
            return ()
        return tuple(self._value(member, item, raw[index], (*path, index)) for index in range(len(raw)))

    def _choice(self, choices: tuple[str, ...], raw: object, path: KeyPath) -> object:
        if raw in choices:
            return raw
        offered = ", ".join(f'"{choice}"' for choice in choices)
        close = difflib.get_close_matches(raw, choices, n=1) if isinstance(raw, str) else []
        fix = f'Did you mean "{close[0]}"?' if close else "Use one of them."
        return self._refuse(path, raw, f"must be one of {offered}.", fix)

    def _text(self, raw: str, path: KeyPath) -> object:
        # A line break would end a mail header; a lone surrogate, from the environment, cannot be encoded.
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in raw):
            return self._refuse(
                path, raw, "must not hold control characters.", "Write one line of plain text."
            )
        return raw

    def _number(self, within: tuple[int, int], raw: Any, path: KeyPath) -> object:
        lowest, highest = within
        if raw < lowest:
            return self._refuse(path, raw, f"must be at least {lowest}.", f"Use {lowest} or more.")
        if raw > highest:
            return self._refuse(path, raw, f"must be at most {highest}.", f"Use {highest} or less.")
        return raw

    def _refuse(self, path: KeyPath, value: object, message: str, fix: str) -> object:
        self.problems.append(self.problem(path, value, message, fix))
        self.bad.add(path)
        return ""

    def _variable(self, path: KeyPath) -> str:
        return next((self.variables[part] for part in _upwards(path) if part in self.variables), "")

    def _line(self, path: KeyPath) -> int | None:
        return next((self.lines[part] for part in _upwards(path) if part in self.lines), None)


def dotted(path: KeyPath) -> str:
    """`("resources", 1, "identifier")` → `resources[1].identifier`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _upwards(path: KeyPath) -> list[KeyPath]:
    return [path[:length] for length in range(len(path), 0, -1)]


def _nearest(name: str, siblings: list[str]) -> str:
    homes = [
        section.name
        for section in fields(Settings)
        if is_dataclass(section.type) and name in {item.name for item in fields(section.type)}
    ]
    close = difflib.get_close_matches(name, siblings, n=1)
    if close:
        return f'Did you mean "{close[0]}"?'
    if homes:
        return f"It belongs to [{homes[0]}]." if len(homes) == 1 else f"It exists in {', '.join(homes)}."
    return "Remove it; config.example.toml has every key."


_NAMES = {str: "a text", int: "a whole number", bool: "true or false"}
_EXAMPLES = {
    str: 'Write it in quotes, as "text".',
    int: "Write digits alone, without quotes, point or unit.",
    bool: "Write true or false, without quotes.",
}
