"""An authorization response on its way to the client: by query, fragment, or a form that posts itself.

RFC 6749 §4.1.2, always with `iss` (RFC 9207), redirects always by 303 (RFC 9700 §4.12); Form Post Response Mode 1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.spec.errors import ProtocolError
from idp.spec.redirect_response import with_fragment, with_query
from idp.spec.response import ResponseMode, answering_mode
from idp.web.headers import Posture
from idp.web.pages import Pages

_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`redirect_uri` is one that the client registered."""

    redirect_uri: str
    mode: ResponseMode
    parameters: Mapping[str, str]


def error_reply(issuer: str, sent: Mapping[str, str], error: ProtocolError) -> Reply:
    """§4.1.2.1, to the redirect URI of `sent`, which is trusted. `state` goes back exactly as it came, and the mode is
    the one that was asked for as far as that can be told.
    """
    state = sent.get("state", "")
    return Reply(
        redirect_uri=sent["redirect_uri"],
        mode=answering_mode(sent),
        parameters=error.body() | ({"state": state} if state else {}) | {"iss": issuer},
    )


def send(pages: Pages, request: Request, reply: Reply) -> Response:
    match reply.mode:
        case ResponseMode.QUERY:
            return _redirect(with_query(reply.redirect_uri, reply.parameters))
        case ResponseMode.FRAGMENT:
            return _redirect(with_fragment(reply.redirect_uri, reply.parameters))
        case ResponseMode.FORM_POST:
            return pages.render(
                request,
                "form-post.html",
                posture=Posture.INTERACTION,
                # With `same-origin` the browser would post it as from nowhere (`Origin: null`), which clients refuse.
                headers={"referrer-policy": "strict-origin"},
                redirect_uri=reply.redirect_uri,
                parameters=reply.parameters,
            )


def _redirect(location: str) -> Response:
    # Starlette quotes the URL again; ours is exact already, and a registered one may hold what it would change.
    return Response(status_code=303, headers={**_NO_STORE, "location": location})
