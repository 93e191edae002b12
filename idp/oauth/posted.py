"""The parameters of an authorization request, by GET or by POST. OpenID Connect Core §3.1.2.1.

Another site's post carries no cookie that is Lax: it would find nobody signed in, and replace the cookie that other
tabs need. So whatever is posted from elsewhere is asked once more, now by ourselves: by GET, or where that would make
too long an address, by a page that posts the same to the same place. Nothing has to be stored for strangers.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.oauth.untrusted import UNTRUSTED
from idp.spec.authorization_request import KNOWN_PARAMETERS
from idp.web.errors import PageError
from idp.web.forms import Parameters, query_parameters, read_parameters
from idp.web.pages import Pages

PATH = "/authorize"
# What every proxy and server takes in an address.
_LONGEST_QUERY = 8_192


async def read_request(pages: Pages, request: Request, *, issuer: str) -> Parameters | Response:
    """What was sent, or the answer that lets the browser ask the same again. Raises PageError, MalformedForm."""
    if request.method != "POST":
        if len(request.scope["query_string"]) > _LONGEST_QUERY:
            raise PageError(UNTRUSTED, reason="authorization request is too long")
        return query_parameters(request)
    sent = await read_parameters(request)
    return sent if _is_ours(request, issuer) and _is_long(sent) else ask_again(pages, request, sent)


def ask_again(pages: Pages, request: Request, sent: Parameters) -> Response:
    """The same request from the beginning."""
    if not _is_long(sent):
        return RedirectResponse(f"{PATH}?{urlencode(sent.pairs)}", 303)
    # What we don't know is ignored anyway (RFC 6749 §3.1); repeats stay, to be refused.
    known = [(name, value) for name, value in sent.pairs if name in KNOWN_PARAMETERS]
    return pages.render(request, "authorize.html", action=PATH, parameters=known)


def _is_long(sent: Parameters) -> bool:
    return len(urlencode(sent.pairs)) > _LONGEST_QUERY


def _is_ours(request: Request, issuer: str) -> bool:
    """Whether our own page posted it. A program that says neither has no cookies of other sites' making."""
    site = request.headers.get("sec-fetch-site", "")
    return (site == "same-origin") if site else request.headers.get("origin", issuer) == issuer
