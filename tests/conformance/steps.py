"""What several modules do alike."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.conformance.client import Suite
from tests.conformance.party import POST_LOGOUT_URI, Flow, Party
from tests.conformance.person import Landing


async def shows_error_page(suite: Suite, party: Party, **changes: Any) -> None:
    """A page for the person that names no way back, before anybody is asked to sign in."""
    request = suite.request(party, **changes)
    landing = await suite.person.visit(suite.authorize_url(request))
    assert landing.url == ""
    assert landing.page.status_code == 400
    assert landing.page.headers["content-type"].startswith("text/html")
    assert suite.person.shown == []


async def signed_in(suite: Suite, **metadata: Any) -> tuple[Party, Flow]:
    """A client that knows where to go on after a sign-out, and somebody who signed in to it."""
    party = await suite.register(post_logout_redirect_uris=[POST_LOGOUT_URI], **metadata)
    return party, await suite.sign_in(party, state="x8Q~" * 32)


async def sign_out(suite: Suite, **sent: str) -> Landing:
    """Whatever is asked is confirmed."""
    return await suite.person.visit(f"{suite.metadata['end_session_endpoint']}?{urlencode(sent)}")


def is_back(url: str, state: dict[str, str]) -> None:
    """At the client, with the state alone."""
    found = urlsplit(url)
    assert found._replace(query="").geturl() == POST_LOGOUT_URI
    assert dict(parse_qsl(found.query)) == state
