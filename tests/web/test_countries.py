"""The countries of a form: all of the world's, named and sorted as the reader's language does."""

import pytest

from idp.web.countries import countries, is_country


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "it", "pl", "pt"])
def test_all_of_iso_3166_and_kosovo_have_a_name(language: str) -> None:
    found = dict(countries(language))
    assert len(found) == 250
    assert {"FR", "XK", "GB", "US", "GF", "AX", "HK"} <= set(found)
    assert all(found.values())


def test_they_are_sorted_where_people_look_for_them() -> None:
    french = [name for _, name in countries("fr")]
    assert french[0] == "Afghanistan"
    assert french.index("Espagne") < french.index("États-Unis") < french.index("Éthiopie")
    english = [name for _, name in countries("en")]
    assert english.index("Albania") > english.index("Åland Islands") > english.index("Afghanistan")


@pytest.mark.parametrize("code", ["", "fr", "EU", "QO", "ZZ", "001", "FRA", "'; --"])
def test_what_is_no_country_is_none(code: str) -> None:
    assert not is_country(code)
