"""Whose brand somebody sees: that of their account, which is its country's subsidiary's; until we know whose account it
is, that of the entry link by which they came.

Country and language of a subsidiary also fill in the first question of a sign-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.config.brands import BUILT_IN_SUBSIDIARIES, Brand, Subsidiary
from idp.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidiaries:
    """The built-in ones, and what the configuration says instead or besides, by their codes in lower case."""

    by_code: Mapping[str, Subsidiary]
    brands: Mapping[str, Brand]

    @classmethod
    def of(cls, settings: Settings) -> "Subsidiaries":
        known = (*BUILT_IN_SUBSIDIARIES, *settings.subsidiaries)
        return cls(
            by_code={subsidiary.code.lower(): subsidiary for subsidiary in known},
            brands={"": settings.brand}
            | {other.key: other.over(settings.brand) for other in settings.brands},
        )

    def named(self, code: str) -> Subsidiary | None:
        """The one that a link or a cookie names, in any case."""
        return self.by_code.get(code.lower())

    def of_account(self, *, country: str, language: str) -> Subsidiary | None:
        """The one of a customer's country; of several the one of their language, or else the first."""
        there = [each for each in self.by_code.values() if country and each.country == country]
        return min(there, key=lambda each: _distance(each.language, language), default=None)

    def brand_of(self, subsidiary: Subsidiary | None) -> Brand:
        return self.brands[subsidiary.brand if subsidiary else ""]

    def brand_of_account(self, *, country: str, language: str) -> Brand:
        return self.brand_of(self.of_account(country=country, language=language))


def _distance(one: str, other: str) -> int:
    """0 for the same language tag, 1 for varieties of one language, 2 for two languages."""
    if one.lower() == other.lower():
        return 0
    return 1 if one.lower().split("-")[0] == other.lower().split("-")[0] else 2
