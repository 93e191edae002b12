"""The documents of a case: added one at a time, removed again while the form is filled in.

What is refused is said beside the field, and nothing else is lost. What is kept was recognised by its structure, and is
sealed for its row before it reaches the database.
"""

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from idp.account.cases.adding import add_document, takes_documents, takes_domain
from idp.account.cases.documents import counts, required
from idp.account.cases.papers.media import MediaType, recognise
from idp.account.cases.papers.refusal import DocumentRefused, Refusal
from idp.login.interaction import cookies_blocked
from idp.login.new_address import said
from idp.portal.recovery.asked import asked_for
from idp.portal.recovery.folder import Folder
from idp.portal.recovery.limits import spend_file
from idp.portal.recovery.questions import CHANGED
from idp.portal.recovery.steps import Step, is_shown
from idp.records.case import Case, CaseDocument, DocumentKind
from idp.store.case_changes import ANSWER_CASE
from idp.store.cases import (
    CASE,
    DELETE_DOCUMENT,
    DOCUMENTS_OF_CASE,
    ENTRIES_OF_CASE,
    INSERT_DOCUMENT,
)
from idp.store.seals import DOCUMENTS
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.file_room import FileRoom, Holding
from idp.web.locale import Message
from idp.web.uploads import UploadProblem, read_upload

EXTRA = (DocumentKind.POLICE_REPORT, DocumentKind.OTHER)
_ATTEMPTS = 3
_MANY = Message("You have added as many documents as one request takes.")
_NO_ROOM = Message("Many people are sending files at this moment. Add it again in a minute.")
_RETRY_SECONDS = 60
_INCOMPLETE = Message("Add the documents that are still missing, or prove a domain instead.")
_PROBLEMS: dict[UploadProblem, Message] = {
    UploadProblem.MISSING: Message("Choose a file first"),
    UploadProblem.EMPTY: Message("This file is empty. Choose another one."),
    UploadProblem.SEVERAL: Message("Add one file at a time"),
    UploadProblem.UNREADABLE: Message("The file didn’t arrive whole. Add it again."),
}
_REFUSALS: dict[Refusal, Message] = {
    Refusal.EMPTY: Message("This file is empty. Choose another one."),
    Refusal.OTHER_TYPE: Message(
        "This is no PDF, JPEG or PNG file. Take a picture of the document, or save it as a PDF."
    ),
    Refusal.INCOMPLETE: Message("This file is damaged, or its end is missing. Save it anew, then add it."),
    Refusal.SOMETHING_ELSE: Message(
        "This file holds something besides the document. Save it anew, or take a new picture, then add that."
    ),
    Refusal.ACTIVE: Message(
        "This PDF holds programs or other files. Print it to a new PDF, or take a picture of it, then add that."
    ),
    Refusal.PROTECTED: Message(
        "This PDF is protected. Print it to a new PDF, or take a picture of it, then add that."
    ),
    Refusal.TOO_DETAILED: Message(
        "This file is more detailed than we can open. Make it smaller, then add it."
    ),
}


async def show(folder: Folder) -> Response:
    return await _page(folder) if takes_documents(folder.case) else folder.to(None)


async def submit(folder: Folder) -> Response:
    """The buttons that take no file: remove one, go on."""
    form = await folder.read_form()
    if form.get("action") == "remove" and folder.is_draft:
        await folder.door.database.apply(
            [
                _answered(folder.case, folder.now),
                DELETE_DOCUMENT.effect(
                    expects=1,
                    of_document=form.get("document", ""),
                    of_case=folder.case.case_id,
                    nothing=b"",
                    now=folder.now,
                ),
            ]
        )
        return folder.to(Step.DOCUMENTS)
    if not folder.is_draft:
        return folder.to(None)
    if not is_shown(folder.case, folder.documents):
        return await _page(folder, errors={"form": _INCOMPLETE})
    return folder.to(Step.REVIEW)


async def upload(folder: Folder, *, room: FileRoom) -> Response:
    """Take one file, if there is room for it now."""
    with room.hold(circumstances_of(folder.request).network) as holding:
        return await _take(folder, holding)


async def _take(folder: Folder, holding: Holding) -> Response:
    """The form's token is looked at as soon as the body was read: before it, nothing is kept."""
    door = folder.door
    if door.browser(folder.request) is None:
        return cookies_blocked(door, folder.request)
    if not takes_documents(folder.case):
        return folder.to(None)
    most_bytes = door.settings.recovery.document_bytes
    sent = await read_upload(folder.request, most_bytes=most_bytes, holding=holding)
    kind = _kind(sent.fields.get("kind", ""))
    if sent.problem is UploadProblem.NO_ROOM:
        return await _refused(folder, kind, _NO_ROOM, status=503, retry_seconds=_RETRY_SECONDS)
    if sent.problem is not None:
        return await _refused(folder, kind, _said(sent.problem, most_bytes))
    door.check_form(folder.request, sent.fields, folder.path(Step.UPLOAD))
    if _is_full(folder, folder.case, folder.documents):
        return await _refused(folder, kind, _MANY)
    if wait := await spend_file(door, folder.request, folder.now):
        return await _refused(folder, kind, said(wait)["form"], status=429, retry_seconds=wait)
    try:
        media_type, content = await asyncio.to_thread(recognise, sent.content)
    except DocumentRefused as refused:
        return await _refused(folder, kind, _REFUSALS[refused.refusal])
    if problem := await _keep(folder, kind, media_type, content):
        return await _refused(folder, kind, problem)
    return folder.to(Step.DOCUMENTS)


async def _keep(folder: Folder, kind: DocumentKind, media_type: MediaType, content: bytes) -> Message | None:
    """Again where another window was quicker: each file is one of its own. Or why it is not kept.

    Every document is a new version of its case. So where the version is still the one that was loaded, so is the number
    of documents that were counted after it.
    """
    database, insertion = folder.door.database, _insertion(folder, kind, media_type, content)
    case: Case | None = folder.case
    documents: Sequence[CaseDocument] = folder.documents
    for _ in range(_ATTEMPTS):
        if case is None or not takes_documents(case):
            return CHANGED
        if _is_full(folder, case, documents):
            return _MANY
        if await add_document(folder.door, folder.occasion, case, kind, insertion=insertion):
            return None
        case = await database.one(CASE, of_case=case.case_id)
        documents = await database.all(DOCUMENTS_OF_CASE, of_case=folder.case.case_id)
    return CHANGED


def _is_full(folder: Folder, case: Case, documents: Sequence[CaseDocument]) -> bool:
    """Whether there is no room for another one. Those that count no more take none: others were asked for."""
    return sum(counts(case, one) for one in documents) >= folder.door.settings.recovery.documents


def _insertion(folder: Folder, kind: DocumentKind, media_type: MediaType, content: bytes) -> Sequence[Effect]:
    door, document_id = folder.door, folder.door.entropy.uuid7(folder.now)
    sealed = door.root_keys.seal(content, binding=DOCUMENTS.binding(document_id))
    return [
        INSERT_DOCUMENT.effect(
            document_id=document_id,
            case_id=folder.case.case_id,
            kind=kind.value,
            media_type=media_type.value,
            size=len(content),
            sealed=sealed.sealed,
            root_key_id=sealed.root_key_id,
            created_at=folder.now,
        )
    ]


def _answered(case: Case, now: int) -> Effect:
    return ANSWER_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=now)


async def _refused(
    folder: Folder, kind: DocumentKind, message: Message, *, status: int = 422, retry_seconds: int = 0
) -> Response:
    headers = {"Retry-After": str(retry_seconds)} if retry_seconds else None
    return await _page(folder, status=status, headers=headers, errors={f"file-{kind}": message}, opened=kind)


async def _page(
    folder: Folder,
    *,
    status: int = 0,
    headers: dict[str, str] | None = None,
    errors: dict[str, Message] | None = None,
    opened: DocumentKind | None = None,
) -> Response:
    case = folder.case
    asked = asked_for(await folder.door.database.all(ENTRIES_OF_CASE, of_case=case.case_id))
    first = (*asked, *required(case.account_kind))
    usual = tuple(dict.fromkeys(kind for kind in first if kind not in EXTRA)) or tuple(DocumentKind)[:2]
    return folder.render(
        "recovery/documents.html",
        step=Step.DOCUMENTS,
        status=status,
        headers=headers,
        upload_url=folder.path(Step.UPLOAD),
        upload_token=folder.form_token(Step.UPLOAD),
        domain_url=folder.path(Step.DOMAIN) if takes_domain(case) else "",
        account_kind=case.account_kind,
        kinds=[kind.value for kind in usual],
        extra=[kind.value for kind in EXTRA],
        opened=opened.value if opened else "",
        asked={kind.value: reason for kind, reason in asked.items()},
        documents=[
            {
                "id": one.document_id,
                "kind": one.kind,
                "media_type": one.media_type,
                "size": one.size,
                "is_refused": bool(one.asked_again),
                "is_before_freeze": one.created_at <= (case.frozen_at or 0),
            }
            for one in folder.documents
        ],
        domain=case.domain if case.domain_proven_at is not None else "",
        most_bytes=folder.door.settings.recovery.document_bytes,
        errors=errors,
    )


def _kind(value: str) -> DocumentKind:
    return DocumentKind(value) if value in set(DocumentKind) else DocumentKind.OTHER


def _said(problem: UploadProblem, most_bytes: int) -> Message:
    if problem is UploadProblem.TOO_LARGE:
        size = max(most_bytes // 1_048_576, 1)
        return Message(
            "This file is too large. It may have %(size)s MB: make it smaller, then add it.", {"size": size}
        )
    return _PROBLEMS[problem]
