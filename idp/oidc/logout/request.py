"""What an application asks when it signs somebody out: RP-Initiated Logout 1.0 §2 and §3.

A hint is an ID token of ours, expired or not, that came encrypted to us or not. It says which session is meant; whether
that is this browser's is for the endpoint to see. Nothing here ever leads to an address that its client did not
register.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.places import Places
from idp.clients.registry import Clients
from idp.records.client import Client
from idp.signing.compact import BadToken
from idp.signing.encryption import is_encrypted
from idp.signing.keyring import Keyring
from idp.spec.redirect_response import with_query
from idp.web.errors import PageError, Problem
from idp.web.forms import Parameters
from idp.web.locale import Message

PARAMETERS = (
    *("id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"),
    "onsuccess",
)

REFUSED = Problem(
    status=400,
    code="invalid_request",
    title=Message("This sign-out link doesn’t work"),
    explanation=Message("The application that sent you here is not set up correctly. You can sign out here."),
)
_OWN_SIGN_OUT = Message("Sign out here")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """A checked request. `sid` is that of a valid hint; `continue_url` is where the application wants to go on."""

    client: Client | None
    sid: str
    continue_url: str
    parameters: Mapping[str, str]

    @property
    def is_trusted(self) -> bool:
        """Whether to go on without asking. Anybody can register an address where anybody may register, so only an ID
        token of the application's own takes a browser there; without one the page shows a link (§3, S32).
        """
        return bool(self.sid) or self.client is None or not self.client.is_unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequests:
    issuer: str
    clients: Clients
    places: Places
    keyring: Keyring

    async def read(self, sent: Parameters, now: int) -> LogoutRequest:
        """Raises PageError for a hint or a redirect that isn't what it claims to be."""
        check_not_repeated(sent)
        hint = await self._hint(sent.get("id_token_hint", ""), now)
        client_id = sent.get("client_id", str(hint.get("aud", "")))
        if hint and client_id != hint["aud"]:
            raise refused("client_id is not the audience of id_token_hint")
        client = await self.clients.find(client_id, now) if client_id else None
        redirect_uri = sent.get("post_logout_redirect_uri", "")
        if redirect_uri and (client is None or redirect_uri not in client.post_logout_redirect_uris):
            raise refused(f"post_logout_redirect_uri is not registered ({client_id})")
        continue_url, state = redirect_uri, sent.get("state", "")
        if redirect_uri and state:
            continue_url = with_query(redirect_uri, {"state": state})
        if not redirect_uri and (owner := await self._owner(sent.get("onsuccess", ""), now)):
            client, continue_url = owner, sent["onsuccess"]
        return LogoutRequest(
            client=client, sid=str(hint.get("sid", "")), continue_url=continue_url, parameters=kept(sent)
        )

    async def _owner(self, onsuccess: str, now: int) -> Client | None:
        """The application that the entry link goes on to. What is no place of ours counts as not said."""
        return await self.places.find(onsuccess, now) if onsuccess else None

    async def _hint(self, token: str, now: int) -> dict[str, Any]:
        """The claims of id_token_hint (§2); an access token is none, and neither is what nobody signed."""
        if not token:
            return {}
        try:
            await self.keyring.refresh_for(token, now)
            if is_encrypted(token):
                token = self.keyring.decrypt(token)
                await self.keyring.refresh_for(token, now)
            claims = self.keyring.verify(token, typ="JWT")
        except BadToken as error:
            raise refused(f"id_token_hint: {error}") from None
        if claims.get("iss") != self.issuer or not isinstance(claims.get("aud"), str):
            raise refused("id_token_hint is not ours")
        return claims


def kept(sent: Parameters) -> dict[str, str]:
    """What of a request is asked again: after a post by GET, after a question by our form."""
    return {name: sent[name] for name in PARAMETERS if name in sent}


def check_not_repeated(sent: Parameters) -> None:
    """Raises PageError."""
    if sent.repeated():
        raise refused("a parameter is sent more than once")


def refused(reason: str) -> PageError:
    return PageError(REFUSED, reason=reason, next_url="/logout", next_label=_OWN_SIGN_OUT)
