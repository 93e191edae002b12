"""The facts of a token request: everything that its decision may look at, loaded before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.oauth.client_auth.assertion import AssertionFacts
from idp.oauth.client_auth.presented import Presented
from idp.oauth.exchange.party import ExchangeFacts, Party, Unusable
from idp.oauth.rates import Turn
from idp.oidc.access_token import KnownToken
from idp.oidc.possession import Proven
from idp.records.client import Client
from idp.records.device_request import DeviceRequest
from idp.records.event import Circumstances
from idp.records.grant import Issued, IssuedCode, IssuedRefreshToken
from idp.signing.public_keys import PublicKey
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.token_value import TokenValue
from idp.web.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """`value` is the code or refresh token that was sent, if it has the shape of one; `resources` are RFC 8707's,
    `audiences` RFC 8693's. `exchange` and `bearer` are what was read of tokens that are to become others.
    `encryption_key` is what the client's ID tokens are encrypted to, if they are and it has one. `confirmation` is the
    key that the request proved to hold, by a proof (`proven`) or a certificate; what is issued is bound to it.
    `certificate` is the one that the client showed, `certified_keys` are those that it registered.
    """

    form: Mapping[str, str]
    resources: tuple[str, ...]
    presented: Presented
    client: Client | None
    circumstances: Circumstances
    now: int
    audiences: tuple[str, ...] = ()
    assertion: AssertionFacts | None = None
    value: TokenValue | None = None
    code: IssuedCode | None = None
    refresh_token: IssuedRefreshToken | None = None
    device_request: DeviceRequest | None = None
    device_grant: Issued | None = None
    exchange: ExchangeFacts | None = None
    bearer: Party | Unusable | None = None
    access_token: KnownToken | None = None
    encryption_key: PublicKey | None = None
    certificate: Certificate | None = None
    certified_keys: tuple[PublicKey, ...] = ()
    proven: Proven | None = None
    confirmation: Confirmation = UNBOUND
    turn: Turn = field(default_factory=Turn)
