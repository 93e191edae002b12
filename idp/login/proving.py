"""Recording a proof on an interaction, and whose proofs they are.

The first proof (password or passkey) says who somebody is and starts over (`PROVE_IDENTITY`); later ones are added for
the same person in the same browser. Where somebody is signed in already and lacks only a factor, the proof waits on the
interaction for the dispatcher to add it to the session.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from idp.login.dispatch import is_proving
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.records.account import SubjectId
from idp.records.interaction import Interaction
from idp.spec.assurance import Proof
from idp.spec.token_value import SECRET_BYTES, digest_of, is_same
from idp.store.interactions import ADD_PROOF, RAISE_PROOF
from idp.store.statement import Effect
from idp.web.cookies import Cookie


def own_proofs(door: FrontDoor, request: Request, interaction: Interaction) -> Interaction:
    """The interaction with nothing proven that was not proven by this very browser. The browser's cookie does not tell:
    it was there before, so somebody who had this browser in hand may know it.
    """
    if not is_proving(interaction) and interaction.raised_session_id is None:
        return interaction
    cookie, digest = door.cookies.read(request, Cookie.PROOF), interaction.proof_digest
    if cookie is not None and digest is not None and is_same(digest_of(cookie), digest):
        return interaction
    if not is_proving(interaction):
        # What raises a session: somebody with a copy of its cookie does not come by the new one first.
        return replace(interaction, proofs=(), raised_session_id=None) if interaction.proofs else interaction
    return replace(interaction, authenticated_at=None, subject_id=None, proofs=())


def proving_subject(prompted: Prompted) -> SubjectId:
    """Who has to prove something now: whoever gave the first proof here, or else who is signed in."""
    if is_proving(prompted.interaction):
        assert prompted.interaction.subject_id is not None
        return prompted.interaction.subject_id
    assert prompted.signed_in is not None  # The dispatcher asks nobody else.
    return prompted.signed_in.person.subject_id


async def record_proof(
    door: FrontDoor, prompted: Prompted, proof: Proof, effects: Sequence[Effect] = ()
) -> Response | None:
    """Add a proof, together with what redeems it (`effects`, each with its expectation). The way to the dispatcher, or
    None if any of it did not hold: redeemed a moment ago, or the interaction went on without it.
    """
    interaction = prompted.interaction
    entry = [proof.value, prompted.now]
    cookie = door.entropy.token_bytes(SECRET_BYTES).hex()
    if is_proving(interaction):
        added = ADD_PROOF.effect(
            expects=1,
            of_interaction=interaction.interaction_id,
            by=interaction.subject_id,
            former=json.dumps([list(known) for known in interaction.proofs]),
            proven=json.dumps([*map(list, interaction.proofs), entry]),
            by_cookie=digest_of(cookie),
            now=prompted.now,
        )
    else:
        assert prompted.signed_in is not None
        added = RAISE_PROOF.effect(
            expects=1,
            of_interaction=interaction.interaction_id,
            session=prompted.signed_in.session.session_id,
            proven=json.dumps([entry]),
            by_cookie=digest_of(cookie),
            now=prompted.now,
        )
    if not await door.database.apply([added, *effects]):
        return None
    response = prompted.to_dispatcher()
    door.cookies.set(response, Cookie.PROOF, cookie)
    return response
