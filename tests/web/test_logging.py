"""`web/logging.py`: what the log holds, and what it must not."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.config.settings import Log
from idp.web.edge import current_request_id
from idp.web.logging import HIDDEN, AccessLog, configure_logging, encode_controls, hide_secrets, masked_path
from tests.web.asking import ask, edge

SECRET = "SplxlOBeZQQYbYS6WxSbIA"


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """Where the log goes. Everything is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_and_correlation_id(stream: StringIO) -> None:
    configure_logging(Log(), stream=stream)
    token = current_request_id.set("abc")
    structlog.get_logger().info("page error", reason="unknown client")
    current_request_id.reset(token)

    [line] = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "page error", "reason": "unknown client", "level": "info", "request_id": "abc"}


def test_the_level_is_the_least_that_is_written(stream: StringIO) -> None:
    configure_logging(Log(level="warning"), stream=stream)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]


@pytest.mark.requirement("S85")
@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "access_token",
        "accessToken",
        "tokens",
        "code",
        "authorization_codes",
        "Cookie",
        "set-cookie",
        "Authorization",
        "client_secret",
        "code_verifier",
        "email",
        "addresses",
        "ip",
        "seed",
        "state",
    ],
)
def test_secrets_and_addresses_are_hidden_however_deep(key: str) -> None:
    event = {key: SECRET, "form": {key: SECRET, "rest": [{key: [SECRET]}]}}

    assert SECRET not in str(hide_secrets(None, "info", event))
    assert hide_secrets(None, "info", event)[key] == HIDDEN


@pytest.mark.parametrize(
    "key", ["status_code", "token_type", "path", "keyboard", "decode", "client", "grant_type"]
)
def test_harmless_keys_stay(key: str) -> None:
    assert hide_secrets(None, "info", {key: "value"}) == {key: "value"}


@pytest.mark.requirement("S85")
@pytest.mark.parametrize("shape", ["json", "text"])
@pytest.mark.parametrize("control", ["\n", "\r\n", "\x1b[2J", "\x00", "\x85", "\u2028", "\u202e", "\x9b"])
def test_no_value_forges_a_line(stream: StringIO, shape: Any, control: str) -> None:
    configure_logging(Log(format=shape), stream=stream)
    structlog.get_logger().info("refused", path=f"/a{control}FORGED", nested={f"k{control}": [f"{control}"]})

    written = stream.getvalue()
    assert written.count("\n") == 1
    assert not any(character in written for character in control.replace("[2J", "") if character != "\n")


@pytest.mark.requirement("S85")
@given(st.text())
def test_encoded_text_is_one_printable_line(text: str) -> None:
    encoded = encode_controls(None, "info", {"value": text})["value"]

    assert len(f"{encoded}x".splitlines()) == 1


@pytest.mark.requirement("S85")
def test_an_exception_is_told_by_types_places_and_words_without_values(stream: StringIO) -> None:
    configure_logging(Log(), stream=stream)
    try:
        try:
            int(SECRET)
        except ValueError as cause:
            raise RuntimeError(
                f'duplicate key (email)=(alice@demo.test), "{SECRET}" {SECRET}{SECRET}'
            ) from cause
    except RuntimeError as error:
        structlog.get_logger().error("request failed", exc_info=error)

    [line] = lines(stream)
    assert line["exception"][0] == "RuntimeError: duplicate key …, … …"
    assert line["exception"][1] == "ValueError: invalid literal for int() with base 10: …"
    assert "test_logging.py:" in line["frames"][-1]
    assert SECRET not in stream.getvalue()
    assert "alice" not in stream.getvalue()


@pytest.mark.requirement("S85")
def test_what_libraries_log_has_the_same_shape_and_no_values(stream: StringIO) -> None:
    configure_logging(Log(), stream=stream)
    logging.getLogger("somebody").info("GET https://example.test/?code=%s", SECRET)
    try:
        raise ValueError(f"'{SECRET}'")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    [line] = lines(stream)
    assert line["event"] == "Exception in ASGI application"
    assert line["source"] == "uvicorn.error"
    assert line["exception"] == ["ValueError: …"]
    assert SECRET not in stream.getvalue()


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello", status_code=201)


ROUTES = [Route("/sign-in/{interaction}/login", hello), Route("/healthz", hello)]


@pytest.mark.requirement("S85")
async def test_the_access_line_names_the_route_and_neither_query_nor_identifiers(stream: StringIO) -> None:
    configure_logging(Log(), stream=stream)
    app = edge(Starlette(routes=ROUTES), observers=[AccessLog()])
    answer = await ask(app, f"/sign-in/{SECRET}/login")
    await ask(app, f"/nowhere/{SECRET}/x")
    await ask(app, "/healthz")

    first, second = lines(stream)
    assert (first["event"], first["method"], first["path"]) == (
        "request",
        "GET",
        "/sign-in/{interaction}/login",
    )
    assert (first["status"], first["request_id"]) == (201, answer.header("x-request-id"))
    assert first["milliseconds"] >= 0
    assert (second["path"], second["status"]) == ("/nowhere/{}/x", 404)
    assert SECRET not in stream.getvalue()


async def test_below_info_the_access_log_is_silent(stream: StringIO) -> None:
    configure_logging(Log(level="warning"), stream=stream)
    await ask(edge(Starlette(routes=ROUTES), observers=[AccessLog()]), "/sign-in/a/login")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("path", "masked"),
    [
        ("/", "/"),
        ("/wp-login.php", "/wp-login.php"),
        ("/enrol/abc123", "/enrol/{}"),
        ("/a/ALICE/b", "/a/{}/b"),
        ("/alice@demo.test", "/{}"),
        ("/" + "a" * 30, "/{}"),
        ("/a" * 20, "/a" * 8),
    ],
)
def test_an_unknown_path_keeps_only_plain_words(path: str, masked: str) -> None:
    assert masked_path(path) == masked
