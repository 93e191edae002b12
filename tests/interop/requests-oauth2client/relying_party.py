"""A relying party on requests_oauth2client. Each address does one thing with it and answers JSON.

ISSUER, CLIENT_ID, SCOPE and PORT come from the environment. It authenticates with a key whose public half is at
`/jwks`, pushes its requests, and has its tokens bound to a key of each sign-in's own.
"""

import json
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from jwskate import Jwk
from requests_oauth2client import BearerToken, DPoPToken, OAuth2Client, PrivateKeyJwt

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
HERE = f"http://127.0.0.1:{PORT}"
key = Jwk.generate(alg="ES256", kid="requests-oauth2client")
# RFC 7523bis: an assertion is for the issuer. The library would name the endpoint.
authentication = PrivateKeyJwt(os.environ["CLIENT_ID"], key, aud=ISSUER)
client = OAuth2Client.from_discovery_endpoint(
    issuer=ISSUER,
    auth=authentication,
    redirect_uri=f"{HERE}/callback",
    dpop_bound_access_tokens=True,
    testing=True,  # The issuer of the demo speaks plain HTTP, on loopback.
)
# One person uses it at a time, so what a browser's session would hold is simply here.
held: dict[str, Any] = {}


def login(query: dict[str, str]) -> str:
    """Push the request with a proof, whose key the code is bound to. Where to send the browser."""
    request = held["request"] = client.authorization_request(scope=os.environ["SCOPE"], **query)
    held["pushed"] = client.pushed_authorization_request(request)
    return str(held["pushed"].uri)


def again(query: dict[str, str]) -> str:
    """The same reference a second time."""
    return str(held["pushed"].uri)


def callback(query: dict[str, str]) -> dict[str, Any]:
    """The library checks `state`, `iss`, and all of the ID token."""
    answer = held["request"].validate_callback(query["url"])
    # 1.8.0 makes no DPoP token of one whose ID token it has checked, so a bearer token lends itself to the check.
    token = held["token"] = client.authorization_code(answer, validate=False)
    BearerToken(token.access_token, id_token=token.id_token).validate_id_token(client, answer)
    return {"claims": token.id_token.claims, **received()}


def received() -> dict[str, Any]:
    token = held["token"]
    return {
        "is_bound": isinstance(token, DPoPToken),
        "token_type": token.token_type,
        "refreshable": token.refresh_token is not None,
        "has_expires_in": token.expires_in is not None,
    }


def userinfo(query: dict[str, str]) -> Any:
    return client.userinfo(held["token"])


def stolen(query: dict[str, str]) -> dict[str, Any]:
    """What the access token is worth to somebody without the key."""
    token = held["token"].access_token
    answers = {
        scheme: requests.get(
            client.userinfo_endpoint, headers={"authorization": f"{scheme} {token}"}, timeout=10
        ).status_code
        for scheme in ("Bearer", "DPoP")
    }
    return {"statuses": answers}


def refresh(query: dict[str, str]) -> dict[str, Any]:
    """With the key of the sign-in."""
    former = held["token"]
    held["token"] = client.refresh_token(former)
    return {"rotated": held["token"].refresh_token != former.refresh_token, **received()}


def machine(query: dict[str, str]) -> dict[str, Any]:
    """A token for the client itself."""
    token = client.client_credentials(scope="customers:read", resource=f"{ISSUER}/api/v1")
    return {"token_type": token.token_type, "is_bound": isinstance(token, DPoPToken)}


def revoke(query: dict[str, str]) -> dict[str, Any]:
    return {"revoked": client.revoke_refresh_token(held["token"].refresh_token)}


def jwks(query: dict[str, str]) -> dict[str, Any]:
    return {"keys": [key.public_jwk().to_dict()]}


PAGES: dict[str, Callable[[dict[str, str]], Any]] = {
    f"/{page.__name__}": page
    for page in (login, again, callback, userinfo, stolen, refresh, machine, revoke, jwks)
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = PAGES.get(parts.path)
        if page is None:
            self.send_error(404)
            return
        query = {"url": f"{HERE}{self.path}"} if page is callback else dict(parse_qsl(parts.query))
        try:
            outcome = page(query)
        except Exception as error:  # noqa: BLE001 - Whatever the library says is what the test wants to read.
            self._answer(500, {"name": type(error).__name__, "message": str(error)})
            return
        if isinstance(outcome, str):
            self.send_response(303)
            self.send_header("location", outcome)
            self.end_headers()
            return
        self._answer(200, outcome)

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Nothing: a test reads the answers."""


# While it asks for tokens it is asked for its keys.
server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
print(f"ready {HERE}", flush=True)
server.serve_forever()
