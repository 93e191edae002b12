"""The pages of a sign-in: the dispatcher's address `/sign-in/{interaction}`, and the prompts below it.

Here the login room's steps meet what was asked. Every prompt returns to the dispatcher, which makes the session,
shows the next prompt, or answers the request.
"""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask, Demand, Issue, Refuse, SignIn, Step, next_step
from idp.login.front_door import FrontDoor
from idp.login.interaction import local_path, open_interaction, path_of
from idp.login.prompts import PROMPTS
from idp.login.prompts.prompted import Denied, Prompted
from idp.login.sign_in import set_cookies, sign_in
from idp.oauth.asked import Asked, Untrusted, check_asked, trusted_client
from idp.oauth.mint import Mint
from idp.oauth.responding import code_redirect, error_redirect, issue_code
from idp.oauth.untrusted import untrusted_page
from idp.records.event import Event, EventType
from idp.records.interaction import Interaction, InteractionKind
from idp.records.session import Consent, SignedIn
from idp.spec.errors import AccessDenied, ProtocolError
from idp.store.interactions import COMPLETE, INTERACTION
from idp.store.sessions import CONSENT
from idp.web.circumstances import circumstances_of

_PROMPTS = {prompt.ASK.value: prompt for prompt in PROMPTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPages:
    door: FrontDoor
    mint: Mint

    async def dispatch(self, request: Request) -> Response:
        """GET `/sign-in/{interaction}`: whatever comes next."""
        now = self.door.clock.now()
        interaction = await open_interaction(self.door, request, now)
        if isinstance(interaction, Response):
            return interaction
        try:
            asked = await self._asked(interaction, now)
        except ProtocolError as error:
            return self._no_longer(interaction, error)
        signed_in = await self.door.signed_in(request, now)
        step = await self.step(asked, interaction, signed_in, now)
        cookied = None
        if isinstance(step, SignIn):
            cookied = await sign_in(self.door, request, interaction, signed_in, now)
            if cookied is None:
                return RedirectResponse(path_of(interaction.interaction_id, Ask.LOGIN), 303)
            interaction = await self._reloaded(interaction)
            signed_in = cookied.signed_in
            step = await self.step(asked, interaction, signed_in, now)
        response = await self._follow(request, step, asked, interaction, now)
        if cookied is not None:
            set_cookies(self.door, response, cookied)
        return response

    async def prompt(self, request: Request) -> Response:
        """GET and POST `/sign-in/{interaction}/{step}`: one prompt."""
        now = self.door.clock.now()
        module = _PROMPTS.get(request.path_params["step"])
        if module is None:
            raise HTTPException(404)
        interaction = await open_interaction(self.door, request, now)
        if isinstance(interaction, Response):
            return interaction
        try:
            asked = await self._asked(interaction, now)
        except ProtocolError as error:
            return self._no_longer(interaction, error)
        signed_in = await self.door.signed_in(request, now)
        prompted = Prompted(
            interaction=interaction,
            client=asked.client if asked else None,
            signed_in=signed_in,
            scopes=asked.scopes if asked else (),
            browser=self.door.browser(request) or "",
            locale=self.door.locale(request, interaction, signed_in),
            now=now,
        )
        # Signing in is always possible, also as somebody else; the other prompts only when it is their turn.
        if (
            module.ASK is not Ask.LOGIN
            and await self.step(asked, interaction, signed_in, now) is not module.ASK
        ):
            return prompted.to_dispatcher()
        if request.method != "POST":
            return await module.show(self.door, request, prompted)
        answer = await module.submit(self.door, request, prompted)
        if isinstance(answer, Denied):
            return await self._refuse(request, asked, interaction, AccessDenied("the person declined"), now)
        return answer

    async def step(
        self, asked: Asked | None, interaction: Interaction | None, signed_in: SignedIn | None, now: int
    ) -> Step:
        """The dispatcher over the facts. `asked` is None for one of our own pages."""
        demand = asked.demand if asked else Demand()
        consent: Consent | None = None
        if asked is not None and signed_in is not None and demand.consent_scopes is not None:
            consent = await self.door.database.one(
                CONSENT, of_subject=signed_in.person.subject_id, of_client=asked.client.client_id
            )
        return next_step(demand, signed_in, interaction, consent, now)

    async def _asked(self, interaction: Interaction, now: int) -> Asked | None:
        """The request again, checked again: its client may have changed since. Raises PageError or a ProtocolError."""
        if interaction.kind is InteractionKind.LOCAL:
            return None
        try:
            client = await trusted_client(interaction.parameters, self.door.clients, now)
        except Untrusted as error:
            raise untrusted_page(self.door.settings, error) from error
        return await check_asked(
            interaction.parameters, client, settings=self.door.settings, keyring=self.mint.keyring, now=now
        )

    async def _follow(
        self, request: Request, step: Step, asked: Asked | None, interaction: Interaction, now: int
    ) -> Response:
        match step:
            case Ask():
                return RedirectResponse(path_of(interaction.interaction_id, step), 303)
            case Refuse(error=error):
                return await self._refuse(request, asked, interaction, error, now)
            case Issue(signed_in=signed_in):
                return await self._issue(request, asked, interaction, signed_in, now)
            case SignIn():
                return RedirectResponse(path_of(interaction.interaction_id), 303)

    async def _issue(
        self, request: Request, asked: Asked | None, interaction: Interaction, signed_in: SignedIn, now: int
    ) -> Response:
        complete = COMPLETE.effect(expects=1, of_interaction=interaction.interaction_id, now=now)
        if asked is None:
            await self.door.database.apply([complete])
            return RedirectResponse(local_path(interaction), 303)
        code, effects = issue_code(
            asked,
            signed_in,
            settings=self.door.settings,
            mint=self.mint,
            audit=self.door.audit,
            circumstances=circumstances_of(request),
            now=now,
        )
        if not await self.door.database.apply([complete, *effects]):
            # Answered in another tab, or signed out, a moment ago: look again.
            return RedirectResponse(path_of(interaction.interaction_id), 303)
        return code_redirect(self.door.settings.issuer, asked, code)

    async def _refuse(
        self, request: Request, asked: Asked | None, interaction: Interaction, error: ProtocolError, now: int
    ) -> Response:
        assert asked is not None  # One of our own pages asks for nothing that could be refused.
        event = Event(
            type=EventType.AUTHORIZATION_DENIED,
            outcome="failure",
            reason=error.code,
            actor="anonymous",
            client_id=asked.client.client_id,
        )
        await self.door.database.apply(
            [
                COMPLETE.effect(expects=1, of_interaction=interaction.interaction_id, now=now),
                self.door.audit.effect(event, circumstances_of(request), now=now),
            ]
        )
        return error_redirect(
            self.door.settings.issuer, asked.request.redirect_uri, asked.request.state, error
        )

    def _no_longer(self, interaction: Interaction, error: ProtocolError) -> Response:
        """The client may no longer ask what it asked when this began."""
        parameters = interaction.parameters
        return error_redirect(
            self.door.settings.issuer, parameters["redirect_uri"], parameters.get("state", ""), error
        )

    async def _reloaded(self, interaction: Interaction) -> Interaction:
        found = await self.door.database.one(INTERACTION, of_interaction=interaction.interaction_id)
        assert found is not None  # Interactions are pruned days after they expire.
        return found
