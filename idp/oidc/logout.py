"""RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0.

An ID token of the very session that the browser holds proves that its application asks, so nothing is asked. Anybody
else could have made the link, so the person confirms (S32). Signing out ends the session and its families at once.
`onsuccess` is the entry link's (`portal/entry.py`), which may go on to any place of our own applications.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.ending import sign_out_effects
from idp.clients.places import Places
from idp.clients.registry import Clients
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.records.client import Client
from idp.records.event import Occasion
from idp.records.ports import Clock, Entropy
from idp.records.session import SignedIn
from idp.signing.compact import BadToken
from idp.signing.keyring import Keyring
from idp.signing.secrets import Purpose, Secrets
from idp.spec.redirect_response import with_query
from idp.spec.token_value import digest_of
from idp.store.database import Database
from idp.store.sessions import SIGNED_IN
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie, Cookies
from idp.web.csrf import TOKEN_FIELD, check_form, form_token
from idp.web.errors import PageError, Problem
from idp.web.forms import Parameters, query_parameters, read_parameters
from idp.web.headers import Posture
from idp.web.locale import Message
from idp.web.pages import SIGN_OUT_PATH, Pages

_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "onsuccess")
_BROWSER_BYTES = 32

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    clients: Clients
    places: Places
    keyring: Keyring
    secrets: Secrets
    audit: Audit
    pages: Pages
    cookies: Cookies

    async def endpoint(self, request: Request) -> Response:
        """GET and POST `/logout`, for applications (§2)."""
        if request.method == "POST":
            # Another site's post carries no Lax cookies, so the request is asked again by GET.
            posted = await read_parameters(request)
            _check_not_repeated(posted)
            return RedirectResponse(f"/logout?{urlencode(_kept(posted))}", 303)
        now = self.clock.now()
        asked = await self._read(query_parameters(request), now)
        signed_in = await self._signed_in(request, now)
        if signed_in is None:
            return self._gone(request, asked)
        if asked.sid and asked.sid == signed_in.session.sid:
            return await self._sign_out(request, asked, signed_in, now)
        return self._confirmation(request, asked, signed_in)

    async def submit(self, request: Request) -> Response:
        """POST `/sign-out`, our own form: on the confirmation page and in the account menu."""
        form = await read_parameters(request)
        check_form(
            request.headers,
            key=self._form_key,
            browser=self.cookies.read(request, Cookie.BROWSER),
            purpose=SIGN_OUT_PATH,
            token=form.get(TOKEN_FIELD),
            origin=self.settings.issuer,
        )
        now = self.clock.now()
        asked = await self._read(form, now)
        if form.get("action") == "stay":
            return RedirectResponse(
                asked.client.client_uri if asked.client and asked.client.client_uri else "/account", 303
            )
        signed_in = await self._signed_in(request, now)
        if signed_in is None:
            return self._gone(request, asked)
        return await self._sign_out(request, asked, signed_in, now)

    async def _read(self, sent: Parameters, now: int) -> LogoutRequest:
        """§2 and §3: raises PageError for a hint or a redirect that isn't what it claims to be."""
        _check_not_repeated(sent)
        hint = await self._hint(sent.get("id_token_hint", ""), now)
        client_id = sent.get("client_id", str(hint.get("aud", "")))
        if hint and client_id != hint["aud"]:
            raise _refused("client_id is not the audience of id_token_hint")
        client = await self.clients.find(client_id, now) if client_id else None
        redirect_uri = sent.get("post_logout_redirect_uri", "")
        if redirect_uri and (client is None or redirect_uri not in client.post_logout_redirect_uris):
            raise _refused(f"post_logout_redirect_uri is not registered ({client_id})")
        if not redirect_uri and (owner := await self._owner(sent.get("onsuccess", ""), now)):
            return LogoutRequest(
                client=owner,
                sid=str(hint.get("sid", "")),
                continue_url=sent["onsuccess"],
                parameters=_kept(sent),
            )
        state = sent.get("state", "")
        return LogoutRequest(
            client=client,
            sid=str(hint.get("sid", "")),
            continue_url=with_query(redirect_uri, {"state": state})
            if redirect_uri and state
            else redirect_uri,
            parameters=_kept(sent),
        )

    async def _owner(self, onsuccess: str, now: int) -> Client | None:
        """The application that the entry link goes on to. What is no place of ours counts as not said."""
        return await self.places.find(onsuccess, now) if onsuccess else None

    async def _hint(self, token: str, now: int) -> dict[str, Any]:
        """The claims of id_token_hint, expired or not (§2); an access token is none."""
        if not token:
            return {}
        await self.keyring.refresh_for(token, now)
        try:
            claims = self.keyring.verify(token, typ="JWT")
        except BadToken as error:
            raise _refused(f"id_token_hint: {error}") from None
        if claims.get("iss") != self.settings.issuer or not isinstance(claims.get("aud"), str):
            raise _refused("id_token_hint is not ours")
        return claims

    async def _signed_in(self, request: Request, now: int) -> SignedIn | None:
        cookie = self.cookies.read(request, Cookie.SESSION)
        found = await self.database.one(SIGNED_IN, of_digest=digest_of(cookie)) if cookie else None
        return found if found is not None and found.is_alive(now) else None

    async def _sign_out(
        self, request: Request, asked: LogoutRequest, signed_in: SignedIn, now: int
    ) -> Response:
        person = signed_in.person
        occasion = Occasion(
            now=now, actor=f"subject:{person.subject_id}", circumstances=circumstances_of(request)
        )
        await self.database.apply(
            sign_out_effects(
                self.audit,
                occasion,
                session_id=signed_in.session.session_id,
                subject_id=person.subject_id,
            )
        )
        return self._gone(request, asked)

    def _gone(self, request: Request, asked: LogoutRequest) -> Response:
        """Nobody is signed in any more: on to the application, or a page that says so."""
        if asked.continue_url:
            response: Response = Response(status_code=303, headers={"location": asked.continue_url})
        else:
            client = asked.client
            response = self.pages.render(
                request,
                "signed-out.html",
                posture=Posture.PLAIN,
                locale=asked.parameters.get("ui_locales", ""),
                application=client.name_in(self.pages.locale(request)) if client else "",
                continue_url=(client.client_uri if client else "") or "/account",
            )
        self.cookies.expire(response, Cookie.SESSION)
        # "cache" alone: the device cookie and other applications' cookies of this site survive.
        response.headers["clear-site-data"] = '"cache"'
        response.headers["cache-control"] = "no-store"
        return response

    def _confirmation(self, request: Request, asked: LogoutRequest, signed_in: SignedIn) -> Response:
        browser = self.cookies.read(request, Cookie.BROWSER) or self.entropy.token_bytes(_BROWSER_BYTES).hex()
        client = asked.client
        wished = f"{asked.parameters.get('ui_locales', '')} {signed_in.person.language}"
        response = self.pages.render(
            request,
            "logout.html",
            locale=wished,
            form_action=SIGN_OUT_PATH,
            csrf_token=form_token(self._form_key, browser=browser, purpose=SIGN_OUT_PATH),
            application=client.name_in(self.pages.locale(request, wished)) if client else "",
            account_name=signed_in.person.name,
            customer_id=signed_in.person.customer_id,
            hidden=dict(asked.parameters),
        )
        self.cookies.set(response, Cookie.BROWSER, browser)
        return response

    @property
    def _form_key(self) -> bytes:
        return self.secrets.newest(Purpose.FORM).value


def _kept(sent: Parameters) -> dict[str, str]:
    return {name: sent[name] for name in _PARAMETERS if name in sent}


def _check_not_repeated(sent: Parameters) -> None:
    if sent.repeated():
        raise _refused("a parameter is sent more than once")


def _refused(reason: str) -> PageError:
    return PageError(REFUSED, reason=reason, next_url="/logout", next_label=_OWN_SIGN_OUT)
