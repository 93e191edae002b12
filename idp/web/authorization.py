"""The Authorization header: RFC 9110 §11.6.2. It is one value; two of them are somebody's attempt to be read twice."""

from starlette.requests import HTTPConnection

from idp.spec.errors import InvalidRequest


def authorization_of(connection: HTTPConnection) -> str:
    """Its value, or empty. Raises InvalidRequest if it is sent more than once."""
    values = connection.headers.getlist("authorization")
    if len(values) > 1:
        raise InvalidRequest("the Authorization header is sent more than once")
    return values[0] if values else ""
