"""“This wasn’t me”: the links in mails by which an owner reports a sign-in, and what that ends.

A link works for seven days, and until a new password was chosen by it. What it opens is a page with a button: mail
scanners and prefetching browsers open links.
"""

from collections.abc import Mapping, Sequence

from idp.account.delegation_ending import end_own_delegations
from idp.account.ending import end_everything
from idp.account.links import OpenLink, find_link, new_link
from idp.account.new_password import password_link
from idp.events.audit import Audit
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.interaction import Interaction
from idp.records.ports import Entropy
from idp.records.session import Session
from idp.store.address_changes import CANCEL_CHANGES
from idp.store.challenges import END_CHALLENGE
from idp.store.database import Database
from idp.store.devices import REVOKE_DEVICE
from idp.store.endings import END_SUBJECTS_SESSION, REVOKE_WHOLE_SESSION
from idp.store.factors import REPORT_STOLEN
from idp.store.interactions import COMPLETE, INTERACTION
from idp.store.service_accounts import TURN_OFF_CHANGED
from idp.store.sessions import SESSIONS_OF_SUBJECT
from idp.store.statement import Effect

PURPOSE = "not-me"
REASON = "reported"
_SEVEN_DAYS = 604_800
_HANDLE_BYTES = 32


def not_me_link(
    entropy: Entropy, subject_id: SubjectId, about: Mapping[str, str], *, now: int
) -> tuple[str, Effect]:
    """The path of a new link, and the row that makes it work. `about`: challenge_id, interaction_id, session_id,
    device_id, each the one that the link may end, or absent.
    """
    value, effect = new_link(entropy, subject_id, PURPOSE, seconds=_SEVEN_DAYS, now=now, about=about)
    return f"/not-me/{value}", effect


async def find_not_me(db: Database, value: str, now: int) -> OpenLink | None:
    """The link of `value` while it can be used."""
    return await find_link(db, value, PURPOSE, now)


async def report(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    found: OpenLink,
    *,
    also: Sequence[Effect] = (),
) -> str:
    """End what the link is about, have every later sign-in asked for more, and lead to a new password: the path of a
    link for one. The report may be repeated. `also` goes along: who is told.
    """
    subject_id, now = found.person.subject_id, occasion.now
    interaction = await _own_interaction(db, found)
    path, password_effect = password_link(entropy, subject_id, reported_by=found.link.link_id, now=now)
    event = Event(
        type=EventType.SIGN_IN_REPORTED, actor=occasion.actor, subject_id=subject_id, reason=PURPOSE
    )
    await db.apply(
        [
            REPORT_STOLEN.effect(
                subject_id=subject_id, user_handle=entropy.token_bytes(_HANDLE_BYTES), stolen_at=now
            ),
            # First of all: what is done in that session at the same moment is there by then, or is not done at all.
            *await _end_session(db, found, interaction, now),
            # Whoever signed in may have asked for another address since, or let somebody act for the account.
            CANCEL_CHANGES.effect(of_account=found.person.account_id, now=now),
            *end_own_delegations(subject_id, now=now),
            # Or have left a service account behind. Older ones are not what a link of these days reports.
            TURN_OFF_CHANGED.effect(of_owner=found.person.account_id, since=now - _SEVEN_DAYS, now=now),
            *_end_sign_in(found.about, interaction, now),
            password_effect,
            *also,
            audit.effect(event, occasion.circumstances, now=now),
        ]
    )
    return path


async def _own_interaction(db: Database, found: OpenLink) -> Interaction | None:
    """The sign-in that the link names, if it is still this person's: somebody else may have begun anew in it."""
    interaction_id = found.about.get("interaction_id")
    interaction = await db.one(INTERACTION, of_interaction=interaction_id) if interaction_id else None
    is_own = interaction is not None and interaction.subject_id == found.person.subject_id
    return interaction if is_own else None


def _end_sign_in(about: Mapping[str, str], interaction: Interaction | None, now: int) -> list[Effect]:
    """The challenge, and the sign-in that asked for it: nobody has another code sent there."""
    effects = []
    if challenge_id := about.get("challenge_id"):
        effects.append(END_CHALLENGE.effect(of_challenge=challenge_id, now=now))
    if interaction is not None:
        effects.append(COMPLETE.effect(of_interaction=interaction.interaction_id, now=now))
    return effects


async def _end_session(
    db: Database, found: OpenLink, interaction: Interaction | None, now: int
) -> list[Effect]:
    """The session that the link names, or that came of the sign-in, with its tokens and the device that it made. All of
    them where a link names nothing: whoever changed something was in one.
    """
    subject_id = found.person.subject_id
    if not found.about:
        return end_everything(subject_id, now=now, reason=REASON)
    session_id = found.about.get("session_id") or (interaction.session_id if interaction else None)
    session = await _living(db, subject_id, session_id)
    effects = []
    if session_id:
        effects += [
            END_SUBJECTS_SESSION.effect(of_session=session_id, of_subject=subject_id, now=now),
            REVOKE_WHOLE_SESSION.effect(of_session=session_id, now=now, reason=REASON),
        ]
    if device_id := found.about.get("device_id") or (session.device_id if session else None):
        effects.append(
            REVOKE_DEVICE.effect(of_device=device_id, of_subject=subject_id, now=now, reason=REASON)
        )
    return effects


async def _living(db: Database, subject_id: SubjectId, session_id: str | None) -> Session | None:
    sessions = await db.all(SESSIONS_OF_SUBJECT, of_subject=subject_id)
    return next((session for session in sessions if session.session_id == session_id), None)
