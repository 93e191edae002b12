"""An application's side of a sign-in, without the application: the request, and the code redeemed."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

_VERIFIER = "a-verifier-of-at-least-forty-three-characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered web application."""

    client_id: str
    secret: str = field(repr=False)
    callback: str
    scope: str = "openid profile email offline_access invoices:read"

    def request(self, issuer: str) -> str:
        """The URL of an authorization request."""
        challenge = urlsafe_b64encode(sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": self.scope,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{issuer}/authorize?{urlencode(parameters)}"

    def redeemed(self, issuer: str, answer: httpx2.Response, **form: str) -> dict[str, str]:
        """The tokens for the code of an authorization response."""
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        response = self.token(
            issuer,
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.callback,
            code_verifier=_VERIFIER,
            **form,
        )
        assert response.status_code == 200, response.text
        tokens: dict[str, str] = response.json()
        return tokens

    def token(self, issuer: str, **form: str) -> httpx2.Response:
        """A token request."""
        return httpx2.post(f"{issuer}/token", data=form, auth=(self.client_id, self.secret), trust_env=False)
