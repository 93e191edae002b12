"""WebFinger: RFC 7033, for OpenID Connect Discovery 1.0 §2. It tells who is the provider of somebody's identifier.

We are, for every identifier of our hosts, whether there is such a person or not: nobody is looked up, so nothing can
be learnt about anybody.
"""

import re
from urllib.parse import unquote, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import Settings
from idp.spec.errors import InvalidRequest, ProtocolError

PATH = "/.well-known/webfinger"
ISSUER_REL = "http://openid.net/specs/connect/1.0/issuer"
_SCHEMES = ("acct", "http", "https", "mailto")
_LONGEST = 2_048
_SECONDS = 3_600
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")


class NoInformation(ProtocolError):
    """§4.2: a resource about which this server says nothing."""

    code = "not_found"
    status = 404


class WebFinger:
    """An ASGI application."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.issuer
        own = urlsplit(settings.issuer)
        self._hosts = {own.netloc, own.hostname or "", *settings.discovery.domains}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = self._answer(request.query_params)
        except ProtocolError as error:
            response = JSONResponse(error.body(), status_code=error.status)
        await response(scope, receive, send)

    def _answer(self, query: QueryParams) -> Response:
        resources = query.getlist("resource")
        if len(resources) != 1:
            raise InvalidRequest("resource is missing, or sent more than once")  # §4.2
        [resource] = resources
        if host_of(resource) not in self._hosts:
            raise NoInformation("this server knows nothing about that resource")
        wanted = query.getlist("rel")
        link = {"rel": ISSUER_REL, "href": self._issuer}
        # §4.3: rel filters the links, and nothing else.
        body = {"subject": resource, "links": [link] if not wanted or ISSUER_REL in wanted else []}
        headers = {"cache-control": f"public, max-age={_SECONDS}"}
        return JSONResponse(body, headers=headers, media_type="application/jrd+json")


def host_of(resource: str) -> str:
    """The host that an identifier belongs to, in lower case, with its port if it names one. Raises InvalidRequest."""
    if len(resource) > _LONGEST or not _VISIBLE.fullmatch(resource):
        raise InvalidRequest("resource is not a URI")
    scheme, colon, rest = resource.partition(":")
    if not colon or scheme.lower() not in _SCHEMES:
        raise InvalidRequest("resource is not a URI of the scheme acct, https or mailto")
    if scheme.lower() in ("http", "https"):
        try:
            host = urlsplit(resource).netloc.rpartition("@")[2]
        except ValueError:
            host = ""
    else:
        # RFC 7565 §7: an @ of the name itself is percent-encoded.
        name, _, host = rest.rpartition("@")
        if not name or "@" in name:
            raise InvalidRequest("resource names nobody")
    host = unquote(host).lower()
    if not _HOST.fullmatch(host):
        raise InvalidRequest("resource names no host")
    return host
