"""`/support/accounts/{account_id}`: how an account stands, and what an agent may do for it.

Every look is counted and recorded before anything is shown. Accounts above the agent's rank lead nowhere.
"""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from idp.account.agent import may_see
from idp.account.cases.deciding import CaseRefusal
from idp.account.cases.opening import AGENTS_KINDS, check_opening, open_case_for
from idp.records.account import Person
from idp.records.case import CaseKind
from idp.records.event import EventType
from idp.store import allowance
from idp.store.support import PERSON_BY_ACCOUNT
from idp.support.acts import ACTS
from idp.support.dossier import Dossier, load_dossier
from idp.support.permits import refusal, said
from idp.support.rows import rows_of
from idp.support.visit import CASES, StaffVisit
from idp.support.words import CASE_KINDS, said_event
from idp.web.forms import Parameters
from idp.web.locale import Message

PATH = "/support/accounts/{account_id}"
_LONGEST_REASON = 200
_JUST_NOW_SECONDS = 60
_WHY_MISSING = Message("Say why you do this: your colleagues read it, the customer does not")
_WHY_TOO_LONG = Message("Say why in at most %(most)s characters", {"most": _LONGEST_REASON})
_ENOUGH = Message("You have done as much as one agent may in an hour.")
_OPEN_CASE = "open-case"
_LOOKS = (EventType.SUPPORT_VIEWED, EventType.SUPPORT_REFUSED)


async def show(visit: StaffVisit) -> Response:
    person = await _get_person(visit)
    return await _look(visit, person)


async def submit(visit: StaffVisit) -> Response:
    form = await visit.read_form()
    person = await _get_person(visit)
    action, why = form.get("action", ""), form.get("why", "").strip()
    if over := refusal(visit.agent, person):
        await visit.refuse(action if _is_known(action) else "unknown_act", person.subject_id)
        return await _look(visit, person, status=403, errors={"form": over})
    if not why or len(why) > _LONGEST_REASON:
        problem = _WHY_TOO_LONG if why else _WHY_MISSING
        return await _look(visit, person, status=422, errors={f"why-{action}": problem}, typed=form)
    if not await _spend_act(visit):
        await visit.refuse("act_limit", person.subject_id)
        return await _look(visit, person, status=429, errors={"form": _ENOUGH}, typed=form)
    if action == _OPEN_CASE:
        return await _open_case(visit, person, form, why)
    return await _act(visit, person, form, why)


async def _act(visit: StaffVisit, person: Person, form: Parameters, why: str) -> Response:
    act = next((act for act in ACTS if act.name == form.get("action")), None)
    if act is None:
        return visit.back()
    problem = act.obstacle(person) or await act.do(visit, person, why)
    if problem is None:
        return visit.back()
    await visit.refuse(act.name, person.subject_id)
    return await _look(visit, person, status=409, errors={"form": problem}, typed=form)


async def _open_case(visit: StaffVisit, person: Person, form: Parameters, why: str) -> Response:
    kind = next((kind for kind in AGENTS_KINDS if kind.value == form.get("kind")), None)
    if kind is None:
        return visit.back()
    opened = await open_case_for(visit.door, visit.occasion, visit.agent, person, kind, note=why)
    if isinstance(opened, CaseRefusal):
        await visit.refuse(_OPEN_CASE, person.subject_id)
        return await _look(visit, person, status=409, errors={"form": said(opened)}, typed=form)
    return RedirectResponse(f"{CASES}/{opened.case.case_id}", 303)


async def _get_person(visit: StaffVisit) -> Person:
    account_id = visit.request.path_params["account_id"]
    person = await visit.door.database.one(PERSON_BY_ACCOUNT, of_account=account_id)
    if person is None:
        raise HTTPException(404, "no such account")
    if not may_see(visit.agent, person):
        await visit.refuse("above_rank", person.subject_id)
        raise HTTPException(404, "an account above the agent's rank")
    return person


async def _look(
    visit: StaffVisit,
    person: Person,
    *,
    status: int = 200,
    errors: Mapping[str, Message] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The page, if the agent may look once more. After an act that failed, at the account as it is now."""
    if used_up := await visit.spend_view(EventType.SUPPORT_VIEWED, person.subject_id):
        return used_up
    if errors:
        person = await _get_person(visit)
    dossier = await load_dossier(visit.door, person, visit.locale, visit.now)
    over = refusal(visit.agent, person)
    return visit.render(
        "support/account.html",
        status=status,
        here="",
        **visit.form(),
        **rows_of(dossier, trusts=bool(visit.door.settings.factors.trust_days), now=visit.now),
        over=over,
        acts=[] if over else _acts(person),
        cases_to_open=[] if over else await _cases_to_open(visit, person),
        done=_just_done(visit, dossier),
        chosen=typed.get("action", "") if typed else "",
        why=typed.get("why", "") if typed else "",
        errors=errors or {},
        now=visit.now,
    )


def _acts(person: Person) -> list[dict[str, object]]:
    return [
        {
            "name": act.name,
            "title": act.title,
            "explanation": act.explanation,
            "button": act.button,
            "obstacle": act.obstacle(person),
        }
        for act in ACTS
    ]


async def _cases_to_open(visit: StaffVisit, person: Person) -> list[tuple[CaseKind, Message]]:
    return [
        (kind, CASE_KINDS[kind])
        for kind in AGENTS_KINDS
        if await check_opening(visit.door, visit.agent, person, kind) is None
    ]


def _just_done(visit: StaffVisit, dossier: Dossier) -> Message | None:
    """What the page says after an act: the trail knows it, so no address can make the page say what was not done."""
    for entry in dossier.staff_acts:
        if entry.type not in _LOOKS:
            is_own = entry.actor == visit.occasion.actor and visit.now - entry.at <= _JUST_NOW_SECONDS
            return said_event(entry) if is_own else None
    return None


async def _spend_act(visit: StaffVisit) -> bool:
    limit = visit.door.settings.support.views_per_hour
    spent = allowance.spend(f"support-act:{visit.person.subject_id}", limit, visit.now)
    return await visit.door.database.apply([spent])


def _is_known(action: str) -> bool:
    return action == _OPEN_CASE or any(act.name == action for act in ACTS)
