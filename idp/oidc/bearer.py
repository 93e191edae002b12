"""Access tokens at our own resources, userinfo and the customers API: RFC 6750 §2 and §3, RFC 9449 §7."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.spec.dpop import PROOF_ALGORITHMS
from idp.spec.errors import InsufficientScope, InvalidDpopProof, InvalidRequest, ProtocolError, UseDpopNonce
from idp.web.authorization import authorization_of
from idp.web.forms import FORM_TYPE, MalformedForm, read_parameters

NO_STORE = {"cache-control": "no-store"}
BEARER, DPOP = "bearer", "dpop"
_ALGORITHMS = f'algs="{" ".join(PROOF_ALGORITHMS)}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedToken:
    """An access token as it was sent: `scheme` is BEARER or DPOP."""

    value: str
    scheme: str


async def presented_token(request: Request) -> PresentedToken | None:
    """The one access token of the request, or None. RFC 6750 §2: header or form, never both, never the query.

    Raises InvalidRequest.
    """
    authorization = authorization_of(request)
    scheme, _, from_header = authorization.partition(" ")
    scheme, from_header = scheme.lower(), from_header.strip()
    if authorization and (scheme not in (BEARER, DPOP) or not from_header):
        raise InvalidRequest("the Authorization header is neither Bearer nor DPoP")
    from_form = await _posted(request) if request.method == "POST" else ""
    if "access_token" in request.query_params:
        raise InvalidRequest("an access token in the query would end up in logs")
    if from_header and from_form:
        raise InvalidRequest("the access token is sent more than once")
    value = from_header or from_form
    return PresentedToken(value=value, scheme=scheme or BEARER) if value else None


def challenge(
    request: Request, error: ProtocolError | None, *, scope: str, metadata_url: str = ""
) -> Response:
    """RFC 6750 §3: without a token only the schemes are named; with one, what was wrong with it. `scope` is the one
    that the resource wants, `metadata_url` where it describes itself, if it does (RFC 9728 §5.1). RFC 9449 §7.1: who
    tried DPoP is answered in kind.
    """
    where = [f'resource_metadata="{metadata_url}"'] if metadata_url else []
    if error is None:
        bearer, dpop = ['realm="idp"', *where], ['realm="idp"', _ALGORITHMS, *where]
        schemes = f"Bearer {', '.join(bearer)}, DPoP {', '.join(dpop)}"
        return Response(status_code=401, headers={"www-authenticate": schemes, **NO_STORE})
    parameters = ['realm="idp"', *(f'{name}="{value}"' for name, value in error.body().items())]
    if isinstance(error, InsufficientScope):
        parameters.append(f'scope="{scope}"')
    is_proof = isinstance(error, InvalidDpopProof | UseDpopNonce)
    scheme = "Bearer"
    if is_proof or request.headers.get("authorization", "")[:5].lower() == "dpop ":
        scheme = "DPoP"
        parameters.append(_ALGORITHMS)
    headers = {"www-authenticate": f"{scheme} {', '.join([*parameters, *where])}", **NO_STORE}
    return JSONResponse(error.body(), 401 if is_proof else error.status, headers=headers)


async def _posted(request: Request) -> str:
    if not request.headers.get("content-type", "").lower().startswith(FORM_TYPE):
        return ""
    try:
        form = await read_parameters(request)
    except MalformedForm as error:
        raise InvalidRequest(error.detail) from None
    if form.repeated():
        raise InvalidRequest("a parameter is sent more than once")
    return form.get("access_token", "")
