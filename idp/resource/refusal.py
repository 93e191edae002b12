"""How an API says no: RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.resource.issuer import IssuerUnavailable
from idp.resource.nonces import Nonces
from idp.spec.dpop import NONCE_HEADER, PROOF_ALGORITHMS
from idp.spec.errors import InsufficientScope, InvalidDpopProof, ProtocolError, UseDpopNonce

_NO_STORE = {"cache-control": "no-store"}
_ALGORITHMS = " ".join(PROOF_ALGORITHMS)


class InsufficientUserAuthentication(ProtocolError):
    """RFC 9470 §3: the person has to prove more, or again."""

    code = "insufficient_user_authentication"
    status = 401

    def __init__(self, description: str, *, acr_values: tuple[str, ...], max_age: int | None) -> None:
        super().__init__(description)
        self.acr_values = acr_values
        self.max_age = max_age


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What every refusal says: the realm, where the API describes itself (if it does), whether DPoP is all it takes."""

    realm: str
    metadata_url: str
    nonces: Nonces | None
    is_dpop_required: bool

    def answer(self, request: Request, error: ProtocolError | None, scope: str) -> Response:
        """Without `error`, no token was sent: then only what is wanted is named (RFC 6750 §3)."""
        members = {"realm": self.realm}
        if error is not None:
            members |= error.body()
        if error is None or isinstance(error, InsufficientScope):
            members["scope"] = scope
        if isinstance(error, InsufficientUserAuthentication):
            members |= _authentication(error)
        if self.metadata_url:
            members["resource_metadata"] = self.metadata_url
        status, body = (401, {}) if error is None else (_status(error), error.body())
        response = JSONResponse(body, status_code=status, headers=_NO_STORE)
        for scheme in self._schemes(request, error):
            challenge = members | ({"algs": _ALGORITHMS} if scheme == "DPoP" else {})
            response.headers.append("www-authenticate", _written(scheme, challenge))
        if self.nonces is not None:
            response.headers[NONCE_HEADER] = self.nonces.current()
        return response

    def unavailable(self, error: IssuerUnavailable) -> Response:
        headers = {**_NO_STORE, "retry-after": str(error.wait_seconds)}
        return JSONResponse({"error": "temporarily_unavailable"}, status_code=503, headers=headers)

    def _schemes(self, request: Request, error: ProtocolError | None) -> tuple[str, ...]:
        """Who sent a token is answered in its scheme; who sent none, in each that would do."""
        is_dpop = request.headers.get("authorization", "")[:5].lower() == "dpop "
        if self.is_dpop_required or is_dpop or isinstance(error, InvalidDpopProof | UseDpopNonce):
            return ("DPoP",)
        return ("Bearer",) if error is not None else ("Bearer", "DPoP")


def _status(error: ProtocolError) -> int:
    return 401 if isinstance(error, InvalidDpopProof | UseDpopNonce) else error.status


def _authentication(error: InsufficientUserAuthentication) -> dict[str, str]:
    acr_values = {"acr_values": " ".join(error.acr_values)} if error.acr_values else {}
    return acr_values | ({"max_age": str(error.max_age)} if error.max_age is not None else {})


def _written(scheme: str, members: dict[str, str]) -> str:
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in members.items() if value)
