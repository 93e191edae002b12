"""What a request shows, in words."""

import pytest

from idp.adapters.user_agents import ParsedUserAgents
from idp.records.risk import Place, UserAgent
from idp.risk.seen import Seen, country_name, seen
from tests.risk.conftest import FIREFOX, HOME, Atlas, circumstances


def test_a_request_is_seen() -> None:
    found = seen(circumstances(HOME, FIREFOX), Atlas(), ParsedUserAgents())
    assert found.browser_text == "Firefox, Linux"
    assert found.place_text == "France"


@pytest.mark.parametrize(
    ("place", "english", "french"),
    [
        (Place(), "", ""),
        (Place(country="DE", city="Köln"), "Köln, Germany", "Köln, Allemagne"),
        (Place(country="US"), "United States", "États-Unis"),
        (Place(country="X1"), "X1", "X1"),
    ],
)
def test_places_are_named_in_each_language(place: Place, english: str, french: str) -> None:
    found = Seen(place=place, agent=UserAgent())
    assert (found.place_text, found.place_in("fr")) == (english, french)
    assert found.browser_text == ""


def test_half_of_a_browser_is_named() -> None:
    assert Seen(place=Place(), agent=UserAgent(system="Android")).browser_text == "Android"
    assert country_name("FR", "fr-BE") == "France"
