"""Resource indicators: which APIs an access token is for, and with which scopes. RFC 8707, RFC 9068 §3."""

from collections.abc import Sequence

from idp.config.settings import Resource, Settings
from idp.records.client import Client
from idp.spec.errors import InvalidTarget
from idp.spec.scope import STANDARD_SCOPES


def choose_resources(
    requested: Sequence[str], client: Client, resources: Sequence[Resource], *, issuer: str
) -> tuple[str, ...]:
    """The audience of a grant. None requested means the default API, or the issuer where there is none.

    Raises InvalidTarget for an unknown API, or one that this client may not ask for (RFC 8707 §2).
    """
    if not requested:
        return next(((resource.identifier,) for resource in resources if resource.default), (issuer,))
    allowed = {resource.identifier for resource in resources if resource.default} | client.resources
    known = {resource.identifier for resource in resources}
    for identifier in requested:
        if identifier not in known or identifier not in allowed:
            raise InvalidTarget("resource is not one that this client may ask for")
    return tuple(dict.fromkeys(requested))


def narrow_resources(requested: Sequence[str], granted: tuple[str, ...]) -> tuple[str, ...]:
    """The audience of one access token: all that was granted, or a part of it. Raises InvalidTarget. RFC 8707 §2.2."""
    if any(identifier not in granted for identifier in requested):
        raise InvalidTarget("resource was not granted")
    return tuple(dict.fromkeys(requested)) or granted


def scopes_at(
    scopes: Sequence[str], audience: Sequence[str], resources: Sequence[Resource], *, issuer: str
) -> tuple[str, ...]:
    """Those of `scopes` that mean something at `audience`. Standard scopes concern userinfo, so they always stay."""
    understood = {
        scope for resource in resources if resource.identifier in audience for scope in resource.scopes
    }
    everywhere = issuer in audience
    return tuple(scope for scope in scopes if everywhere or scope in understood or scope in STANDARD_SCOPES)


def reached(audience: Sequence[str], client_id: str, settings: Settings) -> tuple[str, ...]:
    """`audience`, and every API that a client's tokens for it may be exchanged for, by it or by others further on. A
    grant means those too, or nobody could ask a person for what is then done in their name.
    """
    found = dict.fromkeys((identifier, client_id) for identifier in audience)
    waiting = list(found)
    while waiting:
        identifier, holder = waiting.pop()
        rules = [rule for rule in settings.exchanges if rule.takes(audiences=(identifier,), client_id=holder)]
        new = {
            (target, client): None for rule in rules for target in rule.audiences for client in rule.clients
        }
        waiting += [one for one in new if one not in found]
        found |= new
    return tuple(dict.fromkeys(identifier for identifier, _ in found))
