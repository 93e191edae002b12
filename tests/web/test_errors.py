"""`web/errors.py`: how failures are answered, in a small application with real pages."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from idp.adapters.entropy import SystemEntropy
from idp.records.ports import PoolBusy
from idp.store.database import DatabaseUnavailable
from idp.web.csrf import FormRejected
from idp.web.errors import NOT_FOUND, Boundary, Errors, PageError
from idp.web.locale import Message
from idp.web.pages import Pages
from tests.web.asking import Answer, ask, edge, settings

BROWSER = {b"accept": b"text/html,application/xhtml+xml,*/*;q=0.8", b"accept-language": b"en"}
SECRET = "hunter2-hunter2-hunter2"


class Broken(Pages):
    """Pages that fail, too."""

    def render(self, *args: Any, **kwargs: Any) -> Response:
        raise RuntimeError("no template")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(settings(), entropy=SystemEntropy())


@pytest.fixture
def log() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def application(pages: Pages, failure: Exception | None = None) -> ASGIApp:
    async def fail(request: Request) -> Response:
        if failure:
            raise failure
        return PlainTextResponse("fine")

    errors = Errors(pages)
    app = Starlette(routes=[Route("/", fail)], exception_handlers=errors.handlers())
    app.add_middleware(Boundary, errors=errors)
    return edge(app)


async def page(pages: Pages, failure: Exception | None, path: str = "/", method: str = "GET") -> Answer:
    answer = await ask(application(pages, failure), path, method=method, headers=BROWSER)
    assert (answer.header("content-type") or "").startswith("text/html")
    assert f'id="reference">{answer.header("x-request-id")}<' in answer.body.decode()
    assert "Traceback" not in answer.body.decode()
    return answer


@pytest.mark.requirement("S93")
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (HTTPException(400), 400),
        (HTTPException(413), 413),
        (HTTPException(415), 415),
        (HTTPException(418), 400),
        (HTTPException(502), 500),
        (FormRejected("foreign Origin"), 403),
        (PoolBusy(), 503),
        (DatabaseUnavailable("secret.host refused"), 503),
        (ValueError(SECRET), 500),
    ],
)
async def test_a_browser_gets_a_page_with_a_reference_and_a_way_on(
    pages: Pages, log: list[Any], failure: Exception, status: int
) -> None:
    answer = await page(pages, failure)

    assert answer.status == status
    assert '<a class="primary" href="' in answer.body.decode()
    assert str(failure) not in answer.body.decode() or not str(failure)


@pytest.mark.requirement("S93")
async def test_a_program_gets_json_with_the_same_reference(pages: Pages, log: list[Any]) -> None:
    answer = await ask(application(pages, ValueError(SECRET)))

    assert answer.status == 500
    assert answer.header("content-type") == "application/json"
    expected = f'{{"error":"server_error","reference":"{answer.header("x-request-id")}"}}'
    assert answer.body.decode() == expected


async def test_an_unknown_page_and_a_wrong_method_have_pages_too(pages: Pages, log: list[Any]) -> None:
    assert (await page(pages, None, "/nowhere")).status == 404
    refused = await page(pages, None, method="POST")

    assert refused.status == 405
    assert set((refused.header("allow") or "").split(", ")) == {"GET", "HEAD"}


@pytest.mark.requirement("S93", "S92")
async def test_the_log_holds_the_reason_that_the_answer_hides(pages: Pages, log: list[Any]) -> None:
    await page(pages, FormRejected("foreign Origin"))
    failure = ValueError(SECRET)
    await page(pages, failure)

    assert log[0] == {"event": "form rejected", "log_level": "warning", "reason": "foreign Origin"}
    assert log[1]["exc_info"] is failure


async def test_a_page_error_says_what_it_was_given(pages: Pages, log: list[Any]) -> None:
    failure = PageError(
        NOT_FOUND,
        reason="no such link",
        next_url="/forgot",
        next_label=Message("Start again"),
        details=[("client_id", "<unknown>")],
    )
    body = (await page(pages, failure)).body.decode()

    assert 'href="/forgot"' in body
    assert "&lt;unknown&gt;" in body
    assert "no such link" not in body
    assert log[0]["reason"] == "no such link"


@pytest.mark.requirement("S88")
async def test_busy_says_when_to_come_back(pages: Pages, log: list[Any]) -> None:
    assert (await page(pages, PoolBusy())).header("retry-after") == "5"


async def test_an_error_page_that_fails_becomes_json(log: list[Any]) -> None:
    broken = Broken(settings(), entropy=SystemEntropy())
    answer = await ask(application(broken, ValueError("x")), headers=BROWSER)

    assert (answer.status, answer.header("content-type")) == (500, "application/json")
    assert [entry["event"] for entry in log] == ["request failed", "error page failed"]


async def test_half_an_answer_is_cut_off_instead_of_ended(pages: Pages, log: list[Any]) -> None:
    async def halves() -> Any:
        yield b"half"
        raise ValueError("x")

    async def stream(request: Request) -> Response:
        return StreamingResponse(halves())

    app = Boundary(Starlette(routes=[Route("/", stream)]), errors=Errors(pages))
    with pytest.raises(ValueError, match="x"):
        await ask(edge(app))


async def test_nobody_is_told_that_the_client_has_left(pages: Pages, log: list[Any]) -> None:
    assert (await ask(application(pages, ClientDisconnect()))).status == 0
    assert log == []


async def test_the_boundary_lets_the_applications_start_and_end_pass(pages: Pages) -> None:
    with TestClient(application(pages), base_url=settings().issuer) as client:
        assert client.get("/").text == "fine"
