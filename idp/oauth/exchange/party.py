"""What a subject or actor token says, of whatever type it is: who, how much, and how long. RFC 8693 §1.1 and §2.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.records.account import Person
from idp.records.client import Owner
from idp.records.delegation import CustomersDelegation
from idp.records.grant import Family
from idp.spec.actor import Actor
from idp.spec.confirmation import UNBOUND, Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Whom a token is of: a `person`, or a client acting for itself, `service_id`. `sub` is what the client that asks
    knows them by.

    `token_type` is short; `issuer` is who signed it, empty for our own tokens. `client_id` is to whom it was issued,
    empty for one of others; `audiences` are those of an access token or a JWT. `scopes` are the grant behind it, as
    far as the token stands for it. `family` is where it comes from, None for a JWT of others; a client's own may have
    no row yet (`is_stored`). `exchanges` counts how often it was exchanged. `may_act` is the claim of that name;
    `replay_digest` is what a single use is remembered by, empty where there is nothing to tell two tokens apart.
    `owner` is the customer whose service account it is of.
    """

    token_type: str
    sub: str
    expires_at: int
    scopes: tuple[str, ...]
    issuer: str = ""
    client_id: str = ""
    audiences: tuple[str, ...] = ()
    person: Person | None = None
    service_id: str = ""
    family: Family | None = None
    is_stored: bool = True
    exchanges: int = 0
    actor: Actor | None = None
    may_act: Mapping[str, Any] | None = None
    confirmation: Confirmation = UNBOUND
    replay_digest: bytes = b""
    owner: Owner | None = None

    def as_actor(self) -> Actor:
        """It as a member of a chain."""
        return Actor(sub=self.sub, client_id=self.service_id)

    @property
    def is_in_person(self) -> bool:
        """Whether it came of somebody's own sign-in, with nothing in between: neither a token of others, nor an
        exchange, whoever acts in what came of it.
        """
        is_of_sign_in = self.family is not None and self.family.is_of_sign_in
        return is_of_sign_in and self.person is not None and self.actor is None

    @property
    def is_own(self) -> bool:
        """Whether a client got the token for itself."""
        return bool(self.service_id) and self.service_id == self.client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Why a token can't be used, for the client's developer. `party` is whom it was of, where it is known to be one of
    ours: for the audit trail alone.
    """

    reason: str
    party: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFacts:
    """What a request to exchange is decided over. `actor` is None without an actor token, `delegation` without a
    `requested_subject` or where nothing lets the person act for them; `customer_sub` is what the client that asks knows
    the customer by.
    """

    subject: Party | Unusable
    actor: Party | Unusable | None = None
    delegation: CustomersDelegation | None = None
    customer_sub: str = ""
