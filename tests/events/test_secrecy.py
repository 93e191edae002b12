"""What neither the trail nor the log holds."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import structlog

from idp.app import create_app
from idp.config.settings import Log
from idp.web.logging import configure_logging
from tests.events.journeying import journey, request_id
from tests.support.world import World

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Marker/91"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, at the finest level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    configure_logging(Log(level="debug"), stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.requirement("S85", "S86")
async def test_neither_log_nor_trail_holds_a_secret_or_an_address(log: StringIO, world: World) -> None:
    world.app = create_app(world.house)
    browser = world.browser(address=ADDRESS, headers={"user-agent": AGENT, "accept": "text/html"})
    jar: dict[str, str] = {}
    browser.http.event_hooks["response"] = [lambda response: _collect(jar, response)]
    secrets = await journey(browser)
    secrets |= jar
    assert {"idp-browser", "idp-session", "idp-device"} <= set(secrets)
    written = log.getvalue()
    trail = str(await world.rows("SELECT * FROM audit_event"))
    assert written.count("\n") > 15
    assert "code.replayed" in trail
    named = {
        "the address": ADDRESS,
        "the mail address": "example.test",
        "a typed name": "nobody-91",
        "the wrong password": "wr0ng p4ssword",
        "the browser": "Marker/91",
        "the state": "s3cret-state-91",
        "the nonce": "n-1",
        "a forged token": "forged-91",
        "the client's secret": "introspector-secret",
        "the name": "Alice Martin",
        "the number": "aa11111",
    }
    for what, secret in {**secrets, **named}.items():
        assert secret not in written, what
        if what != "the number":  # Acts of a command line may name whom they made.
            assert secret not in trail, what


async def _collect(jar: dict[str, str], response: httpx2.Response) -> None:
    for header in response.headers.get_list("set-cookie"):
        name, _, value = header.partition(";")[0].partition("=")
        if value:
            jar[name] = value
    location = response.headers.get("location", "")
    for name, values in parse_qs(urlsplit(location).query).items():
        if name == "code":
            jar[f"code {len(jar)}"] = values[0]


@pytest.mark.requirement("S85")
async def test_log_lines_carry_the_correlation_id_of_the_answer(log: StringIO, sqlite_world: World) -> None:
    sqlite_world.app = create_app(sqlite_world.house)
    response = await sqlite_world.browser().get("/sign-in/" + "0" * 32 + "/login")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == request_id(response)
    assert line["path"] == "/sign-in/{interaction}/{step}"
