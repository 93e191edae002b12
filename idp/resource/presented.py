"""The access token of a request: in the Authorization header and nowhere else. RFC 6750 §2, RFC 9449 §7.1."""

from starlette.requests import Request

from idp.spec.errors import InvalidRequest

_SCHEMES = frozenset({"bearer", "dpop"})


def presented_token(request: Request) -> tuple[str, str] | None:
    """Its scheme in lower-case letters, and the token; None where there is none. Raises InvalidRequest."""
    if "access_token" in request.query_params:
        raise InvalidRequest("an access token in the query would end up in logs")
    authorizations = request.headers.getlist("authorization")
    if not authorizations:
        return None
    if len(authorizations) > 1:
        raise InvalidRequest("the Authorization header is sent more than once")
    scheme, _, value = authorizations[0].partition(" ")
    value = value.strip()
    if scheme.lower() not in _SCHEMES or not value or " " in value:
        raise InvalidRequest("the Authorization header wants a token of type Bearer or DPoP")
    return scheme.lower(), value
