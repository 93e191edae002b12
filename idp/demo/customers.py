"""Customer IDs for invoices, as a service gets them: with an access token of its own, from the provider's API."""

import asyncio
import logging
from dataclasses import dataclass, field

import httpx2

from idp.demo.addresses import Addresses
from idp.records.ports import Clock

_log = logging.getLogger(__name__)
_SCOPE = "customers:read"
_RENEW_BEFORE_SECONDS = 30


@dataclass(slots=True, kw_only=True)
class Customers:
    """A service account's view of customers. Its token serves until shortly before it expires."""

    addresses: Addresses
    client_id: str
    client_secret: str
    clock: Clock
    _token: str = field(default="", repr=False)
    _renew_at: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def customer_id(self, sub: str) -> str | None:
        """The customer ID of a `sub`; None if the provider refuses, knows nobody or doesn't answer."""
        url = f"{self._api}/customers/{sub}"
        try:
            async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=10) as client:
                headers = {"Authorization": f"Bearer {await self._current_token(client)}"}
                response = await client.get(url, headers=headers)
                if response.status_code == 401:
                    self._renew_at = 0  # It was revoked, say: the next page asks for another.
                response.raise_for_status()
                return str(response.json()["customer_id"])
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            _log.warning("the customers API refused or failed: %s", error)
            return None

    async def _current_token(self, client: httpx2.AsyncClient) -> str:
        """RFC 6749 §4.4, at the endpoint that the metadata name."""
        async with self._lock:
            now = self.clock.now()
            if now >= self._renew_at:
                issuer = self.addresses.issuer
                metadata = await client.get(f"{issuer}/.well-known/oauth-authorization-server")
                endpoint = metadata.raise_for_status().json()["token_endpoint"]
                form = {"grant_type": "client_credentials", "scope": _SCOPE, "resource": self._api}
                answer = await client.post(endpoint, data=form, auth=(self.client_id, self.client_secret))
                issued = answer.raise_for_status().json()
                self._token = str(issued["access_token"])
                self._renew_at = now + int(issued["expires_in"]) - _RENEW_BEFORE_SECONDS
            return self._token

    @property
    def _api(self) -> str:
        return f"{self.addresses.issuer}/api/v1"
