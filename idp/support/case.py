"""`/support/cases/{case_id}`: what somebody asks, what they showed for it, who did what, and what this agent may do.

Every look is counted and recorded before anything is shown. Each form carries the version that the agent saw: an act
that was decided on another is not done, and the page shows how the case stands now.
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.responses import Response

from idp.account.agent import may_see
from idp.account.cases.acts import Wanted, perform, refusal_of
from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.account.cases.file import CaseFile, load_file
from idp.account.finding import find_person
from idp.records.account import Person
from idp.records.case import CaseStatus
from idp.records.event import EventType
from idp.store.throttle import THROTTLED, spend_try
from idp.support import read_back
from idp.support.case_rows import rows_of
from idp.support.case_words import REFUSALS, said_wait
from idp.support.visit import CASES, StaffVisit
from idp.web.forms import Parameters
from idp.web.locale import Message

PATH = "/support/cases/{case_id}"
_ACTS = frozenset(CaseAct)
_RESEND = spend_try((300, 900, 3_600), forget_seconds=86_400)
_LONGEST_VERSION = 10
_STATUS = {CaseRefusal.EMPTY: 422, CaseRefusal.WRONG_CODE: 422, CaseRefusal.NO_ACCOUNT: 422}
# Where the page says what is wrong.
_FIELDS = {
    CaseAct.NOTE: "note-text",
    CaseAct.ASSIGN: "account",
    CaseAct.ASK_DOCUMENT: "ask-reason",
    CaseAct.READ_BACK: "code",
    CaseAct.REFUSE: "refuse-reason",
}


async def show(visit: StaffVisit) -> Response:
    return await _look(visit, await get_file(visit))


async def submit(visit: StaffVisit) -> Response:
    form = await visit.read_form()
    file = await get_file(visit)
    if form.get("action") not in _ACTS:
        return visit.back()
    act = CaseAct(form["action"])
    refused = await _act(visit, file, form, act)
    if refused is None:
        return visit.back()
    file = await get_file(visit)
    if isinstance(refused, Message):
        return await _look(visit, file, status=429, errors={"form": refused}, typed=form)
    status = _STATUS.get(refused, 409)
    field = _FIELDS.get(act, "form") if status == 422 else "form"
    return await _look(visit, file, status=status, errors={field: REFUSALS[refused]}, typed=form)


async def _act(
    visit: StaffVisit, file: CaseFile, form: Parameters, act: CaseAct
) -> CaseRefusal | Message | None:
    version, code = _version(form), form.get("code", "")
    wanted = Wanted(
        case_id=file.case.case_id,
        version=version,
        act=act,
        note=form.get("note", ""),
        document=form.get("document", ""),
        document_id=form.get("document_id", ""),
        reason=form.get("reason", ""),
        account=await _named(visit, form) if act is CaseAct.ASSIGN else None,
    )
    if act is CaseAct.RESEND:
        return await _resend(visit, wanted)
    if act not in (CaseAct.SEND_READ_BACK, CaseAct.READ_BACK):
        return await perform(visit.door, visit.occasion, visit.agent, wanted)
    # A code is sent or compared by the sign-in's own rules; the act itself comes after.
    if refused := await refusal_of(visit.door, visit.occasion, visit.agent, wanted):
        return refused
    if act is CaseAct.READ_BACK:
        done = await read_back.read(visit, file, version, code)
    else:
        done = await read_back.send(visit, file, version)
    return done if isinstance(done, CaseRefusal) else said_wait(act, done) if done else None


async def _resend(visit: StaffVisit, wanted: Wanted) -> CaseRefusal | Message | None:
    """Mail the link anew, later each time, whichever agent does."""
    key = f"case-link:{wanted.case_id}"
    spent = _RESEND.effect(expects=1, key=key, now=visit.now)
    refused = await perform(visit.door, visit.occasion, visit.agent, replace(wanted, also=[spent]))
    if refused is not CaseRefusal.CHANGED:
        return refused
    found = await visit.door.database.one(THROTTLED, of_key=key, now=visit.now)
    return said_wait(CaseAct.RESEND, found.blocked_until - visit.now) if found else refused


async def _named(visit: StaffVisit, form: Parameters) -> Person | None:
    suffix = visit.door.settings.customer_id.suffix
    return await find_person(visit.door.database, form.get("account", ""), suffix=suffix)


def _version(form: Parameters) -> int:
    """What the agent saw; nothing, where somebody wrote something else into the form."""
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_VERSION else 0


async def get_file(visit: StaffVisit) -> CaseFile:
    """The case of the path, if this agent may see it. Raises HTTPException."""
    file = await load_file(visit.door.database, visit.request.path_params["case_id"])
    if file is None or file.case.status is CaseStatus.DRAFT:
        raise HTTPException(404, "no such case")
    if file.target is not None and not may_see(visit.agent, file.target):
        await visit.refuse("above_rank", file.target.subject_id)
        raise HTTPException(404, "a case above the agent's rank")
    return file


async def _look(
    visit: StaffVisit,
    file: CaseFile,
    *,
    status: int = 200,
    errors: Mapping[str, Message] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The page, if the agent may look once more."""
    case = file.case
    details = {"case": case.reference}
    if used_up := await visit.spend_view(EventType.CASE_VIEWED, case.subject_id, details=details):
        return used_up
    return visit.render(
        "support/case.html",
        status=status,
        here=CASES,
        **visit.form(),
        **await rows_of(visit, file),
        read_back=await read_back.standing(visit, file),
        is_numeric=visit.door.settings.code.is_numeric,
        chosen=typed.get("action", "") if typed else "",
        typed={"note": typed.get("note", ""), "account": typed.get("account", "")} if typed else {},
        errors=errors or {},
        now=visit.now,
    )
