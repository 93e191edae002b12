"""Rules on durations that make sense only together."""

from collections.abc import Iterator

from idp.config.finding import Finding
from idp.config.settings import Settings

_DAY = 86_400


def sessions(settings: Settings) -> Iterator[Finding]:
    """An idle limit beyond the absolute one never applies, though somebody meant it to."""
    session = settings.session
    absolute = ("session", "absolute_seconds")
    for key, value in (
        ("idle_seconds", session.idle_seconds),
        ("staff_idle_seconds", session.staff_idle_seconds),
        ("shared_idle_seconds", session.shared_idle_seconds),
    ):
        if value > session.absolute_seconds:
            message = f"is longer than session.absolute_seconds, {session.absolute_seconds}."
            fix = f"Use {session.absolute_seconds} or less, or raise the other."
            yield Finding(path=("session", key), because=(absolute,), message=message, fix=fix)


def tokens(settings: Settings) -> Iterator[Finding]:
    """The same for refresh tokens; and a family must live as long as an access token that it pays for."""
    lifetimes = settings.tokens
    if lifetimes.refresh_idle_seconds > lifetimes.refresh_absolute_seconds:
        message = f"is longer than tokens.refresh_absolute_seconds, {lifetimes.refresh_absolute_seconds}."
        fix = f"Use {lifetimes.refresh_absolute_seconds} or less, or raise the other."
        because = (("tokens", "refresh_absolute_seconds"),)
        yield Finding(path=("tokens", "refresh_idle_seconds"), because=because, message=message, fix=fix)
    if lifetimes.access_token_lifetime_seconds > lifetimes.refresh_idle_seconds:
        message = f"is longer than tokens.refresh_idle_seconds, {lifetimes.refresh_idle_seconds}: no client refreshes."
        fix = f"Use {lifetimes.refresh_idle_seconds} or less, or raise the other."
        because = (("tokens", "refresh_idle_seconds"),)
        path = ("tokens", "access_token_lifetime_seconds")
        yield Finding(path=path, because=because, message=message, fix=fix)


def resource_tokens(settings: Settings) -> Iterator[Finding]:
    """The same where an API has a lifetime of its own."""
    idle_seconds = settings.tokens.refresh_idle_seconds
    for index, resource in enumerate(settings.resources):
        if resource.token_lifetime_seconds > idle_seconds:
            message = f"is longer than tokens.refresh_idle_seconds, {idle_seconds}: no client refreshes."
            fix = f"Use {idle_seconds} or less, or raise the other."
            because = (("tokens", "refresh_idle_seconds"),)
            path = ("resources", index, "token_lifetime_seconds")
            yield Finding(path=path, because=because, message=message, fix=fix)


def key_rotation(settings: Settings) -> Iterator[Finding]:
    """The next key is published before it signs, for as long as anyone may hold the JWKS without it."""
    keys = settings.keys
    published = keys.jwks_max_age_seconds + keys.cache_seconds
    if keys.rotation_days * _DAY < 2 * published:
        message = (
            f"rotates faster than others learn of a key: jwks_max_age_seconds is {keys.jwks_max_age_seconds}."
        )
        fix = f"Use {-(-2 * published // _DAY)} or more, or lower keys.jwks_max_age_seconds."
        because = (("keys", "jwks_max_age_seconds"), ("keys", "cache_seconds"))
        yield Finding(path=("keys", "rotation_days"), because=because, message=message, fix=fix)


def staff(settings: Settings) -> Iterator[Finding]:
    session = settings.session
    if session.staff_idle_seconds > session.idle_seconds:
        message = f"lets staff idle longer than customers, {session.idle_seconds}."
        fix = "Staff can do more harm: use less."
        because = (("session", "idle_seconds"),)
        yield Finding(path=("session", "staff_idle_seconds"), because=because, message=message, fix=fix)
