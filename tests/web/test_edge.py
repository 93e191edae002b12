"""`web/edge.py`: what every request meets first."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from idp.web.edge import address_of, current_request_id, is_sane_path, request_id_of
from tests.web.asking import HOST, ask, edge, hello, settings


@pytest.mark.requirement("S81")
@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b"evil.test"],
        [b"localhost"],
        [b"localhost:21101"],
        [b"localhost:21100."],
        [b"localhost.:21100"],
        [HOST, HOST],
        [HOST, b"evil.test"],
        [b"evil.test", HOST],
        [b"user@localhost:21100"],
        [HOST + b", evil.test"],
        [b"\xff\xfe"],
        [b""],
    ],
)
async def test_a_foreign_missing_or_doubled_host_is_refused(hosts: list[bytes]) -> None:
    answer = await ask(edge(hello), hosts=hosts)

    assert answer.status == 400
    assert json.loads(answer.body)["error"] == "invalid_request"


@pytest.mark.requirement("S81")
async def test_our_own_host_passes_in_any_case() -> None:
    assert (await ask(edge(hello), hosts=[b"LOCALHOST:21100"])).status == 200


@pytest.mark.requirement("S81")
async def test_a_listed_host_passes() -> None:
    app = edge(hello, settings(hosts=("internal.example:8443",)))

    assert (await ask(app, hosts=[b"internal.example:8443"])).status == 200


@pytest.mark.requirement("S82")
async def test_the_client_behind_a_trusted_proxy_and_its_scheme_are_believed() -> None:
    headers = {b"x-forwarded-for": b"2001:db8::7", b"x-forwarded-proto": b"https"}
    app = edge(hello, settings(trusted_proxies=("127.0.0.0/8",)))

    answer = await ask(app, headers=headers, client=("127.0.0.1", 1))

    assert address_of(HTTPConnection(answer.scope)).text == "2001:db8::7"
    assert address_of(HTTPConnection(answer.scope)).network == "2001:db8::/48"
    assert answer.scope["scheme"] == "https"


@pytest.mark.requirement("S82")
async def test_nobody_else_is_believed() -> None:
    headers = {b"x-forwarded-for": b"2001:db8::7", b"x-forwarded-proto": b"https"}

    answer = await ask(edge(hello), headers=headers, client=("127.0.0.1", 1))

    assert address_of(HTTPConnection(answer.scope)).text == "127.0.0.1"
    assert answer.scope["scheme"] == "http"


@pytest.mark.requirement("S82")
@pytest.mark.parametrize("proto", [b"", b"HTTPS", b"https, http", b"javascript"])
async def test_a_malformed_scheme_is_ignored(proto: bytes) -> None:
    app = edge(hello, settings(trusted_proxies=("127.0.0.0/8",)))

    answer = await ask(app, headers={b"x-forwarded-proto": proto}, client=("127.0.0.1", 1))

    assert answer.status == 200
    assert answer.scope["scheme"] == "http"


async def test_a_peer_on_a_unix_socket_is_unknown() -> None:
    answer = await ask(edge(hello), client=None)

    assert address_of(HTTPConnection(answer.scope)).text == "unknown"


async def test_every_answer_carries_a_correlation_id_that_the_application_and_the_log_know() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([request_id_of(HTTPConnection(scope)), current_request_id.get()])
        await hello(scope, receive, send)

    first = await ask(edge(app), headers={b"x-request-id": b"chosen-by-the-client"})
    second = await ask(edge(app))

    assert re.fullmatch("[0-9a-f]{16}", first.header("x-request-id") or "")
    assert seen[:2] == [first.header("x-request-id")] * 2
    assert first.header("x-request-id") != second.header("x-request-id")


async def test_a_refusal_quotes_its_correlation_id() -> None:
    answer = await ask(edge(hello), hosts=[])

    assert json.loads(answer.body)["reference"] == answer.header("x-request-id")


@pytest.mark.requirement("S67", "S68", "S69")
@pytest.mark.parametrize("hosts", [[b"id.example"], [b"evil.test"]])
async def test_every_answer_has_the_base_headers(hosts: list[bytes]) -> None:
    answer = await ask(edge(hello, settings("https://id.example")), hosts=hosts)

    assert answer.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("x-content-type-options") == "nosniff"
    assert (answer.header("strict-transport-security") or "").endswith("includeSubDomains")


async def test_what_an_answer_says_itself_stands() -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(
            "", headers={"Content-Security-Policy": "own", "Referrer-Policy": "same-origin"}
        )

    answer = await ask(edge(Starlette(routes=[Route("/", page)])))

    assert answer.header("content-security-policy") == "own"
    assert answer.header("referrer-policy") == "same-origin"


async def test_an_answer_that_is_built_once_can_be_sent_often() -> None:
    once = PlainTextResponse("")
    before = list(once.raw_headers)

    for _ in range(2):
        assert (await ask(edge(once))).header("x-request-id")

    assert once.raw_headers == before


@pytest.mark.requirement("S87")
@pytest.mark.parametrize(("length", "status"), [(b"10", 200), (b"11", 413), (b"9" * 18, 413)])
async def test_a_body_that_announces_too_much_is_refused_before_it_is_read(
    length: bytes, status: int
) -> None:
    app = edge(hello, settings(body_limit_bytes=10))

    assert (await ask(app, method="POST", headers={b"content-length": length})).status == status


@pytest.mark.requirement("S87")
async def test_a_person_who_sends_too_much_is_told_by_whoever_reads_it() -> None:
    async def read(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    async def told(request: Request, error: Exception) -> Response:
        return PlainTextResponse("told", status_code=413)

    page = Starlette(routes=[Route("/", read, methods=["POST"])], exception_handlers={HTTPException: told})
    asked = {b"content-length": b"11", b"accept": b"text/html,*/*"}
    answer = await ask(
        edge(page, settings(body_limit_bytes=10)), method="POST", headers=asked, chunks=[b"1" * 11]
    )

    assert (answer.status, answer.body) == (413, b"told")


@pytest.mark.requirement("S87")
@pytest.mark.parametrize("length", [b"", b"-1", b"+1", b"1 1", b"0x1", b"9" * 19, b"9" * 5000, "²".encode()])
async def test_a_malformed_length_is_refused(length: bytes) -> None:
    assert (await ask(edge(hello), method="POST", headers={b"content-length": length})).status == 400


@pytest.mark.requirement("S87")
@pytest.mark.parametrize(("chunks", "status"), [([b"12345"] * 2, 200), ([b"12345"] * 2 + [b"1"], 413)])
async def test_a_body_of_chunks_is_counted(chunks: list[bytes], status: int) -> None:
    async def read(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    app = edge(Starlette(routes=[Route("/", read, methods=["POST"])]), settings(body_limit_bytes=10))
    answer = await ask(app, method="POST", headers={b"transfer-encoding": b"chunked"}, chunks=chunks)

    assert answer.status == status


@pytest.mark.parametrize(
    "raw_path",
    [
        b"/",
        b"/token",
        b"/.well-known/openid-configuration",
        b"/static/css/idp-1.2.css",
        b"/account/",
        b"/a/%C3%A9",
        b"/admin/clients/https%3A%2F",
        b"/a:b@c",
    ],
)
def test_ordinary_paths_pass(raw_path: bytes) -> None:
    assert is_sane_path(raw_path)


@pytest.mark.parametrize(
    "raw_path",
    [
        b"",
        b"*",
        b"token",
        b"//evil.test",
        b"/a//b",
        b"/a/../b",
        b"/a/./b",
        b"/..",
        b"/a/%2e%2e/b",
        b"/%2e%2e",
        b"/a%2f%2fb",
        b"/a\\b",
        b"/a%5cb",
        b"/a%00",
        b"/a%0d%0aSet-Cookie:x",
        b"/%ff",
        b"/%c0%ae",
        b"/\xff",
        b"/.git/../x",
    ],
)
async def test_a_path_that_another_server_reads_differently_is_refused(raw_path: bytes) -> None:
    assert not is_sane_path(raw_path)
    if raw_path:
        assert (await ask(edge(hello), raw_path=raw_path)).status == 400


@given(st.binary(max_size=60).map(lambda rest: b"/" + rest))
def test_a_sane_path_decodes_to_itself_alone(raw_path: bytes) -> None:
    if is_sane_path(raw_path):
        decoded = raw_path.decode("latin-1")
        assert "\\" not in decoded
        assert not re.search(r"//|/\.\.?(/|$)", decoded)


async def test_observers_hear_of_every_answer_and_of_clients_that_left() -> None:
    heard: list[tuple[str, int]] = []

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    def observer(scope: Scope, status: int, seconds: float) -> None:
        assert 0 <= seconds < 60
        heard.append((scope["path"], status))

    await ask(edge(hello, observers=[observer]), "/a")
    await ask(edge(hello, observers=[observer]), "/b", hosts=[])
    await ask(edge(silent, observers=[observer]), "/c")

    assert heard == [("/a", 200), ("/b", 400), ("/c", 499)]
