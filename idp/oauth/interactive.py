"""The pages of a sign-in: the dispatcher's address `/sign-in/{interaction}`, and the prompts below it.

Here the login room's steps meet what was asked. Every prompt returns to the dispatcher, which makes the session,
shows the next prompt, or answers the request.
"""

from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.clients.keys import ClientKeys
from idp.login.browser_state import show_browser_state
from idp.login.demand import Demand
from idp.login.dispatch import Ask, Issue, Raise, Refuse, SignIn, Step, is_proving, next_step
from idp.login.front_door import FrontDoor
from idp.login.interaction import local_demand, local_path, open_interaction, path_of
from idp.login.prompts import PROMPTS
from idp.login.prompts.prompted import Denied, Prompted
from idp.login.proving import own_proofs
from idp.login.raising import raise_session
from idp.login.sign_in import set_cookies, sign_in
from idp.oauth.asked import Asked, Untrusted, check_asked, trusted_client
from idp.oauth.mint import Mint
from idp.oauth.pushed import check_unanswered
from idp.oauth.reply import Reply, error_reply, send
from idp.oauth.responding import Issuing, answering, grant
from idp.oauth.untrusted import untrusted_page
from idp.oidc.answer_format import key_for
from idp.oidc.sessions import sid_for
from idp.oidc.subjects import sub_for
from idp.records.event import Event, EventType
from idp.records.factor import Standing
from idp.records.interaction import Interaction, InteractionKind
from idp.records.session import Consent, SignedIn
from idp.spec.errors import AccessDenied, InvalidClientMetadata, ProtocolError
from idp.store.factors import STANDING
from idp.store.interactions import COMPLETE, INTERACTION
from idp.store.sessions import CONSENT
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of

_PROMPTS = {prompt.PATH: prompt for prompt in PROMPTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request of an interaction, which holds the proofs of this browser alone. `asked` is None for one of our own
    pages, `signed_in` for nobody. `standing` is that of whoever has to prove something, if anybody is known.
    """

    request: Request
    interaction: Interaction
    asked: Asked | None
    signed_in: SignedIn | None
    standing: Standing | None
    now: int

    @property
    def demand(self) -> Demand:
        return self.asked.demand if self.asked else local_demand(self.interaction)

    @property
    def dispatcher(self) -> str:
        return path_of(self.interaction.interaction_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPages:
    door: FrontDoor
    mint: Mint
    client_keys: ClientKeys

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
        elif isinstance(step, Raise):
            assert turn.signed_in is not None
            cookied = await raise_session(self.door, request, turn.interaction, turn.signed_in, turn.now)
            if cookied is None:
                return RedirectResponse(turn.dispatcher, 303)
            interaction = await self._reloaded(turn.interaction)
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
        step = await self._step(turn)
        due = step if isinstance(step, Ask) else None
        prompted = self._prompted(turn, due)
        if module.TURNS is not None and due not in module.TURNS:
            return prompted.to_dispatcher()
        if request.method != "POST":
            return await module.show(self.door, request, prompted)
        answer = await module.submit(self.door, request, prompted)
        if isinstance(answer, Denied):
            return await self._refuse(turn, AccessDenied("the person declined"))
        return answer

    async def first_step(self, asked: Asked, signed_in: SignedIn | None, now: int) -> Step:
        """The dispatcher over the facts of a request before anything was asked of anybody."""
        standing = await self._standing(None, signed_in)
        consent = await self._consent(asked, signed_in)
        return next_step(
            asked.demand, signed_in, None, standing=standing, consent=consent, rules=self.door.rules, now=now
        )

    async def _step(self, turn: Turn) -> Step:
        return next_step(
            turn.demand,
            turn.signed_in,
            turn.interaction,
            standing=turn.standing,
            consent=await self._consent(turn.asked, turn.signed_in),
            rules=self.door.rules,
            now=turn.now,
        )

    async def _consent(self, asked: Asked | None, signed_in: SignedIn | None) -> Consent | None:
        if asked is None or signed_in is None or asked.demand.consent_scopes is None:
            return None
        return await self.door.database.one(
            CONSENT, of_subject=signed_in.person.subject_id, of_client=asked.client.client_id
        )

    async def _standing(self, interaction: Interaction | None, signed_in: SignedIn | None) -> Standing | None:
        """Of whoever proved something here, or else of who is signed in."""
        subject_id = signed_in.person.subject_id if signed_in else None
        if is_proving(interaction):
            assert interaction is not None
            subject_id = interaction.subject_id
        return await self.door.database.one(STANDING, of_subject=subject_id) if subject_id else None

    async def _turn(self, request: Request) -> Turn | Response:
        """What the request is about, or the answer where its interaction can't go on."""
        now = self.door.clock.now()
        interaction = await open_interaction(self.door, request, now)
        if isinstance(interaction, Response):
            return interaction
        try:
            asked = await self._asked(interaction, now)
        except ProtocolError as error:
            # The client may no longer ask what it asked when this began.
            return self._answered(request, interaction, error)
        interaction = own_proofs(self.door, request, interaction)
        signed_in = await self.door.signed_in(request, now)
        standing = await self._standing(interaction, signed_in)
        return Turn(
            request=request,
            interaction=interaction,
            asked=asked,
            signed_in=signed_in,
            standing=standing,
            now=now,
        )

    def _prompted(self, turn: Turn, due: Ask | None) -> Prompted:
        asked = turn.asked
        return Prompted(
            interaction=turn.interaction,
            client=asked.client if asked else None,
            signed_in=turn.signed_in,
            scopes=asked.scopes if asked else (),
            demand=turn.demand,
            standing=turn.standing,
            due=due,
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
        if interaction.pushed_id is not None:
            await check_unanswered(
                self.door.database, interaction.pushed_id, client, settings=self.door.settings
            )
        return await check_asked(
            interaction.parameters,
            client,
            settings=self.door.settings,
            database=self.door.database,
            keyring=self.mint.keyring,
            now=now,
            pushed_id=interaction.pushed_id,
        )

    async def _follow(self, turn: Turn, step: Step) -> Response:
        match step:
            case Ask():
                return RedirectResponse(path_of(turn.interaction.interaction_id, step), 303)
            case Refuse(error=error):
                return await self._refuse(turn, error)
            case Issue(signed_in=signed_in):
                return await self._issue(turn, signed_in)
            case SignIn() | Raise():
                return RedirectResponse(turn.dispatcher, 303)

    async def _issue(self, turn: Turn, signed_in: SignedIn) -> Response:
        complete = COMPLETE.effect(expects=1, of_interaction=turn.interaction.interaction_id, now=turn.now)
        if turn.asked is None:
            await self.door.database.apply([complete])
            return RedirectResponse(local_path(turn.interaction), 303)
        try:
            reply, effects = await self.granted(turn.request, turn.asked, signed_in, turn.now)
        except InvalidClientMetadata as error:
            return await self._refuse(turn, error)
        if not await self.door.database.apply([complete, *effects]):
            # Answered in another tab, or signed out, a moment ago: look again.
            return RedirectResponse(turn.dispatcher, 303)
        response = send(self.door.pages, turn.request, reply)
        return show_browser_state(self.door, turn.request, response, signed_in.session)

    async def granted(
        self, request: Request, asked: Asked, signed_in: SignedIn, now: int
    ) -> tuple[Reply, list[Effect]]:
        """The answer to a request that was granted, and what has to be stored before it leaves. Raises
        InvalidClientMetadata where it can't be made as the client registered.
        """
        database, client, person = self.door.database, asked.client, signed_in.person
        await self.mint.keyring.refresh(now)
        encryption = client.id_token_encrypted_response_alg if asked.request.brings_id_token else ""
        issuing = Issuing(
            settings=self.door.settings,
            mint=self.mint,
            audit=self.door.audit,
            circumstances=circumstances_of(request),
            sub=await sub_for(database, self.door.entropy, person, client, now),
            sid=sid_for(signed_in.session, client),
            encryption_key=await key_for(self.client_keys, client, encryption, now),
            now=now,
        )
        return grant(issuing, asked, signed_in)

    async def _refuse(self, turn: Turn, error: ProtocolError) -> Response:
        assert turn.asked is not None  # One of our own pages asks for nothing that could be refused.
        complete = COMPLETE.effect(expects=1, of_interaction=turn.interaction.interaction_id, now=turn.now)
        event = self.door.audit.effect(
            _denial(turn.asked, turn.signed_in, error), circumstances_of(turn.request), now=turn.now
        )
        if not await self.door.database.apply([complete, *answering(turn.asked, turn.now), event]):
            return RedirectResponse(turn.dispatcher, 303)
        return self._answered(turn.request, turn.interaction, error)

    def _answered(self, request: Request, interaction: Interaction, error: ProtocolError) -> Response:
        reply = error_reply(self.door.settings.issuer, interaction.parameters, error)
        return send(self.door.pages, request, reply)

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
