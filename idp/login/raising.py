"""Step-up: a factor that was proven for a living session becomes part of it (RFC 9470).

The session keeps its identifier, its `sid` and its tokens; its cookie is new (S59). When the person signed in stays as
it was: proving a factor is not signing in again (`auth_time`, `max_age`).
"""

import json
from dataclasses import replace

from starlette.requests import Request

from idp.login.front_door import FrontDoor
from idp.login.sign_in import Cookied
from idp.records.event import Event, EventType
from idp.records.interaction import Interaction
from idp.records.session import SignedIn
from idp.spec.assurance import acr_of, amr_of
from idp.spec.token_value import SECRET_BYTES, make_token
from idp.store.interactions import SPEND_RAISE
from idp.store.sessions import RAISE_SESSION
from idp.web.circumstances import circumstances_of


async def raise_session(
    door: FrontDoor, request: Request, interaction: Interaction, signed_in: SignedIn, now: int
) -> Cookied | None:
    """Add the interaction's proofs to the session that they were given for. None if either went on meanwhile."""
    session = signed_in.session
    token = make_token(door.entropy.uuid7(now), door.entropy.token_bytes(SECRET_BYTES))
    amr = amr_of((proof for proof, _ in interaction.proofs), before=session.amr)
    raised = replace(session, amr=amr, acr=acr_of(amr), factor_at=now, seen_at=now)
    event = Event(
        type=EventType.SESSION_RAISED,
        actor=f"subject:{session.subject_id}",
        subject_id=session.subject_id,
        client_id=interaction.client_id or None,
        session_id=session.session_id,
        factor=" ".join(proof for proof, _ in interaction.proofs),
    )
    effects = [
        SPEND_RAISE.effect(
            expects=1,
            of_interaction=interaction.interaction_id,
            session=session.session_id,
            former=json.dumps([list(proof) for proof in interaction.proofs]),
            now=now,
        ),
        RAISE_SESSION.effect(
            expects=1,
            of_session=session.session_id,
            of_subject=session.subject_id,
            new_digest=token.digest,
            reached=raised.acr,
            methods=json.dumps(raised.amr),
            now=now,
        ),
        door.audit.effect(event, circumstances_of(request), now=now),
    ]
    if not await door.database.apply(effects):
        return None
    return Cookied(
        signed_in=SignedIn(session=raised, person=signed_in.person),
        session_cookie=token.value,
        device_cookie=None,
    )
