"""Whether who presents an access token may: a bound one needs a proof of its key. RFC 9449 §7, RFC 8705 §3."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from starlette.requests import Request

from idp.resource.certificate import ThumbprintOf
from idp.resource.jws import BadJws, Jws, read_jws, read_key
from idp.resource.nonces import Nonces
from idp.resource.replays import SeenProofs
from idp.resource.token import Token
from idp.spec.dpop import LARGEST_PROOF, PROOF_HEADER, check_proof, covered_members, proof_key
from idp.spec.errors import InvalidDpopProof, InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Possession:
    """`origin` is how clients know this API, scheme and host; `certificate` finds that of a request."""

    origin: str
    clock: Callable[[], float]
    seen: SeenProofs
    nonces: Nonces | None
    certificate: ThumbprintOf | None
    is_required: bool

    async def check(self, request: Request, scheme: str, token: Token) -> None:
        """Raises InvalidToken, InvalidDpopProof, UseDpopNonce."""
        bound = token.confirmation
        if (scheme == "dpop") != bool(bound.jkt):
            # §7.1 and §7.2: otherwise a stolen token would be worth something, or a proof would prove nothing.
            raise InvalidToken("a token that is bound to a key is presented as DPoP, and no other is")
        if bound.jkt:
            await self._check_proof(request, token)
        elif bound.x5t_s256:
            if self.certificate is None or self.certificate(request) != bound.x5t_s256:
                raise InvalidToken("the token is bound to another certificate than that of the connection")
        elif self.is_required:
            raise InvalidToken("this API takes only tokens that are bound to a key")

    async def _check_proof(self, request: Request, token: Token) -> None:
        sent = request.headers.getlist(PROOF_HEADER)
        if len(sent) != 1:
            raise InvalidDpopProof("there is not one DPoP header")  # §4.3, item 1
        signed = _read(sent[0])
        proof = check_proof(
            signed.header,
            signed.claims,
            method=request.method,
            urls=(f"{self.origin}{sent_path(request)}",),
            now=int(self.clock()),
            access_token=token.value,
            accepts_nonce=self.nonces.accepts if self.nonces else None,
        )
        if proof.jkt != token.confirmation.jkt:
            raise InvalidToken("the proof is by another key than the one that the token is bound to")
        used = sha256(f"{proof.jkt} {proof.jti}".encode()).hexdigest()  # However long its jti is.
        if not await self.seen.is_first(used, proof.expires_at):
            raise InvalidDpopProof("DPoP proof: jti was used before")


def sent_path(request: Request) -> str:
    """The path as the client sent it: unescaped, another one would fit its proof too."""
    raw_path: bytes = request.scope.get("raw_path") or quote(request.url.path).encode()
    return raw_path.partition(b"?")[0].decode("latin-1")


def _read(proof: str) -> Jws:
    """A proof that its own key verifies. Raises InvalidDpopProof."""
    if len(proof) > LARGEST_PROOF:
        raise InvalidDpopProof("DPoP proof: too large")
    try:
        signed = read_jws(proof)
    except BadJws as error:
        raise InvalidDpopProof("DPoP proof: not a well-formed JWT", log_reason=str(error)) from None
    key = read_key(covered_members(proof_key(signed.header)))
    if key is None or not signed.is_signed_by(key, signed.header["alg"]):
        raise InvalidDpopProof("DPoP proof: jwk does not verify the signature")
    return signed
