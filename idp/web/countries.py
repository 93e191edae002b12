"""The countries of the world as a language names and sorts them: what a form offers where somebody says where they are.

ISO 3166-1 as CLDR writes it, with Kosovo, which has a code for its use alone.
"""

import re
import unicodedata
from functools import lru_cache

from idp.web.locale import babel_locale

_CODE = re.compile("[A-Z]{2}")
# CLDR has more codes than ISO: groupings, made-up places, and parts of countries that have a code of their own.
_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)


@lru_cache(maxsize=32)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Codes and names, sorted by name."""
    territories = babel_locale(language).territories.items()
    found = [
        (code, str(name)) for code, name in territories if _CODE.fullmatch(code) and code not in _NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda country: _sorted_as(country[1])))


def is_country(code: str) -> bool:
    """Whether a text is one of the codes."""
    return code in _codes()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(code for code, _ in countries("en"))


def _sorted_as(name: str) -> str:
    """Accents and dashes don't count: Åland and États-Unis stand where people look for them."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in plain if character.isalnum() or character == " ")
