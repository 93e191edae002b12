"""The door of an API: who may come in, and the answer to everybody else. RFC 9068 §4, RFC 6750, RFC 9449, RFC 9470.

guard = ResourceServer(issuer="https://login.example.com", audience="https://api.example.com", clock=time.time)

@guard.requires("invoices:read")
async def invoices(request): ...
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial, wraps
from urllib.parse import urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.resource.certificate import ThumbprintOf
from idp.resource.claims import check_claims
from idp.resource.description import description, metadata_path
from idp.resource.introspection import Introspection
from idp.resource.issuer import Issuer, IssuerUnavailable
from idp.resource.jws import ALGORITHMS, looks_like_jwt
from idp.resource.jwt import verified_claims
from idp.resource.nonces import Nonces
from idp.resource.possession import Possession
from idp.resource.presented import presented_token
from idp.resource.refusal import InsufficientUserAuthentication, Refusals
from idp.resource.replays import Replays, SeenProofs
from idp.resource.token import Token
from idp.spec.dpop import NONCE_HEADER
from idp.spec.errors import InsufficientScope, InvalidToken, ProtocolError

_log = logging.getLogger(__name__)
_CONNECT = partial(httpx2.AsyncClient, timeout=10)
Endpoint = Callable[[Request], Awaitable[Response]]


class ResourceServer:
    """`audience` is the API's identifier, the `aud` of its tokens. `url` is where clients reach it, if not there: then
    it doesn't describe itself (RFC 9728 §3.3). `clock` gives epoch seconds, such as `time.time`.

    `scopes` and `name` are for its description. With `introspection`, opaque tokens open it too. `certificate` finds
    the client's (`from_header`, `from_tls`); `requires_possession` refuses tokens that are bound to no key. `connect`
    makes the HTTP client of each conversation with the issuer.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], float],
        url: str = "",
        scopes: Collection[str] = (),
        name: str = "",
        algorithms: Collection[str] = ALGORITHMS,
        connect: Callable[[], httpx2.AsyncClient] = _CONNECT,
        introspection: Introspection | None = None,
        certificate: ThumbprintOf | None = None,
        requires_possession: bool = False,
        seen_proofs: SeenProofs | None = None,
        nonces: Nonces | None = None,
    ) -> None:
        if unknown := set(algorithms) - set(ALGORITHMS):
            raise ValueError(f"unknown algorithms: {sorted(unknown)}")
        self.audience = audience
        self._issuer = Issuer(issuer=issuer, clock=clock, connect=connect)
        self._clock = clock
        self._algorithms = tuple(algorithms)
        self._introspection = introspection
        where = urlsplit(url or audience)
        origin = f"{where.scheme}://{where.netloc}"
        self._possession = Possession(
            origin=origin,
            clock=clock,
            seen=seen_proofs or Replays(clock=clock),
            nonces=nonces,
            certificate=certificate,
            is_required=requires_possession,
        )
        is_described = where.scheme in ("http", "https") and url in ("", audience)
        self._metadata_path = metadata_path(audience) if is_described else ""
        is_dpop_required = requires_possession and certificate is None
        self._refusals = Refusals(
            realm=urlsplit(audience).netloc or where.netloc,
            metadata_url=f"{origin}{self._metadata_path}" if is_described else "",
            nonces=nonces,
            is_dpop_required=is_dpop_required,
        )
        self._description = description(
            resource=audience,
            issuer=issuer,
            scopes=scopes,
            name=name,
            is_dpop_required=is_dpop_required,
            takes_certificates=certificate is not None,
        )

    def requires(
        self, scope: str, *, acr: str | tuple[str, ...] = (), max_age: int | None = None
    ) -> Callable[[Endpoint], Endpoint]:
        """Lets an endpoint run only with a token that has every one of these scopes (space separated); it finds the
        token at `request.state.token`. `acr` are the values that will do, the preferred first; `max_age` is how many
        seconds ago the person may have signed in (RFC 9470).
        """
        acr_values = (acr,) if isinstance(acr, str) else acr

        def guarded(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            async def answer(request: Request) -> Response:
                try:
                    token = await self._admit(request, scope, acr_values, max_age)
                except ProtocolError as error:
                    _log.info("an access token was refused: %s", error.log_reason)
                    return self._refusals.answer(request, error, scope)
                except IssuerUnavailable as error:
                    _log.warning("access tokens cannot be checked: %s", error)
                    return self._refusals.unavailable(error)
                if token is None:
                    return self._refusals.answer(request, None, scope)
                request.state.token = token
                return self._with_nonce(token, await endpoint(request))

            return answer

        return guarded

    def routes(self) -> list[Route]:
        """What the API has to serve of its own: its description."""
        return [Route(self._metadata_path, self._describe)] if self._metadata_path else []

    async def find(self, request: Request) -> Token | None:
        """The token of a request, whatever its scopes; None where there is none. Raises a ProtocolError or
        IssuerUnavailable.
        """
        presented = presented_token(request)
        if presented is None:
            return None
        scheme, value = presented
        token = await self._read(value)
        await self._possession.check(request, scheme, token)
        return token

    async def _admit(
        self, request: Request, scope: str, acr_values: tuple[str, ...], max_age: int | None
    ) -> Token | None:
        token = await self.find(request)
        if token is None:
            return None
        if missing := [name for name in scope.split() if name not in token.scopes]:
            raise InsufficientScope(f"the token lacks {' '.join(missing)}")
        is_old = max_age is not None and (
            token.authenticated_at is None or self._clock() - token.authenticated_at > max_age
        )
        if is_old or (acr_values and token.acr not in acr_values):
            raise InsufficientUserAuthentication(
                "a more recent or a stronger sign-in is needed", acr_values=acr_values, max_age=max_age
            )
        return token

    async def _read(self, value: str) -> Token:
        asking = self._introspection
        if looks_like_jwt(value):
            claims = await verified_claims(value, self._issuer, self._algorithms)
            if asking is not None and asking.is_always:
                await asking.claims(value, self._issuer)
        elif asking is None:
            raise InvalidToken(
                "the access token is malformed, expired or not for this API", log_reason="opaque"
            )
        else:
            claims = await asking.claims(value, self._issuer)
        return check_claims(
            value, claims, issuer=self._issuer.issuer, audience=self.audience, now=self._clock()
        )

    def _with_nonce(self, token: Token, response: Response) -> Response:
        """RFC 9449 §8.2: a client that sends the current one is not sent back."""
        nonces = self._possession.nonces
        if nonces is not None and token.confirmation.jkt:
            response.headers[NONCE_HEADER] = nonces.current()
        return response

    async def _describe(self, request: Request) -> Response:
        return JSONResponse(self._description, headers={"cache-control": "public, max-age=3600"})
