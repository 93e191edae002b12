"""The pages of a sign-in: the dispatcher's address `/sign-in/{interaction}`, and the prompts below it.

Here the login room's steps meet what was asked. Every prompt returns to the dispatcher, which makes the session,
shows the next prompt, or answers the request.
"""

from dataclasses import dataclass, replace

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
class Turn:
    """One request of an interaction. `asked` is None for one of our own pages, `signed_in` for nobody."""

    request: Request
    interaction: Interaction
    asked: Asked | None
    signed_in: SignedIn | None
    now: int

    @property
    def dispatcher(self) -> str:
        return path_of(self.interaction.interaction_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPages:
    door: FrontDoor
    mint: Mint

    async def dispatch(self, request: Request) -> Response:
        """GET `/sign-in/{interaction}`: whatever comes next."""
        turn = await self._turn(request)
        if isinstance(turn, Response):
            return turn
        step, cookied = await self._step(turn), None
        if isinstance(step, SignIn):
            cookied = await sign_in(self.door, request, turn.interaction, turn.signed_in, turn.now)
            interaction = await self._reloaded(turn.interaction)
            if cookied is None:
                # Another request made the session a moment ago; or none can be made, since the password changed, say.
                is_made = interaction.session_id is not None
                return RedirectResponse(
                    turn.dispatcher if is_made else path_of(interaction.interaction_id, Ask.LOGIN), 303
                )
            turn = replace(turn, interaction=interaction, signed_in=cookied.signed_in)
            step = await self._step(turn)
        response = await self._follow(turn, step)
        if cookied is not None:
            set_cookies(self.door, response, cookied)
        return response

    async def prompt(self, request: Request) -> Response:
        """GET and POST `/sign-in/{interaction}/{step}`: one prompt."""
        module = _PROMPTS.get(request.path_params["step"])
        if module is None:
            raise HTTPException(404)
        turn = await self._turn(request)
        if isinstance(turn, Response):
            return turn
        prompted = self._prompted(turn)
        # Signing in is always possible, also as somebody else; the other prompts only when it is their turn.
        if module.ASK is not Ask.LOGIN and await self._step(turn) is not module.ASK:
            return prompted.to_dispatcher()
        if request.method != "POST":
            return await module.show(self.door, request, prompted)
        answer = await module.submit(self.door, request, prompted)
        if isinstance(answer, Denied):
            return await self._refuse(turn, AccessDenied("the person declined"))
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

    async def _step(self, turn: Turn) -> Step:
        return await self.step(turn.asked, turn.interaction, turn.signed_in, turn.now)

    async def _turn(self, request: Request) -> Turn | Response:
        """What the request is about, or the answer where its interaction can't go on."""
        now = self.door.clock.now()
        interaction = await open_interaction(self.door, request, now)
        if isinstance(interaction, Response):
            return interaction
        try:
            asked = await self._asked(interaction, now)
        except ProtocolError as error:
            return self._no_longer(interaction, error)
        signed_in = await self.door.signed_in(request, now)
        return Turn(request=request, interaction=interaction, asked=asked, signed_in=signed_in, now=now)

    def _prompted(self, turn: Turn) -> Prompted:
        asked = turn.asked
        return Prompted(
            interaction=turn.interaction,
            client=asked.client if asked else None,
            signed_in=turn.signed_in,
            scopes=asked.scopes if asked else (),
            browser=self.door.browser(turn.request) or "",
            locale=self.door.locale(turn.request, turn.interaction, turn.signed_in),
            now=turn.now,
        )

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

    async def _follow(self, turn: Turn, step: Step) -> Response:
        match step:
            case Ask():
                return RedirectResponse(path_of(turn.interaction.interaction_id, step), 303)
            case Refuse(error=error):
                return await self._refuse(turn, error)
            case Issue(signed_in=signed_in):
                return await self._issue(turn, signed_in)
            case SignIn():
                return RedirectResponse(turn.dispatcher, 303)

    async def _issue(self, turn: Turn, signed_in: SignedIn) -> Response:
        complete = COMPLETE.effect(expects=1, of_interaction=turn.interaction.interaction_id, now=turn.now)
        if turn.asked is None:
            await self.door.database.apply([complete])
            return RedirectResponse(local_path(turn.interaction), 303)
        code, effects = issue_code(
            turn.asked,
            signed_in,
            settings=self.door.settings,
            mint=self.mint,
            audit=self.door.audit,
            circumstances=circumstances_of(turn.request),
            now=turn.now,
        )
        if not await self.door.database.apply([complete, *effects]):
            # Answered in another tab, or signed out, a moment ago: look again.
            return RedirectResponse(turn.dispatcher, 303)
        return code_redirect(self.door.settings.issuer, turn.asked, code)

    async def _refuse(self, turn: Turn, error: ProtocolError) -> Response:
        assert turn.asked is not None  # One of our own pages asks for nothing that could be refused.
        complete = COMPLETE.effect(expects=1, of_interaction=turn.interaction.interaction_id, now=turn.now)
        event = self.door.audit.effect(
            _denial(turn.asked, turn.signed_in, error), circumstances_of(turn.request), now=turn.now
        )
        if not await self.door.database.apply([complete, event]):
            return RedirectResponse(turn.dispatcher, 303)
        request = turn.asked.request
        return error_redirect(self.door.settings.issuer, request.redirect_uri, request.state, error)

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


def _denial(asked: Asked, signed_in: SignedIn | None, error: ProtocolError) -> Event:
    return Event(
        type=EventType.AUTHORIZATION_DENIED,
        outcome="failure",
        reason=error.code,
        actor=f"subject:{signed_in.person.subject_id}" if signed_in else "anonymous",
        subject_id=signed_in.person.subject_id if signed_in else None,
        client_id=asked.client.client_id,
        session_id=signed_in.session.session_id if signed_in else None,
    )
