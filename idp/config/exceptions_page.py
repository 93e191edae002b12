"""`python -m idp.config.exceptions_page > docs/exceptions.md`: what each exception relaxes, and what else it needs."""

import json
import sys
from collections.abc import Iterator

from idp.config.exceptions import EXCEPTIONS, Relaxation

_HEAD = """\
# Exceptions

The default is OAuth 2.1 with the advice of RFC 9700. What certification and old applications need beyond it exists as
exactly these settings of the section `[exceptions]`. Each is off, relaxes one requirement, and works for a client alone
that asks for it in its own metadata: turning one on changes nothing for anybody else.

`idp doctor` and `idp config check` warn about each that is on. With `profile = "strict"` any of them refuses the start,
as do `risk.observed_accounts` and `login.unthrottled_networks`, which spare a test suite.
[Setting up for the certification suite](conformance-setup.md) turns on just these.

Written from `idp/config/exceptions.py` by `python -m idp.config.exceptions_page`.
"""


def page() -> str:
    """The text of `docs/exceptions.md`."""
    return _HEAD + "".join(part for one in EXCEPTIONS for part in _section(one))


def _section(one: Relaxation) -> Iterator[str]:
    yield f"\n## exceptions.{one.key}\n\n| | |\n| --- | --- |\n"
    for name, text in (
        ("Strict, the default", f"`{json.dumps(one.strict)}`"),
        ("Requirement that it relaxes", one.requirement),
        ("Where that stands", one.source),
        ("What the client has to say too", one.metadata),
        ("Who needs it", one.needed_by),
        ("`idp doctor` says", f"`exceptions.{one.key}` {one.warning} {one.fix}"),
    ):
        yield f"| {name} | {text} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
