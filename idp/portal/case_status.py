"""`/case/{link}`: how a case stands, for whoever has the mailed link. It works as often as they like, and says nothing
of the account: neither whose it is nor whether there is one.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.cases.adding import takes_address, takes_documents
from idp.login.front_door import FrontDoor
from idp.login.recovery_form import RECOVERY_PATH
from idp.portal.recovery.asked import asked_for
from idp.portal.recovery.folder import open_link
from idp.portal.recovery.steps import Step
from idp.records.case import CaseEntry, CaseStatus, What
from idp.store.cases import ENTRIES_OF_CASE
from idp.web.headers import Posture

# What agents think among themselves is none of it: a proposal looks like a case that somebody works on.
_SHOWN = {CaseStatus.PROPOSED: CaseStatus.OPEN}


async def show(door: FrontDoor, request: Request) -> Response:
    folder = await open_link(door, request, None, door.clock.now())
    case = folder.case
    is_waiting = case.status is CaseStatus.WAITING
    entries = await door.database.all(ENTRIES_OF_CASE, of_case=case.case_id)
    return door.pages.render(
        request,
        "case-status.html",
        posture=Posture.PLAIN,
        locale=case.language,
        reference=case.reference,
        case_kind=case.kind.value,
        status_code=_SHOWN.get(case.status, case.status).value,
        days=door.settings.recovery.usual_days,
        asked={kind.value: reason.value for kind, reason in asked_for(entries).items()},
        refused_for=_refused_for(entries) if case.status is CaseStatus.REFUSED else "",
        was_cancelled=case.frozen_at is not None,
        apply_at=case.apply_at or 0,
        documents_url=folder.path(Step.DOCUMENTS) if takes_documents(case) else "",
        address_url=folder.path(Step.ADDRESS) if takes_address(case) else "",
        domain_url=folder.path(Step.DOMAIN) if is_waiting and case.domain_proven_at is None else "",
        recovery_url=RECOVERY_PATH,
        forgot_url="/forgot",
        sign_in_url="/account",
    )


def _refused_for(entries: list[CaseEntry]) -> str:
    return next((entry.detail for entry in reversed(entries) if entry.what == What.REFUSED), "")
