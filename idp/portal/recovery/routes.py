"""Which address leads to which question of the form, and to which page of a mailed link."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.front_door import FrontDoor
from idp.login.recovery_form import RECOVERY_PATH
from idp.portal import case_status
from idp.portal.recovery import address, domain, questions, review, start, uploading
from idp.portal.recovery.folder import LINK_PATH, Folder, open_draft, open_link
from idp.portal.recovery.steps import Step, may_show, next_step
from idp.records.ports import DomainProofs
from idp.web.file_room import FileRoom

_Page = Callable[[Folder], Awaitable[Response]]
_OF_LINKS = (Step.ADDRESS, Step.DOCUMENTS, Step.UPLOAD, Step.DOMAIN)


def recovery_routes(door: FrontDoor, *, proofs: DomainProofs) -> list[BaseRoute]:
    room = FileRoom(door.settings.recovery.document_bytes)

    async def look(folder: Folder) -> Response:
        return await domain.submit(folder, proofs=proofs)

    async def upload(folder: Folder) -> Response:
        return await uploading.upload(folder, room=room)

    async def to_documents(folder: Folder) -> Response:
        return folder.to(Step.DOCUMENTS)

    pages: Mapping[Step, tuple[_Page, _Page]] = {
        Step.WHO: (questions.show_who, questions.submit_who),
        Step.TYPE: (questions.show_type, questions.submit_type),
        Step.REASON: (questions.show_reason, questions.submit_reason),
        Step.ADDRESS: (address.show, address.submit),
        Step.DOCUMENTS: (uploading.show, uploading.submit),
        Step.UPLOAD: (to_documents, upload),
        Step.DOMAIN: (domain.show, look),
        Step.REVIEW: (review.show, review.submit),
    }

    async def begin(request: Request) -> Response:
        return await (start.submit if request.method == "POST" else start.show)(door, request)

    async def received(request: Request) -> Response:
        return await start.received(door, request)

    async def question(request: Request) -> Response:
        step = _step(request, tuple(Step))
        folder = await open_draft(door, request, step, door.clock.now())
        if isinstance(folder, Response):
            return folder
        if not may_show(step, folder.case, folder.documents):
            return folder.to(next_step(folder.case, folder.documents))
        return await _answer(pages, folder, step)

    async def status(request: Request) -> Response:
        return await case_status.show(door, request)

    async def addition(request: Request) -> Response:
        step = _step(request, _OF_LINKS)
        return await _answer(pages, await open_link(door, request, step, door.clock.now()), step)

    return [
        Route(RECOVERY_PATH, begin, methods=["GET", "POST"]),
        Route(start.RECEIVED_PATH, received, methods=["GET"]),
        Route(RECOVERY_PATH + "/{case}/{step}", question, methods=["GET", "POST"]),
        Route(LINK_PATH + "/{link}", status, methods=["GET"]),
        Route(LINK_PATH + "/{link}/{step}", addition, methods=["GET", "POST"]),
    ]


def _step(request: Request, steps: tuple[Step, ...]) -> Step:
    name = request.path_params["step"]
    if name not in steps:
        raise HTTPException(404)
    return Step(name)


async def _answer(pages: Mapping[Step, tuple[_Page, _Page]], folder: Folder, step: Step) -> Response:
    show, submit = pages[step]
    return await (submit if folder.request.method == "POST" else show)(folder)
