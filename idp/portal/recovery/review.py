"""Everything once more, then it is sent: a queue place, a mail with a link, and the same answer for everybody."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from idp.account.cases.opening import open_case
from idp.portal.recovery.folder import Folder
from idp.portal.recovery.questions import CHANGED
from idp.portal.recovery.start import RECEIVED_PATH
from idp.portal.recovery.steps import Step
from idp.web.locale import Message


async def show(folder: Folder) -> Response:
    return _page(folder)


async def submit(folder: Folder) -> Response:
    await folder.read_form()
    opened = await open_case(folder.door, folder.occasion, folder.case)
    if opened is None:
        return _page(folder, errors={"form": CHANGED})
    about = {"reference": opened.case.reference, "ui_locales": folder.case.language}
    return RedirectResponse(f"{RECEIVED_PATH}?{urlencode(about)}", 303)


def _page(folder: Folder, *, errors: dict[str, Message] | None = None) -> Response:
    case = folder.case
    return folder.render(
        "recovery/review.html",
        step=Step.REVIEW,
        case_kind=case.kind.value,
        identifier=case.typed_identifier,
        name=case.typed_name,
        account_kind=case.account_kind,
        reason=case.reason,
        address=case.new_email or "",
        documents=[one.kind for one in folder.documents],
        domain=case.domain if case.domain_proven_at is not None else "",
        change_urls={step.value: folder.path(step) for step in Step},
        errors=errors,
    )
