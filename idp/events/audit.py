"""The audit trail: every event becomes a row in the transaction of what it records.

An address is kept as a keyed digest, so the rows of one address can be found together while the table names none.
The digest changes with its key, whose id stands beside it.
"""

import hmac
import json
from functools import lru_cache

from idp.records.event import SIGN_IN_EVENTS, Circumstances, Event
from idp.records.ports import Entropy, Geography, UserAgents
from idp.records.risk import Place, UserAgent
from idp.signing.secrets import Purpose, Secrets
from idp.store.events import INSERT_AUDIT_EVENT
from idp.store.statement import Effect


class Audit:
    """Turns events into effects."""

    def __init__(
        self,
        entropy: Entropy,
        secrets: Secrets,
        geography: Geography | None = None,
        user_agents: UserAgents | None = None,
    ) -> None:
        """Without `geography` no country is recorded, without `user_agents` no browser."""
        self._entropy = entropy
        self._secrets = secrets
        self._geography = geography
        self._user_agents = user_agents

    def effect(self, event: Event, circumstances: Circumstances, *, now: int) -> Effect:
        """The row of `event`, for the transaction of what it records."""
        digest, key_id = self._address_digest(circumstances.address)
        details = {**self._seen(event, circumstances), **event.details}
        return INSERT_AUDIT_EVENT.effect(
            event_id=self._entropy.uuid7(now),
            at=now,
            type=event.type.value,
            outcome=event.outcome,
            reason=event.reason,
            actor=event.actor,
            subject_id=event.subject_id,
            client_id=event.client_id,
            session_id=event.session_id,
            family_id=event.family_id,
            factor=event.factor,
            address_digest=digest,
            address_key_id=key_id,
            country=self._country(circumstances.address),
            correlation_id=circumstances.correlation_id,
            details=json.dumps(details, separators=(",", ":"), sort_keys=True) if details else "{}",
        )

    def _seen(self, event: Event, circumstances: Circumstances) -> dict[str, str]:
        """What the account's owner recognises a sign-in by: the browser's family, and the city beside the country."""
        if event.type not in SIGN_IN_EVENTS or event.subject_id is None:
            return {}
        agent = self._user_agents.parse(circumstances.user_agent) if self._user_agents else UserAgent()
        place = (
            self._geography.place_of(circumstances.address)
            if self._geography and circumstances.address
            else Place()
        )
        found = {"browser": agent.browser, "system": agent.system, "city": place.city}
        return {name: value for name, value in found.items() if value}

    def _country(self, address: str) -> str:
        return self._geography.place_of(address).country if self._geography and address else ""

    def _address_digest(self, address: str) -> tuple[str, str]:
        if not address:
            return "", ""
        key = self._secrets.newest(Purpose.ADDRESS)
        return _digest(key.value, address), key.secret_id


@lru_cache(maxsize=4096)
def _digest(key: bytes, address: str) -> str:
    """Whoever asks tends to ask again."""
    return hmac.digest(key, address.encode(), "sha256").hex()
