"""What the sign-in pages work with, and what they know of the browser in front of them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.clients.registry import Clients
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.events.outbox import Outbox
from idp.login.demand import Rules
from idp.login.factors.password import PasswordFactor
from idp.login.throttle import Throttle
from idp.records.interaction import Interaction
from idp.records.ports import Breaches, Clock, Entropy, Geography, UserAgents
from idp.records.session import SignedIn
from idp.risk.engine import RiskEngine
from idp.risk.seen import Seen, seen
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Purpose, Secrets
from idp.spec.token_value import digest_of
from idp.store.database import Database
from idp.store.sessions import SIGNED_IN, TOUCH_SESSION
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie, Cookies
from idp.web.csrf import TOKEN_FIELD, check_form, form_token
from idp.web.forms import Parameters, read_parameters
from idp.web.metrics import Metrics
from idp.web.pages import Pages

_BROWSER_BYTES = 32
_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    root_keys: RootKeys
    secrets: Secrets
    clients: Clients
    audit: Audit
    metrics: Metrics
    pages: Pages
    cookies: Cookies
    throttle: Throttle
    password: PasswordFactor
    breaches: Breaches
    outbox: Outbox
    risk: RiskEngine
    geography: Geography
    user_agents: UserAgents

    def browser(self, request: Request) -> str | None:
        """The cookie that binds interactions and forms to this browser."""
        return self.cookies.read(request, Cookie.BROWSER)

    def new_browser(self) -> str:
        return self.entropy.token_bytes(_BROWSER_BYTES).hex()

    async def signed_in(self, request: Request, now: int) -> SignedIn | None:
        """Who is signed in, by a living session. Using a session keeps it from idling out, to the minute."""
        cookie = self.cookies.read(request, Cookie.SESSION)
        if cookie is None:
            return None
        found = await self.database.one(SIGNED_IN, of_digest=digest_of(cookie))
        if found is None or not found.is_alive(now):
            return None
        if now - found.session.seen_at >= _TOUCH_SECONDS:
            await self.database.apply([TOUCH_SESSION.effect(of_session=found.session.session_id, now=now)])
        return found

    @property
    def rules(self) -> Rules:
        """What the operator asks of everybody."""
        factors = self.settings.factors
        return Rules(
            required_groups=frozenset(factors.required_groups),
            setup_seconds=factors.recent_seconds,
            sms=bool(factors.sms_url),
            backup_seconds=self.settings.sign_up.backup_days * 86_400,
        )

    def seen(self, request: Request) -> Seen:
        """The place and the browser of a request, in words that its owner recognises."""
        return seen(circumstances_of(request), self.geography, self.user_agents)

    def form_token(self, browser: str, purpose: str) -> str:
        return form_token(self._form_key, browser=browser, purpose=purpose)

    async def read_form(self, request: Request, purpose: str) -> Parameters:
        """The fields of a form of ours. Raises FormRejected or MalformedForm."""
        form = await read_parameters(request)
        self.check_form(request, form, purpose)
        return form

    def check_form(self, request: Request, form: Parameters, purpose: str) -> None:
        """Raises FormRejected unless the fields are those of a form of ours."""
        check_form(
            request.headers,
            key=self._form_key,
            browser=self.browser(request),
            purpose=purpose,
            token=form.get(TOKEN_FIELD),
            origin=self.settings.issuer,
        )

    def locale(self, request: Request, interaction: Interaction | None, signed_in: SignedIn | None) -> str:
        """The language that the page speaks: what the person chose, the application's, the account's, the browser's."""
        asked = str(interaction.parameters.get("ui_locales", "")) if interaction else ""
        return self.pages.locale(request, f"{asked} {signed_in.person.language if signed_in else ''}")

    @property
    def _form_key(self) -> bytes:
        return self.secrets.newest(Purpose.FORM).value


def with_browser(door: FrontDoor, response: Response, browser: str) -> Response:
    """Give a browser its cookie."""
    door.cookies.set(response, Cookie.BROWSER, browser)
    return response


def wear_brand(door: FrontDoor, response: Response, *, country: str, language: str) -> None:
    """From here on this browser's pages carry the brand of who serves the customers of a country."""
    subsidiary = door.pages.subsidiaries.of_account(country=country, language=language)
    if subsidiary is not None and door.settings.brands:
        door.cookies.set(response, Cookie.SUBSIDIARY, subsidiary.code.lower())
