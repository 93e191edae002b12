"""How authorization requests reach us."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """RFC 9126 §2.2 and §5. FAPI 2.0 wants less than 600 seconds."""

    require_pushed: bool = setting(
        "true refuses every authorization request that was not pushed (RFC 9126), whoever asks.",
        default=False,
    )
    pushed_lifetime_seconds: int = setting(
        "How soon a browser has to come with a pushed request; signing in may take longer.",
        within=(5, 599),
        default=90,
    )
