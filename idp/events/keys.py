"""The audit events of signing keys."""

from collections.abc import Mapping

from idp.records.event import Event, EventType
from idp.signing.succession import Act, KeyChange

_TYPES: Mapping[Act, EventType] = {
    "published": EventType.KEY_PUBLISHED,
    "activated": EventType.KEY_ACTIVATED,
    "retired": EventType.KEY_RETIRED,
    "withdrawn": EventType.KEY_WITHDRAWN,
    "imported": EventType.KEY_IMPORTED,
}


def key_event(change: KeyChange, *, actor: str) -> Event:
    """What happened to a key. `actor` is `cli:…`, or `system` for a rotation that was due."""
    details = {"kid": change.kid, "algorithm": change.algorithm}
    return Event(type=_TYPES[change.act], actor=actor, details=details)
