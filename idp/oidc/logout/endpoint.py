"""RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0.

An ID token of the very session that the browser holds proves that its application asks, so nothing is asked. Anybody
else could have made the link, so the person confirms (S32). Signing out ends the session and its families at once, and
tells every application of the session, in frames (`frames.py`) and behind the scenes (`tokens.py`).
`onsuccess` is the entry link's (`portal/entry.py`), which may go on to any place of our own applications.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.ending import sign_out_effects
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.events.outbox import Outbox
from idp.oidc.logout.frames import Frames, allow
from idp.oidc.logout.request import LogoutRequest, LogoutRequests, check_not_repeated, kept, refused
from idp.records.event import Occasion
from idp.records.ports import Clock, Entropy
from idp.records.session import SignedIn
from idp.signing.secrets import Purpose, Secrets
from idp.spec.token_value import digest_of
from idp.store.database import Database
from idp.store.logouts import CLIENTS_OF_SESSION
from idp.store.sessions import SIGNED_IN
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie, Cookies
from idp.web.csrf import TOKEN_FIELD, check_form, form_token
from idp.web.forms import query_parameters, read_parameters
from idp.web.headers import Posture
from idp.web.pages import SIGN_OUT_PATH, Pages

_BROWSER_BYTES = 32
# An encrypted ID token and a long state are shorter.
_LONGEST_QUERY = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    requests: LogoutRequests
    frames: Frames
    secrets: Secrets
    audit: Audit
    outbox: Outbox
    pages: Pages
    cookies: Cookies

    async def endpoint(self, request: Request) -> Response:
        """GET and POST `/logout`, for applications (§2)."""
        if request.method == "POST":
            # Another site's post carries no Lax cookies, so the request is asked again by GET.
            posted = await read_parameters(request)
            check_not_repeated(posted)
            query = urlencode(kept(posted))
            if len(query) > _LONGEST_QUERY:
                raise refused("posted logout request is too long")
            return RedirectResponse(f"/logout?{query}", 303)
        now = self.clock.now()
        asked = await self.requests.read(query_parameters(request), now)
        session = await self._session(request)
        if session is None or not session.is_alive(now):
            return await self._gone(request, asked, session, now)
        if await self._is_meant(asked, session):
            return await self._sign_out(request, asked, session, now)
        return self._confirmation(request, asked, session)

    async def reopen(self, request: Request) -> Response:
        """GET `/sign-out`: the answer to our form, opened again or in another language."""
        return RedirectResponse(f"/logout?{request.url.query}", 303)

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
        asked = await self.requests.read(form, now)
        if form.get("action") == "stay":
            return RedirectResponse(
                asked.client.client_uri if asked.client and asked.client.client_uri else "/account", 303
            )
        session = await self._session(request)
        if session is None or not session.is_alive(now):
            return await self._gone(request, asked, session, now)
        return await self._sign_out(request, asked, session, now)

    async def _session(self, request: Request) -> SignedIn | None:
        """This browser's session, over or not."""
        cookie = self.cookies.read(request, Cookie.SESSION)
        return await self.database.one(SIGNED_IN, of_digest=digest_of(cookie)) if cookie else None

    async def _is_meant(self, asked: LogoutRequest, signed_in: SignedIn) -> bool:
        """Whether the hint is of this session, by whatever its application calls it."""
        if not asked.sid or asked.sid == signed_in.session.sid:
            return bool(asked.sid)
        parties = await self.database.all(CLIENTS_OF_SESSION, of_session=signed_in.session.session_id)
        return any(asked.sid == party.sid for party in parties)

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
        self.outbox.wake()
        return await self._gone(request, asked, signed_in, now)

    async def _gone(
        self, request: Request, asked: LogoutRequest, former: SignedIn | None, now: int
    ) -> Response:
        """Nobody is signed in any more: on to the application, or a page that says so. Applications that this browser
        signed in to are told on the way, also where the session had run out or ended elsewhere.
        """
        frames = await self.frames.of(former.session, now) if former else ()
        if asked.continue_url and asked.is_trusted and not frames:
            response: Response = Response(status_code=303, headers={"location": asked.continue_url})
        else:
            response = self._page(request, asked, frames)
        for cookie in (Cookie.SESSION, Cookie.STATE):
            self.cookies.expire(response, cookie)
        # "cache" alone: the device cookie and other applications' cookies of this site survive.
        response.headers["clear-site-data"] = '"cache"'
        response.headers["cache-control"] = "no-store"
        return response

    def _page(self, request: Request, asked: LogoutRequest, frames: Sequence[str]) -> Response:
        client, goes_on = asked.client, bool(asked.continue_url) and asked.is_trusted
        response = self.pages.render(
            request,
            "signing-out.html" if goes_on else "signed-out.html",
            posture=Posture.PLAIN,
            locale=asked.parameters.get("ui_locales", ""),
            application=client.name_in(self.pages.locale(request)) if client else "",
            continue_url=asked.continue_url or (client.client_uri if client else "") or "/account",
            frames=frames,
        )
        if frames:
            allow(response, frames, asked.continue_url if goes_on else "")
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
