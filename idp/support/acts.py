"""What an agent does for an account at once, alone: mails, ending sessions, a block. All else takes a case.

Each act says why in the agent's words, and is recorded with them; each happens only while the agent still is one, and
the account is as they saw it. Nobody is signed in by any: there is no act that makes a session or a token.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from idp.account.cases.holding import hold, hold_staff
from idp.account.ending import end_everything
from idp.account.new_password import asked_password_link
from idp.account.problem import ChangedMeanwhile
from idp.account.status import disable_account
from idp.login.notices import security_notice
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.records.account import AccountStatus, BlockedBy, Person
from idp.records.event import EventType
from idp.records.risk import Place, UserAgent
from idp.risk.seen import Seen
from idp.store.statement import Effect
from idp.support.permits import CHANGED
from idp.support.visit import StaffVisit
from idp.web.locale import Message

# Nobody's: a mail about what support did shows the customer neither the agent's place nor their browser.
_UNSEEN = Seen(place=Place(), agent=UserAgent())

_NO_MAILBOX = Message("The account has no address that was proven. Open a case.")
_NOT_ACTIVE = Message("The account is not active, so this mail would help nobody.")
_GONE = Message("The account is deleted.")
_BLOCKED_ALREADY = Message("The account is blocked already.")

Problem = Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`name` is the form's `id` and its button's value; `explanation` says what happens, and who hears of it.

    `obstacle`: why it can't be done to such an account. `do`: does it, for a reason in the agent's words; None if it
    is done.
    """

    name: str
    title: Message
    explanation: Message
    button: Message
    obstacle: Callable[[Person], Problem]
    do: Callable[[StaffVisit, Person, str], Awaitable[Problem]]


def holding(visit: StaffVisit, person: Person) -> list[Effect]:
    """Undoes the act where the agent was demoted or disabled, or the account changed, since they were loaded."""
    return [*hold_staff(visit.person), hold(person)]


def _check_mailbox(person: Person) -> Problem:
    if person.status is not AccountStatus.ACTIVE:
        return _NOT_ACTIVE
    return None if person.primary_email and person.primary_email_verified else _NO_MAILBOX


def _check_sessions(person: Person) -> Problem:
    return _GONE if person.status is AccountStatus.DELETED else None


def _check_block(person: Person) -> Problem:
    if person.status is AccountStatus.DELETED:
        return _GONE
    is_blocked = person.status is AccountStatus.DISABLED and person.blocked_by is not BlockedBy.OWNER
    return _BLOCKED_ALREADY if is_blocked else None


async def _mail_password(visit: StaffVisit, person: Person, why: str) -> Problem:
    door, seconds = visit.door, visit.door.settings.recovery.link_seconds
    path, link = asked_password_link(door.entropy, person, seconds=seconds, now=visit.now)
    context = {
        "new_password_url": door.settings.issuer + path,
        "minutes": seconds // 60,
        "browser": "",
        "place": "",
        "at": visit.now,
    }
    mail = _mail(visit, person, "new-password", context, lifetime_seconds=seconds)
    recorded = visit.event(
        EventType.SUPPORT_MAILED, person.subject_id, reason="new-password", details={"why": why}
    )
    return await _apply(visit, person, [*link, mail, recorded])


async def _mail_customer_id(visit: StaffVisit, person: Person, why: str) -> Problem:
    issuer = visit.door.settings.issuer
    context = {
        "to": "primary",
        "sign_in_url": f"{issuer}/account",
        "lost_mailbox_url": issuer + LOST_MAILBOX_PATH,
    }
    recorded = visit.event(
        EventType.SUPPORT_MAILED, person.subject_id, reason="customer-id", details={"why": why}
    )
    return await _apply(visit, person, [_mail(visit, person, "customer-id", context), recorded])


async def _end_sessions(visit: StaffVisit, person: Person, why: str) -> Problem:
    effects = [
        *end_everything(person.subject_id, now=visit.now, reason="ended_by_support"),
        *security_notice(visit.door, person, "sessions-ended", _UNSEEN, now=visit.now),
        visit.event(
            EventType.SESSIONS_ENDED, person.subject_id, reason="all_by_support", details={"why": why}
        ),
    ]
    return await _apply(visit, person, effects)


async def _block(visit: StaffVisit, person: Person, why: str) -> Problem:
    door = visit.door
    context = {"by": "staff", "forgot_url": f"{door.settings.issuer}/forgot", "at": visit.now}
    mails = (_mail(visit, person, "account-blocked", context, to=to) for to in person.proven_addresses)
    try:
        is_done = await disable_account(
            door.database,
            door.audit,
            visit.occasion,
            person,
            by=BlockedBy.STAFF,
            reason="support",
            details={"why": why},
            also=[*hold_staff(visit.person), *mails],
        )
    except ChangedMeanwhile:
        return CHANGED
    door.outbox.wake()
    return None if is_done else _BLOCKED_ALREADY


async def _apply(visit: StaffVisit, person: Person, effects: list[Effect]) -> Problem:
    if not await visit.door.database.apply([*holding(visit, person), *effects]):
        return CHANGED
    visit.door.outbox.wake()
    return None


def _mail(
    visit: StaffVisit,
    person: Person,
    template: str,
    context: Mapping[str, object],
    *,
    to: str | None = None,
    lifetime_seconds: int = 86_400,
) -> Effect:
    address = to or person.primary_email
    assert address  # `obstacle` looked.
    return visit.door.outbox.mail(
        template,
        to=address,
        locale=person.language or visit.door.settings.language.default,
        context=context,
        subject_id=person.subject_id,
        now=visit.now,
        lifetime_seconds=lifetime_seconds,
    )


ACTS = (
    Act(
        name="mail-password",
        title=Message("Mail a link to a new password"),
        explanation=Message(
            "The link goes to the primary address and works once, for a short time. Nobody else sees it, you neither."
        ),
        button=Message("Mail the link"),
        obstacle=_check_mailbox,
        do=_mail_password,
    ),
    Act(
        name="mail-customer-id",
        title=Message("Mail the customer ID"),
        explanation=Message("It goes to the primary address."),
        button=Message("Mail the customer ID"),
        obstacle=_check_mailbox,
        do=_mail_customer_id,
    ),
    Act(
        name="end-sessions",
        title=Message("Sign out everywhere"),
        explanation=Message(
            "Ends every session and the access of every application, at once. The customer gets a mail."
        ),
        button=Message("Sign out everywhere"),
        obstacle=_check_sessions,
        do=_end_sessions,
    ),
    Act(
        name="block",
        title=Message("Block the account"),
        explanation=Message(
            "Nobody can sign in any more, and everything that was issued ends. All known addresses get a mail."
            " To unblock it takes a case and two agents."
        ),
        button=Message("Block the account"),
        obstacle=_check_block,
        do=_block,
    ),
)
"""The gravest last."""
