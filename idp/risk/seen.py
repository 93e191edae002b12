"""What a request shows of the place and the browser that it comes from, in words for its owner."""

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from idp.records.event import Circumstances
from idp.records.ports import Geography, UserAgents
from idp.records.risk import Place, UserAgent


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    place: Place
    agent: UserAgent

    @property
    def browser_text(self) -> str:
        """`Firefox, Linux`, or as much of it as is known. Pages that speak other languages have `agent`."""
        return ", ".join(filter(None, (self.agent.browser, self.agent.system)))

    @property
    def place_text(self) -> str:
        """`Roubaix, France`, or as much of it as is known."""
        return self.place_in("en")

    def place_in(self, language: str) -> str:
        """The place as `language` names its country."""
        return ", ".join(filter(None, (self.place.city, country_name(self.place.country, language))))


def seen(circumstances: Circumstances, geography: Geography, user_agents: UserAgents) -> Seen:
    """Look a request's address and user agent up."""
    return Seen(
        place=geography.place_of(circumstances.address), agent=user_agents.parse(circumstances.user_agent)
    )


def country_name(country: str, language: str) -> str:
    """An ISO 3166 code in words; the code itself where the language has none."""
    return str(_countries(language).get(country, country)) if country else ""


@lru_cache(maxsize=64)
def _countries(language: str) -> dict[str, str]:
    return dict(Locale.parse(language, sep="-").territories)
