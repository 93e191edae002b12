"""Pushed authorization requests at the authorization endpoint: RFC 9126 §4.

A reference is unguessable and its client's alone. It is good for as long as it says, and until the request is answered:
pages may be reloaded until then, and of two tabs the one that comes second gets a page.
"""

from urllib.parse import urlencode

from idp.config.settings import Settings
from idp.records.client import Client
from idp.records.pushed_request import PushedRequest
from idp.spec.errors import InvalidRequestUri
from idp.spec.token_value import is_same, read_token
from idp.store.database import Database
from idp.store.pushed_requests import PUSHED_REQUEST
from idp.web.errors import PageError, Problem
from idp.web.locale import Message

URN = "urn:ietf:params:oauth:request_uri:"
"""What every reference begins with (§2.2), and no address that could be fetched."""

_OVER = Problem(
    status=410,
    code="invalid_request_uri",
    title=Message("This page has expired"),
    explanation=Message(
        "It was open for a long time, or you have already signed in with it. Nothing is lost: start again, it takes a"
        " moment."
    ),
)


def is_pushed(request_uri: str) -> bool:
    return request_uri.startswith(URN)


async def find_pushed(
    database: Database, request_uri: str, client: Client, *, settings: Settings, now: int
) -> PushedRequest:
    """What the client pushed under this reference. Raises InvalidRequestUri, and PageError where its time is over."""
    value = read_token(request_uri.removeprefix(URN))
    found = await database.one(PUSHED_REQUEST, of_request=value.identifier) if value else None
    if value is None or found is None or not is_same(found.digest, value.digest):
        raise InvalidRequestUri("request_uri is none of ours")
    if found.client_id != client.client_id:
        raise InvalidRequestUri("request_uri is another client's")
    if found.redeemed_at is not None:
        raise over(client, settings, "request_uri was answered before")
    if now >= found.expires_at:
        raise over(client, settings, "request_uri has expired")
    return found


async def check_unanswered(database: Database, pushed_id: str, client: Client, *, settings: Settings) -> None:
    """That another tab has not answered what this one began with. Raises PageError."""
    found = await database.one(PUSHED_REQUEST, of_request=pushed_id)
    if found is None or found.redeemed_at is not None:
        raise over(client, settings, "the pushed request was answered in another tab")


def over(client: Client, settings: Settings, reason: str) -> PageError:
    """The page that lets the person start again where they came from."""
    begin = client.initiate_login_uri
    if begin:
        # OpenID Connect Core §4: the application begins anew, with a request of its own.
        begin += ("&" if "?" in begin else "?") + urlencode({"iss": settings.issuer})
    return PageError(_OVER, reason=f"{reason} ({client.client_id})", next_url=begin or client.client_uri)
