"""No module of the FAPI 2.0 plans lacks a test."""

from collections import Counter

from tests.conformance.fapi2 import EVERY_MODULE, players


def test_every_module_has_one_function() -> None:
    played = Counter(module for module, _, _ in players())
    assert set(EVERY_MODULE) - set(played) == set()
    assert set(played.values()) == {1}
