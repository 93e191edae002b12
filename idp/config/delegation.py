"""The settings of delegation: customers who let other accounts act for theirs. `docs/delegation.md` explains it."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    enabled: bool = setting("Whether customers may let other accounts act for theirs.", default=False)
    scopes: tuple[str, ...] = setting(
        "What they may allow: scopes of [[resources]]. One that is taken out is void at once, also where it was"
        " allowed before.",
        default=(),
    )
    most: int = setting(
        "Most accounts that one customer may let act, offers that wait included.",
        within=(1, 1_000),
        default=20,
    )
    offers_each_day: int = setting(
        "Most offers that one customer may make in 24 hours.", within=(1, 1_000), default=10
    )
    longest_days: int = setting("Longest time that one may last.", within=(1, 3_650), default=365)

    def still_offered(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `scopes` that a delegation may mean today."""
        return tuple(scope for scope in scopes if scope in self.scopes) if self.enabled else ()
