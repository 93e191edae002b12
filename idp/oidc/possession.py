"""DPoP proofs that come to us, at whichever endpoint: RFC 9449 §4.3, and §7 at resources of our own.

A proof is accepted once (§11.1): `Proven.once` is an effect of the answer, and expects to be the first.
"""

from dataclasses import dataclass

from starlette.requests import Request

from idp.config.settings import Settings
from idp.oidc.access_token import AccessToken
from idp.oidc.bearer import DPOP, PresentedToken
from idp.resource.possession import sent_path
from idp.signing.embedded import read_proof
from idp.signing.nonces import Nonces
from idp.spec.confirmation import Confirmation, confirmation_of
from idp.spec.dpop import PROOF_HEADER, check_proof
from idp.spec.errors import InvalidDpopProof, InvalidToken
from idp.store.database import Database
from idp.store.replay import USE_ONCE, replay_digest
from idp.store.statement import Effect
from idp.web.certificate import certificate_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A right proof. `digest` is what its use will be remembered by."""

    confirmation: Confirmation
    digest: bytes
    expires_at: int
    is_used: bool = False

    def once(self) -> Effect:
        """What remembers the use. Raises InvalidDpopProof where there was one (§11.1)."""
        if self.is_used:
            raise InvalidDpopProof("DPoP proof: jti was used before")
        return USE_ONCE.effect(expects=1, digest=self.digest, expires_at=self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Possession:
    """Looks at proofs. One for the whole node."""

    settings: Settings
    nonces: Nonces
    database: Database

    def proven(self, request: Request, now: int) -> Proven | None:
        """What a request to the authorization server proves. Raises InvalidDpopProof, UseDpopNonce."""
        return self._proven(request, now, is_required=self.settings.dpop.require_nonce)

    async def check_held(
        self, request: Request, presented: PresentedToken, token: AccessToken, now: int
    ) -> None:
        """Whether who presents an access token at a resource of ours may: a token that is bound to a key has to come
        with a proof of it (§7.1), or over a connection with its certificate (RFC 8705 §3). Raises InvalidToken,
        InvalidDpopProof, UseDpopNonce.
        """
        bound = confirmation_of(token.claims)
        if (presented.scheme == DPOP) != bool(bound.jkt):
            # §7.1 and §7.2: otherwise a token would be worth stealing, or a proof would prove nothing.
            raise InvalidToken(
                "a token that is bound to a key is presented as DPoP, and no other is"
            )  # §7.1, §7.2
        if bound.x5t_s256:
            certificate = certificate_of(request, now)
            if certificate is None or certificate.x5t_s256 != bound.x5t_s256:
                raise InvalidToken(
                    "the token is bound to a certificate that is not the one of this connection"
                )
        if bound.jkt:
            await self._check_proof(request, presented.value, bound, now)

    async def _check_proof(self, request: Request, value: str, bound: Confirmation, now: int) -> None:
        required = self.settings.dpop.require_nonce_at_resources
        proven = self._proven(request, now, access_token=value, is_required=required)
        if proven is None:
            raise InvalidDpopProof("the DPoP header is missing")
        if proven.confirmation != bound:
            raise InvalidToken("the proof is by another key than the one that the token is bound to")
        if not await self.database.apply([proven.once()]):
            raise InvalidDpopProof("DPoP proof: jti was used before")

    @property
    def _origins(self) -> tuple[str, ...]:
        """Where we are: `mtls_endpoint_aliases` lead to the second one (RFC 8705 §5)."""
        alias = self.settings.mtls.origin
        return (self.settings.issuer, alias) if alias else (self.settings.issuer,)

    def _proven(
        self, request: Request, now: int, *, access_token: str = "", is_required: bool
    ) -> Proven | None:
        sent = request.headers.getlist(PROOF_HEADER)
        if not sent:
            return None
        if len(sent) > 1:
            raise InvalidDpopProof("the DPoP header is sent more than once")  # §4.3, item 1
        (header, claims), path = read_proof(sent[0]), sent_path(request)

        def accepts_nonce(nonce: str) -> bool:
            return self.nonces.accepts(nonce, now) if nonce or is_required else True

        proof = check_proof(
            header,
            claims,
            method=request.method,
            urls=[origin + path for origin in self._origins],
            now=now,
            access_token=access_token,
            accepts_nonce=accepts_nonce,
        )
        return Proven(
            confirmation=Confirmation(jkt=proof.jkt),
            digest=replay_digest("dpop", proof.jkt, proof.jti),
            expires_at=proof.expires_at,
        )
