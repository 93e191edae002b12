"""The end of signing in: what was proven in an interaction becomes the browser's session.

The session cookie is new each time (S59). The same person keeps their session, and with it `sid` and its tokens;
another person ends it, so that nobody inherits what the one before them left.
"""

import json
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from idp.account.ending import sign_out_effects
from idp.login.browser_state import set_browser_state
from idp.login.device import Presented, Remembered, Sighting, presented, remember
from idp.login.front_door import FrontDoor, wear_brand
from idp.login.notices import sign_in_notice
from idp.login.unblocking import lift_block
from idp.records.account import AccountStatus, BlockedBy, Person
from idp.records.event import Event, EventType, Occasion
from idp.records.interaction import Interaction
from idp.records.session import Session, SignedIn
from idp.risk.seen import Seen
from idp.spec.assurance import SECOND_FACTORS, Proof, acr_of, amr_of
from idp.spec.token_value import SECRET_BYTES, TokenValue, make_token
from idp.store.accounts import KEEP_PASSWORD, PERSON_BY_SUBJECT
from idp.store.interactions import BECOME_SESSION
from idp.store.sessions import INSERT_SESSION, RENEW_SESSION
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie

# Another sign-in of the same person may change what this one has read: their habits, their device.
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookied:
    """A session that was just made, and the cookies that the answer has to set."""

    signed_in: SignedIn
    session_cookie: str
    device_cookie: str | None


async def sign_in(
    door: FrontDoor,
    request: Request,
    interaction: Interaction,
    former: SignedIn | None,
    now: int,
    *,
    is_told: bool = True,
) -> Cookied | None:
    """Make the session of an interaction whose proofs are complete and this browser's own. None if it can't be: start
    over. Its owner gets the mail about it unless they know (`is_told`).
    """
    assert interaction.subject_id is not None
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=interaction.subject_id)
    lifted = await lift_block(door, request, person, interaction, now) if person else None
    if person is None or lifted is None:
        return None
    person = replace(person, status=AccountStatus.ACTIVE, blocked_by=BlockedBy.OPERATOR)
    seen, locale = door.seen(request), door.locale(request, interaction, None)
    token = make_token(door.entropy.uuid7(now), door.entropy.token_bytes(SECRET_BYTES))
    for _ in range(_ATTEMPTS):
        shown = await presented(door, request, person.subject_id, seen.agent, now)
        kept = _remembered(door, interaction, shown, seen, now)
        fresh = _fresh_session(door, interaction, person, token.identifier, now)
        named = replace(
            fresh,
            user_agent=seen.browser_text,
            country=seen.place.country,
            place=seen.place_text,
            device_id=kept.device_id,
        )
        session = _kept(named, former) or named
        is_new = shown.device is None and is_told
        notices = await sign_in_notice(
            door, person, session, interaction, seen, is_new=is_new, locale=locale, now=now
        )
        effects = [
            *_proof_effects(interaction, person, session, now),
            *lifted,
            *_session_effects(session, token, former, now),
            *kept.effects,
            *notices,
            _audit(door, request, interaction, session, now),
        ]
        if former is not None and former.session.session_id != session.session_id:
            effects += _end_former(door, request, former, now)
        # Last, since everybody's counts are a few rows that every sign-in waits for.
        effects += await _learnt(door, interaction, now)
        if await door.database.apply(effects):
            door.outbox.wake()
            door.metrics.signed_in("success")
            signed_in = SignedIn(session=session, person=person)
            return Cookied(signed_in=signed_in, session_cookie=token.value, device_cookie=kept.cookie)
    return None


def _proof_effects(interaction: Interaction, person: Person, session: Session, now: int) -> list[Effect]:
    """What the proofs rest on has to hold in the very transaction that spends them."""
    effects = [
        BECOME_SESSION.effect(
            expects=1,
            of_interaction=interaction.interaction_id,
            session=session.session_id,
            by=person.subject_id,
            proven=json.dumps([list(proof) for proof in interaction.proofs]),
            now=now,
        )
    ]
    if interaction.proven_password_at is not None:
        effects.append(
            KEEP_PASSWORD.effect(
                expects=1, of_subject=person.subject_id, proven_password_at=interaction.proven_password_at
            )
        )
    return effects


def _remembered(
    door: FrontDoor, interaction: Interaction, shown: Presented, seen: Seen, now: int
) -> Remembered:
    """A shared computer's browser is not remembered. In observe mode nobody is asked for more than a password, and the
    browsers of honest customers have to become known before the policy counts.
    """
    assert interaction.subject_id is not None
    if interaction.is_shared:
        return Remembered()
    is_proven = bool(interaction.proven & (SECOND_FACTORS | {Proof.EMAIL_CODE, Proof.MAILBOXES}))
    is_observing = door.settings.risk.mode == "observe"
    trusts = interaction.is_remembering and door.settings.factors.trust_days > 0
    sighting = Sighting(subject_id=interaction.subject_id, seen=seen, trusts=trusts, now=now)
    return remember(door, shown, sighting, is_proven=is_proven or is_observing)


async def _learnt(door: FrontDoor, interaction: Interaction, now: int) -> list[Effect]:
    return await door.risk.learn(interaction.decision_id, now=now) if interaction.decision_id else []


def set_cookies(door: FrontDoor, response: Response, cookied: Cookied) -> None:
    """A shared computer's session ends with the browser, and the device is not remembered there."""
    session = cookied.signed_in.session
    max_age = None if session.is_shared else door.settings.session.absolute_seconds
    door.cookies.set(response, Cookie.SESSION, cookied.session_cookie, max_age_seconds=max_age)
    set_browser_state(door, response, session)
    door.cookies.expire(response, Cookie.PROOF)
    if cookied.device_cookie is not None:
        door.cookies.set(response, Cookie.DEVICE, cookied.device_cookie)
    person = cookied.signed_in.person
    wear_brand(door, response, country=person.country, language=person.language)


def idle_seconds(door: FrontDoor, person: Person, *, is_shared: bool) -> int:
    """The shortest of the limits that apply."""
    limits = door.settings.session
    applying = [limits.idle_seconds]
    if person.role.is_staff:
        applying.append(limits.staff_idle_seconds)
    if is_shared:
        applying.append(limits.shared_idle_seconds)
    return min(applying)


def _fresh_session(
    door: FrontDoor, interaction: Interaction, person: Person, session_id: str, now: int
) -> Session:
    amr = amr_of(proof for proof, _ in interaction.proofs)
    factors = [at for proof, at in interaction.proofs if proof in SECOND_FACTORS]
    # With the last proof: a mail that takes its time must not make the sign-in older than `max_age` allows.
    authenticated_at = max((at for _, at in interaction.proofs), default=now)
    return Session(
        session_id=session_id,
        sid=door.entropy.token_bytes(16).hex(),
        subject_id=person.subject_id,
        authenticated_at=authenticated_at,
        acr=acr_of(amr),
        amr=amr,
        created_at=now,
        seen_at=now,
        idle_seconds=idle_seconds(door, person, is_shared=interaction.is_shared),
        expires_at=now + door.settings.session.absolute_seconds,
        is_shared=interaction.is_shared,
        user_agent="",
        country="",
        ended_at=None,
        place="",
        device_id=None,
        factor_at=max(factors, default=None),
    )


def _kept(fresh: Session, former: SignedIn | None) -> Session | None:
    """The browser's session with what is new of it, if it is the same person's."""
    if former is None or former.person.subject_id != fresh.subject_id:
        return None
    kept = former.session
    return replace(fresh, session_id=kept.session_id, sid=kept.sid, created_at=kept.created_at)


def _session_effects(session: Session, token: TokenValue, former: SignedIn | None, now: int) -> list[Effect]:
    if former is not None and former.session.session_id == session.session_id:
        return [
            RENEW_SESSION.effect(
                expects=1,
                of_session=session.session_id,
                of_subject=session.subject_id,
                new_digest=token.digest,
                proven_at=session.authenticated_at,
                now=now,
                reached=session.acr,
                methods=json.dumps(session.amr),
                idle=session.idle_seconds,
                until=session.expires_at,
                shared=int(session.is_shared),
                browser=session.user_agent,
                in_country=session.country,
                at_place=session.place,
                in_device=session.device_id,
                factor_proven_at=session.factor_at,
            )
        ]
    return [
        INSERT_SESSION.effect(
            session_id=session.session_id,
            digest=token.digest,
            sid=session.sid,
            subject_id=session.subject_id,
            authenticated_at=session.authenticated_at,
            acr=session.acr,
            amr=json.dumps(session.amr),
            created_at=now,
            seen_at=now,
            idle_seconds=session.idle_seconds,
            expires_at=session.expires_at,
            is_shared=int(session.is_shared),
            user_agent=session.user_agent,
            country=session.country,
            place=session.place,
            device_id=session.device_id,
            factor_at=session.factor_at,
        )
    ]


def _end_former(door: FrontDoor, request: Request, former: SignedIn, now: int) -> list[Effect]:
    """Somebody else sat here before."""
    occasion = Occasion(now=now, actor="system", circumstances=circumstances_of(request))
    return sign_out_effects(
        door.audit,
        occasion,
        session_id=former.session.session_id,
        subject_id=former.person.subject_id,
        reason="session_replaced",
    )


def _audit(door: FrontDoor, request: Request, interaction: Interaction, session: Session, now: int) -> Effect:
    event = Event(
        type=EventType.SIGN_IN_SUCCEEDED,
        actor=f"subject:{session.subject_id}",
        subject_id=session.subject_id,
        client_id=interaction.client_id or None,
        session_id=session.session_id,
        factor=" ".join(session.amr),
        details={"decision": interaction.decision_id} if interaction.decision_id else {},
    )
    return door.audit.effect(event, circumstances_of(request), now=now)
