"""Bearer tokens at our own resources, userinfo and the customers API: RFC 6750 §2 and §3."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.spec.errors import InsufficientScope, InvalidRequest, ProtocolError
from idp.web.authorization import authorization_of
from idp.web.forms import FORM_TYPE, MalformedForm, read_parameters

NO_STORE = {"cache-control": "no-store"}


async def presented_token(request: Request) -> str | None:
    """The one access token of the request, or None. RFC 6750 §2: header or form, never both, never the query.

    Raises InvalidRequest.
    """
    authorization = authorization_of(request)
    scheme, _, from_header = authorization.partition(" ")
    if authorization and (scheme.lower() != "bearer" or not from_header.strip()):
        raise InvalidRequest("the Authorization header is not Bearer")
    from_form = await _posted(request) if request.method == "POST" else ""
    if "access_token" in request.query_params:
        raise InvalidRequest("an access token in the query would end up in logs")
    if from_header and from_form:
        raise InvalidRequest("the access token is sent more than once")
    return from_header.strip() or from_form or None


def challenge(error: ProtocolError | None, *, scope: str) -> Response:
    """RFC 6750 §3: without a token only the scheme is named; with one, what was wrong with it. `scope` is the one that
    the resource wants.
    """
    if error is None:
        return Response(status_code=401, headers={"www-authenticate": 'Bearer realm="idp"', **NO_STORE})
    parameters = ['realm="idp"', *(f'{name}="{value}"' for name, value in error.body().items())]
    if isinstance(error, InsufficientScope):
        parameters.append(f'scope="{scope}"')
    headers = {"www-authenticate": "Bearer " + ", ".join(parameters), **NO_STORE}
    return JSONResponse(error.body(), error.status, headers=headers)


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
