"""`/support/cases/{case_id}/documents/{document_id}`: what somebody uploaded, for agents who may see the case.

It is a stranger's file, so no browser of ours ever opens it: it is saved, under a name and a type of our own, and could
do nothing here even if it were opened. Every look is counted and recorded before a byte is sent.
"""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from idp.account.cases.documents import download_name
from idp.records.event import EventType
from idp.store.case_documents import SEALED_DOCUMENT
from idp.store.seals import DOCUMENTS
from idp.support.case import PATH as CASE_PATH
from idp.support.case import get_file
from idp.support.visit import StaffVisit

PATH = CASE_PATH + "/documents/{document_id}"
_HARMLESS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def show(visit: StaffVisit) -> Response:
    file = await get_file(visit)
    case, door = file.case, visit.door
    document_id = visit.request.path_params["document_id"]
    found = await door.database.one(SEALED_DOCUMENT, of_document=document_id, of_case=case.case_id)
    if found is None:
        raise HTTPException(404, "no such document")
    details = {"case": case.reference, "document": found.document.kind}
    if used_up := await visit.spend_view(EventType.DOCUMENT_VIEWED, case.subject_id, details=details):
        return used_up
    content = door.root_keys.open(
        found.sealed, root_key_id=found.root_key_id, binding=DOCUMENTS.binding(document_id)
    )
    name = download_name(case, file.documents, document_id)
    headers = {**_HARMLESS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=found.document.media_type, headers=headers)
