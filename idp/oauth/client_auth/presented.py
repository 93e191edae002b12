"""What a request presents to authenticate its client."""

from dataclasses import dataclass, field, replace
from typing import Self

from idp.records.client import Client
from idp.spec.token_value import digest_of, is_same


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """`accepts` are the registered methods that this way of presenting satisfies."""

    method: str
    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    accepts: tuple[str, ...]

    def is_registered(self, client: Client) -> bool:
        """Whether `client` may authenticate in this way."""
        return client.token_endpoint_auth_method in self.accepts and client.disabled_at is None

    def of(self, client: Client | None) -> Self:
        """The same, by its own name where only the client's registration tells how a `client_id` alone is meant."""
        if client is None or self.secret or self.assertion or not self.is_registered(client):
            return self
        return replace(self, method=client.token_endpoint_auth_method)

    def matches(self, client: Client, now: int) -> bool:
        """Whether `client` is registered for this method, and the presented secret is one of its own. Assertions and
        certificates are for the `check` of their methods.
        """
        if not self.is_registered(client) or self.assertion or not (client.has_secret or client.is_public):
            return False
        if client.is_public:
            return not self.secret
        digest = digest_of(self.secret)
        # Every secret is compared, so that the time doesn't say which one it was.
        matches = [
            is_same(secret.digest, digest) for secret in client.secrets if is_valid(secret.expires_at, now)
        ]
        return any(matches)


def is_valid(expires_at: int | None, now: int) -> bool:
    return expires_at is None or now < expires_at


# One secret, two places to put it: a client registered for either may use both, since many libraries choose for it.
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
