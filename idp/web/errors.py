"""Where failures become answers: a page for a browser, JSON for a program, and in the log the precise reason.

An answer holds no reason of ours, only what to do next and the correlation id to quote (S93). OAuth endpoints answer
protocol errors themselves; what comes here is everything else. Nothing below this room catches Exception.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from idp.records.ports import PoolBusy
from idp.store.database import DatabaseUnavailable
from idp.web.csrf import FormRejected
from idp.web.edge import request_id_of
from idp.web.headers import Posture
from idp.web.locale import Message
from idp.web.pages import Pages

RETRY_SECONDS = 5

Detail = tuple[str | Message, str | Sequence[tuple[str, bool]]]
"""A label, and a value or its parts, each with whether it differs from what we expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What an answer says of a failure. `code` is for programs, the sentences are for people."""

    status: int
    code: str
    title: Message
    explanation: Message


class PageError(Exception):
    """A failure that a page explains. `reason` is for the log; `details` are for developers, on the page."""

    def __init__(
        self,
        problem: Problem,
        *,
        reason: str,
        next_url: str = "",
        next_label: Message | None = None,
        details: Sequence[Detail] = (),
    ) -> None:
        super().__init__(reason)
        self.problem = problem
        self.reason = reason
        self.next_url = next_url
        self.next_label = next_label
        self.details = details


MALFORMED = Problem(
    status=400,
    code="invalid_request",
    title=Message("We can’t read this request"),
    explanation=Message("The link or form that brought you here is damaged. Go back and try again."),
)
FORM_REJECTED = Problem(
    status=403,
    code="invalid_request",
    title=Message("We can’t be sure this came from you"),
    explanation=Message("The form was open for too long, or another website sent it. Nothing has changed."),
)
NOT_FOUND = Problem(
    status=404,
    code="not_found",
    title=Message("There is no such page"),
    explanation=Message("Check the address. If you followed a link, it may be out of date."),
)
NOT_ALLOWED = Problem(
    status=405,
    code="method_not_allowed",
    title=Message("This page can’t be used that way"),
    explanation=Message("Open it from a link or a form of ours."),
)
TOO_SLOW = Problem(
    status=408,
    code="request_timeout",
    title=Message("The connection was too slow"),
    explanation=Message("What you sent didn’t reach us in time. Try again."),
)
TOO_LARGE = Problem(
    status=413,
    code="invalid_request",
    title=Message("That is too much at once"),
    explanation=Message("What you sent is larger than we accept. Go back and shorten it."),
)
UNSUPPORTED = Problem(
    status=415,
    code="invalid_request",
    title=Message("We can’t read this request"),
    explanation=Message("It came in a form that we don’t accept."),
)
FAILED = Problem(
    status=500,
    code="server_error",
    title=Message("Something went wrong on our side"),
    explanation=Message("It isn’t your doing, and we have a record of it. Try again in a moment."),
)
UNAVAILABLE = Problem(
    status=503,
    code="temporarily_unavailable",
    title=Message("We are very busy"),
    explanation=Message("We could not finish this. Wait a few seconds, then try again."),
)
_BY_STATUS = {
    problem.status: problem
    for problem in (MALFORMED, NOT_FOUND, NOT_ALLOWED, TOO_SLOW, TOO_LARGE, UNSUPPORTED, FAILED, UNAVAILABLE)
}
_START_AGAIN = Message("Start again")


class Errors:
    """Answers for every failure. `home` is the page to go to where the failure names none."""

    def __init__(self, pages: Pages, *, home: str = "/account") -> None:
        self._pages = pages
        self._home = home

    def handlers(self) -> Mapping[Any, Callable[[Request, Any], Any]]:
        """Starlette's `exception_handlers`. What they don't know reaches `Boundary`."""
        return {
            PageError: self._page_error,
            HTTPException: self._http_exception,
            FormRejected: self._form_rejected,
            PoolBusy: self._unavailable,
            DatabaseUnavailable: self._unavailable,
        }

    def answer(
        self,
        request: Request,
        problem: Problem,
        *,
        headers: Mapping[str, str] | None = None,
        next_url: str = "",
        next_label: Message | None = None,
        details: Sequence[Detail] = (),
    ) -> Response:
        """A page if the request accepts one, else JSON with the code alone."""
        if not wants_page(request):
            return _plain(request, problem, headers)
        return self._pages.render(
            request,
            "error.html",
            status=problem.status,
            posture=Posture.PLAIN,
            headers=headers,
            title=problem.title,
            explanation=problem.explanation,
            next_url=next_url or self._home,
            next_label=next_label or _START_AGAIN,
            reference=request_id_of(request),
            details=list(details),
        )

    def unexpected(self, request: Request, error: Exception) -> Response:
        """The answer to a bug: 500, with the stack in the log."""
        _log.error("request failed", exc_info=error)
        try:
            return self.answer(request, FAILED)
        except Exception as second:  # The page itself may be what failed.
            _log.error("error page failed", exc_info=second)
            return _plain(request, FAILED)

    async def _page_error(self, request: Request, error: PageError) -> Response:
        _log.info("page error", status=error.problem.status, reason=error.reason)
        return self.answer(
            request,
            error.problem,
            next_url=error.next_url,
            next_label=error.next_label,
            details=error.details,
        )

    async def _http_exception(self, request: Request, error: HTTPException) -> Response:
        _log.info("request refused", status=error.status_code, reason=error.detail)
        known = MALFORMED if error.status_code < FAILED.status else FAILED
        problem = _BY_STATUS.get(error.status_code, known)
        return self.answer(request, problem, headers=error.headers)

    async def _form_rejected(self, request: Request, error: FormRejected) -> Response:
        _log.warning("form rejected", reason=str(error))
        return self.answer(request, FORM_REJECTED)

    async def _unavailable(self, request: Request, error: Exception) -> Response:
        _log.error("unavailable", exc_info=error)
        return self.answer(
            request,
            UNAVAILABLE,
            headers={"Retry-After": str(RETRY_SECONDS)},
            next_url=request.url.path if request.method == "GET" else "",
        )


class Boundary:
    """ASGI middleware between the edge and the routes: a bug ends here, as a page or as JSON."""

    def __init__(self, app: ASGIApp, *, errors: Errors) -> None:
        self._app = app
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watched(message: ASGIMessage) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # Nobody is left to answer.
        except Exception as error:
            if has_started:
                # The client must not take half an answer for a whole one: the server cuts the connection.
                raise
            response = self._errors.unexpected(Request(scope, receive), error)
            await response(scope, receive, send)


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: browsers ask for HTML by name, programs don't."""
    return "text/html" in request.headers.get("accept", "")


def _plain(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = {"error": problem.code, "reference": request_id_of(request)}
    return JSONResponse(
        body, status_code=problem.status, headers={"Cache-Control": "no-store", **(headers or {})}
    )


_log = structlog.get_logger()
