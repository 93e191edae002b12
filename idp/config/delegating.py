"""Rules on delegation: what customers may let others do in their name."""

from collections.abc import Iterator

from idp.config.finding import Finding
from idp.config.settings import Settings
from idp.spec.scope import STANDARD_SCOPES


def offered(settings: Settings) -> Iterator[Finding]:
    """Nothing that opens the account itself: only what an API of the operator's does with it."""
    known = {scope for resource in settings.resources for scope in resource.scopes}
    ours = STANDARD_SCOPES.union(settings.own_api.scopes)
    for index, scope in enumerate(settings.delegation.scopes):
        path = ("delegation", "scopes", index)
        if scope in ours:
            message = "is about the account itself, which nobody else may act with."
            yield Finding(path=path, message=message, fix="Remove it.")
        elif scope not in known:
            fix = "Remove it, or add it to the resource that understands it."
            yield Finding(path=path, message="is a scope of no resource.", fix=fix)
        elif scope in settings.delegation.scopes[:index]:
            yield Finding(path=path, message="is listed twice.", fix="Remove one of the two.")
    if settings.delegation.enabled and not settings.delegation.scopes:
        message = "is true, and there is nothing that customers could allow."
        because = (("delegation", "scopes"),)
        fix = "Name the scopes, or leave it out."
        yield Finding(path=("delegation", "enabled"), because=because, message=message, fix=fix)
