"""The device authorization endpoint: RFC 8628 §3.1 and §3.2.

A device asks and is given two codes: a long one to ask with again, and a short one for a person to type elsewhere.
Who may ask is settled as at the token endpoint; that a client may not ask for ever is the rate limit's business.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from idp.config.settings import Settings
from idp.oauth.authlib_server import Request as AuthlibRequest
from idp.oauth.authlib_server import Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.device.user_codes import digest_with
from idp.oauth.endpoint import TRIES, Authority, decide_refusal, look_again, read_facts, report, too_contended
from idp.oauth.facts import TokenFacts
from idp.oauth.grants.device_code import GRANT_TYPE
from idp.oauth.outcome import Answer, Outcome, refusal
from idp.oauth.resources import choose_resources, reached, scopes_at
from idp.oidc.subjects import sector_of
from idp.records.client import Client
from idp.records.ports import Geography, UserAgents
from idp.risk.seen import Seen, seen
from idp.signing.secrets import Purpose, Secrets
from idp.spec.errors import InvalidRequest, InvalidScope, ProtocolError, UnauthorizedClient
from idp.spec.scope import OFFLINE_ACCESS, is_well_formed, scopes_of
from idp.spec.user_code import make_user_code, shown
from idp.spec.visible_text import tidy_line
from idp.store.device_requests import INSERT_DEVICE_REQUEST

PATH = "/device_authorization"
PAGE_PATH = "/device"
"""The verification URI: short, for somebody may have to type it (§3.2)."""

_ENTROPY_BYTES = 16
_LONGEST_BROWSER = 60
_LONGEST_SCOPE = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorizationEndpoint:
    """An ASGI application."""

    authority: Authority
    secrets: Secrets
    geography: Geography
    user_agents: UserAgents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        facts: TokenFacts | None = None
        try:
            facts = await read_facts(self.authority, request)
            outcome = await self._answer(request, facts)
        except ProtocolError as error:
            outcome = decide_refusal(error, None, request)
        report(self.authority, outcome, facts)
        await outcome.answer(scope, receive, send)

    async def _answer(self, request: Request, facts: TokenFacts) -> Outcome:
        # Another device may wait with the same user code, or have used the same assertion: then look again.
        for tried in range(TRIES):
            facts = await look_again(self.authority, facts, tried)
            outcome = self._decide(request, facts)
            if await self.authority.database.apply(outcome.effects):
                return outcome
        return refusal(too_contended())

    def _decide(self, request: Request, facts: TokenFacts) -> Outcome:
        server = self.authority.server.for_request(facts)
        try:
            return self._begin(server, facts)
        except ProtocolError as error:
            return decide_refusal(error, server, request)

    def _begin(self, server: Server, facts: TokenFacts) -> Outcome:
        settings = self.authority.settings
        request = AuthlibRequest(settings.issuer + PATH).with_form(facts.form)
        client = server.authenticate_client(request, list(METHOD_NAMES), "device_authorization").client
        if GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClient("this client may not use the device authorization grant")
        sector_of(client)  # Raises here what nobody could be told on the page.
        audience = choose_resources(facts.resources, client, settings.every_resource, issuer=settings.issuer)
        scopes = asked_scopes(facts.form.get("scope", ""), client, audience, settings)
        entropy, secret = self.authority.mint.entropy, self.secrets.newest(Purpose.USER_CODE)
        device_code = self.authority.mint.token(facts.now)
        user_code = make_user_code(entropy.token_bytes(_ENTROPY_BYTES))
        where, limits = (
            seen(facts.circumstances, self.geography, self.user_agents),
            settings.device_authorization,
        )
        server.effects.append(
            INSERT_DEVICE_REQUEST.effect(
                expects=1,
                request_id=device_code.identifier,
                digest=device_code.digest,
                user_code_digest=digest_with(secret, user_code),
                key_id=secret.secret_id,
                client_id=client.client_id,
                scope=" ".join(scopes),
                resource=" ".join(audience),
                confirmation=facts.confirmation.text(),
                browser=_browser(where, facts.circumstances.user_agent),
                place=where.place.city,
                country=where.place.country,
                interval_seconds=limits.interval_seconds,
                created_at=facts.now,
                expires_at=facts.now + limits.lifetime_seconds,
            )
        )
        page = settings.issuer + PAGE_PATH
        body = {
            "device_code": device_code.value,
            "user_code": shown(user_code),
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={shown(user_code)}",
            "expires_in": limits.lifetime_seconds,
            "interval": limits.interval_seconds,
        }
        return Outcome(answer=Answer(status=200, body=body), effects=tuple(server.effects))


def asked_scopes(
    asked: str, client: Client, audience: tuple[str, ...], settings: Settings
) -> tuple[str, ...]:
    """What would be granted: as at the authorization endpoint, unknown scopes are ignored, and so is `offline_access`
    where no refresh token could come of it. Raises InvalidRequest or InvalidScope.
    """
    if len(asked) > _LONGEST_SCOPE:
        raise InvalidRequest("scope is too long")
    if asked and not is_well_formed(asked):
        raise InvalidScope("scope is malformed")
    allowed = tuple(scope for scope in scopes_of(asked) if scope in client.scopes)
    if "refresh_token" not in client.grant_types:
        allowed = tuple(scope for scope in allowed if scope != OFFLINE_ACCESS)
    meant = reached(audience, client.client_id, settings)
    scopes = scopes_at(allowed, meant, settings.every_resource, issuer=settings.issuer)
    if not scopes:
        raise InvalidScope("no scope is left that this client may ask for")
    return scopes


def _browser(where: Seen, user_agent: str) -> str:
    """A browser's name, or else what the device's program calls itself first."""
    if where.browser_text:
        return where.browser_text
    name = user_agent.split(" ", 1)[0]
    return (tidy_line(name, longest=_LONGEST_BROWSER) or "") if name.isascii() else ""
