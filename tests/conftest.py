"""What every test may ask for: databases, a browser, and the numbers of the requirements that it checks."""

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.prepared",
    "tests.support.requirements",
    "tests.support.world",
    "tests.support.delegating",
    "tests.support.service_accounts",
]

# A shared machine pauses where it likes, so no example is judged by its time; a failure prints how to repeat it.
settings.register_profile("idp", deadline=None, print_blob=True)
settings.load_profile("idp")

_LONG = "test_history_over_http"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test first: no processor is left alone with it at the end."""
    items.sort(key=lambda item: _LONG not in item.nodeid)
