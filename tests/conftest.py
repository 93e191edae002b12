"""What every test may ask for: databases, a browser, and the numbers of the requirements that it checks."""

from collections.abc import Iterator
from functools import cache, partial

import pytest
from hypothesis import settings
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

from idp.web import locale

pytest_plugins = [
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.requirements",
    "tests.support.world",
]

# A shared machine pauses where it likes, so no example is judged by its time; a failure prints how to repeat it.
settings.register_profile("idp", deadline=None, print_blob=True)
settings.load_profile("idp")

_LONG = "test_history_over_http"


class _Compiled(BytecodeCache):
    """Templates that this process has compiled, by name and source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """A server reads templates and catalogues once; thousands of worlds in one process needn't each do it anew."""
    with pytest.MonkeyPatch.context() as patch:
        environment = partial(Environment, bytecode_cache=_Compiled())
        patch.setattr("idp.web.pages.Environment", environment)
        patch.setattr("idp.events.composing.Environment", environment)
        patch.setattr(locale, "compiled", cache(locale.compiled))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test first: no processor is left alone with it at the end."""
    items.sort(key=lambda item: _LONG not in item.nodeid)
