"""What is wrong with a configuration, told so that an operator can fix it without reading our code.

Values are shown because a typing error is easiest seen in what was typed; secrets are masked, since the
message ends up in logs and tickets.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CREDENTIALS = re.compile(r"(?<=://)([^:@/]*):.*@", re.DOTALL)
_SECRET_PARAMETER = re.compile(r"(?i)((?:password|passwd|secret|token)=)[^&\s]*")
_SECRET_NAME = re.compile(r"(?i)pass|secret|token$|pepper|credential")
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to change. `line` is 1-based, in the file; `variable` names the environment variable instead."""

    key: str
    value: str = ""
    line: int | None = None
    variable: str = ""
    message: str
    fix: str

    @property
    def place(self) -> str:
        """Where the value was read: `line 12`, `environment variable IDP_ISSUER`, or nothing for a default."""
        if self.variable:
            return f"environment variable {self.variable}"
        return f"line {self.line}" if self.line else ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        what = f"{self.key} = {self.value}" if self.value else self.key
        subject = f"{what}: " if what else ""
        return f"{where}{subject}{self.message} {self.fix}"


class ConfigurationProblems(Exception):
    """The configuration cannot be used. `problems` is never empty and in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(map(str, self.problems)))


def shown(key: str, value: object) -> str:
    """`value` as TOML would write it, shortened, without passwords. A key that sounds like a secret shows none."""
    if _SECRET_NAME.search(key.rpartition(".")[2]) and isinstance(value, str):
        return '"•••"'
    if isinstance(value, str):
        masked = _SECRET_PARAMETER.sub(r"\1•••", _CREDENTIALS.sub(r"\1:•••@", value))
        return _shortened('"' + printable(masked).replace('"', '\\"') + '"')
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return _shortened("[" + ", ".join(shown(key, item) for item in value[:10]) + "]")
    if isinstance(value, dict):
        return _shortened(
            "{" + ", ".join(f"{name} = {shown(str(name), value[name])}" for name in value) + "}"
        )
    return _shortened(_number(value))


def printable(text: str) -> str:
    """`text` on one line that any terminal and log can show."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def _number(value: object) -> str:
    # Python refuses to print integers of more than 4,300 digits, which TOML can carry as hexadecimal.
    if isinstance(value, int) and abs(value) >= 10**40:
        return "-(huge)" if value < 0 else "(huge)"
    return str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
