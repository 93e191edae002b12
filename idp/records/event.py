"""Who asks: the circumstances of a request that the audit trail keeps."""

from dataclasses import dataclass, field
from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The edge's view of one request. `address` and `network` are texts ("" when there is none, as for a command)."""

    correlation_id: str = ""
    address: str = ""
    network: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One audit record. `type` is `noun.verb`; `reason` a code; `details` hold no secret and no address."""

    type: str
    outcome: str
    actor: str
    reason: str = ""
    subject_id: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    family_id: str | None = None
    factor: str = ""
    details: Mapping[str, str | int | list[str]] = field(default_factory=dict)
