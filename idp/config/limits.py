"""How often one client may ask: a bucket of requests for each, in the memory of each serving process."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`docs/operations.md` explains it."""

    requests_per_minute: int = setting(
        "Requests that one client may make in a minute at the endpoints where clients authenticate, for each serving"
        " process; 0 for any number. A client's own requests_per_minute takes its place.",
        within=(0, 1_000_000),
        default=0,
    )
    burst_seconds: int = setting(
        "How many seconds' worth of them may come at once.", within=(1, 3_600), default=20
    )
