"""The trail of a sign-in: what happened, who did it, from where, and nothing that it must not hold."""

import hmac
import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import structlog
from sqlalchemy import Insert

from idp.app import create_app
from idp.config.settings import Log
from idp.signing.secrets import Purpose
from idp.store.database import Database
from idp.store.statement import Effect
from idp.web.logging import configure_logging
from tests.support.world import PASSWORD, START, VERIFIER, Browser, World, answer

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 Marker/91"
SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}
COLUMNS = (
    "at", "type", "outcome", "reason", "actor", "subject_id", "client_id", "session_id", "family_id", "factor",
    "address_digest", "address_key_id", "correlation_id", "details",
)  # fmt: skip


async def _trail(world: World) -> list[dict[str, Any]]:
    """Every row, the oldest first, but for those that made the world."""
    rows = await world.rows(f"SELECT {', '.join(COLUMNS)} FROM audit_event ORDER BY event_id")
    events = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return [event for event in events if event["correlation_id"]]


def _types(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def _request_id(response: httpx2.Response) -> str:
    return str(response.headers["x-request-id"])


@pytest.mark.requirement("S86")
async def test_sign_in_and_tokens_are_recorded(world: World) -> None:
    browser = world.browser(address=ADDRESS)
    redirect = await browser.sign_in()
    tokens = await browser.redeem(redirect)
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens.json()["refresh_token"])
    confirmation = await browser.get("/logout")
    signed_out = await browser.submit(confirmation)

    alice = world.people["alice"].subject_id
    [(session_id,)] = await world.rows("SELECT session_id FROM session")
    [(family_id,)] = await world.rows("SELECT family_id FROM family")
    events = await _trail(world)
    assert _types(events) == [
        "sign_in.succeeded", "authorization.granted", "token.issued", "token.refreshed", "session.ended",
    ]  # fmt: skip
    assert [event["correlation_id"] for event in events] == [
        *[_request_id(redirect)] * 2, _request_id(tokens), _request_id(refreshed), _request_id(signed_out),
    ]  # fmt: skip
    key = world.house.secrets.newest(Purpose.ADDRESS)
    digest = hmac.digest(key.value, ADDRESS.encode(), "sha256").hex()
    for event in events:
        assert event["at"] == START
        assert event["outcome"] == "success"
        assert event["subject_id"] == alice
        assert event["address_digest"] == digest
        assert event["address_key_id"] == key.secret_id
    person, client = f"subject:{alice}", "client:manager"
    assert [event["actor"] for event in events] == [person, person, client, client, person]
    assert [event["client_id"] for event in events] == [*["manager"] * 4, None]
    assert [event["family_id"] for event in events] == [None, *[family_id] * 3, None]
    assert {event["session_id"] for event in events} <= {session_id, None}
    assert events[0]["session_id"] == events[1]["session_id"] == events[4]["session_id"] == session_id
    assert events[0]["factor"] == "pwd"
    assert json.loads(events[1]["details"]) == {"scopes": ["openid", "profile", "email"]}


@pytest.mark.requirement("S86")
async def test_failures_are_recorded_with_their_reason(world: World) -> None:
    browser = world.browser(address=ADDRESS)
    page = await browser.authorize()
    responses = [
        await browser.submit(page, username=username, password=password)
        for username, password in (
            ("aa11111-ovh", "wrong"),
            ("zz99999-ovh", "wrong"),
            ("dd44444-ovh", "wrong"),
            ("dd44444-ovh", PASSWORD),
            *[("bb22222-ovh", "wrong")] * 6,
        )
    ]
    events = await _trail(world)
    assert [event["correlation_id"] for event in events] == [_request_id(response) for response in responses]
    assert _types(events) == [*["sign_in.failed"] * 9, "sign_in.throttled"]
    assert [event["reason"] for event in events] == [
        "wrong_password", "unknown_account", "wrong_password", "disabled", *["wrong_password"] * 5, "throttled",
    ]  # fmt: skip
    named = {"aa": "alice", "dd": "dan", "bb": "bob"}
    subjects = ["aa", None, "dd", "dd", *["bb"] * 6]
    assert [event["subject_id"] for event in events] == [
        world.people[named[who]].subject_id if who else None for who in subjects
    ]
    for event in events:
        assert event["outcome"] == "failure"
        assert event["actor"] == "anonymous"
        assert event["client_id"] == "manager"
        assert event["factor"] == "pwd"
        assert event["address_digest"]


@pytest.mark.requirement("S86")
async def test_consent_and_denial_are_recorded(world: World) -> None:
    browser = world.browser()
    denied = await browser.submit(await browser.sign_in(**SPA), action="deny")
    allowed = await browser.submit(await browser.authorize(**SPA), action="allow")
    await browser.follow(allowed)
    events = (await _trail(world))[1:]
    assert _types(events) == ["authorization.denied", "consent.granted", "authorization.granted"]
    assert events[0]["reason"] == "access_denied"
    assert [event["correlation_id"] for event in events[:2]] == [_request_id(denied), _request_id(allowed)]
    alice = world.people["alice"].subject_id
    for event in events:
        assert event["actor"] == f"subject:{alice}"
        assert event["subject_id"] == alice
        assert event["client_id"] == "spa"
        assert event["session_id"]


@pytest.mark.requirement("S86")
async def test_replays_are_recorded(world: World) -> None:
    browser = world.browser()
    redirect = await browser.sign_in()
    first = (await browser.redeem(redirect)).json()
    replayed = await browser.redeem(redirect)
    second = await browser.sign_in(prompt="login")
    tokens = (await browser.redeem(second)).json()
    for _ in range(2):
        tokens = (
            await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        ).json()
    world.clock.pass_(60)
    reused = await browser.redeem(second)
    assert replayed.json()["error"] == reused.json()["error"] == "invalid_grant"
    assert first["refresh_token"] != tokens["refresh_token"]
    events = {event["correlation_id"]: event for event in await _trail(world)}
    for response in (replayed, reused):
        event = events[_request_id(response)]
        assert event["type"] == "code.replayed"
        assert event["outcome"] == "failure"
        assert event["client_id"] == "manager"
        assert event["family_id"]


@pytest.mark.requirement("S86")
async def test_who_takes_over_a_browser_ends_the_session_on_the_record(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    redirect = await browser.sign_in("bb22222-ovh", prompt="login")
    ended = [event for event in await _trail(world) if event["type"] == "session.ended"]
    assert [(event["subject_id"], event["reason"]) for event in ended] == [
        (world.people["alice"].subject_id, "session_replaced")
    ]
    assert ended[0]["correlation_id"] == _request_id(redirect)


@dataclass
class WatchedDatabase:
    """Remembers what each transaction wrote; refuses those with an audit record when told to."""

    inner: Database
    batches: list[list[Effect]] = field(default_factory=list)
    refuses_records: bool = False

    async def one(self, query: Any, /, **values: Any) -> Any:
        return await self.inner.one(query, **values)

    async def all(self, query: Any, /, **values: Any) -> Any:
        return await self.inner.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        if self.refuses_records and any(_table(effect) == "audit_event" for effect in effects):
            # The last statement of the transaction meets an unexpected row count.
            return await self.inner.apply([*effects, replace(effects[-1], expects=7)])
        self.batches.append(list(effects))
        return await self.inner.apply(effects)


def _table(effect: Effect) -> str:
    expression: Any = effect.write.expression
    return str(expression.table.name)


def _wants_record(effect: Effect) -> bool:
    """Whether an effect issues something, ends something, or approves something."""
    expression = effect.write.expression
    if isinstance(expression, Insert):
        return _table(effect) in {"session", "family", "code", "refresh_token", "consent"}
    return re.match(r"UPDATE \w+ SET .*\b(ended|revoked)_at=:now", str(expression)) is not None


def _watch(world: World) -> WatchedDatabase:
    watched = WatchedDatabase(inner=world.house.database)
    world.app = create_app(replace(world.house, database=watched))  # type: ignore[arg-type]
    return watched


@pytest.mark.requirement("S86")
async def test_record_shares_the_transaction_of_what_it_records(world: World) -> None:
    watched = _watch(world)
    await _journey(world.browser())
    wanting = [batch for batch in watched.batches if any(map(_wants_record, batch))]
    assert len(wanting) >= 5
    for batch in wanting:
        assert "audit_event" in {_table(effect) for effect in batch}


@pytest.mark.requirement("S86", "S92")
async def test_what_can_not_be_recorded_does_not_happen(world: World) -> None:
    watched = _watch(world)
    browser = world.browser()
    page = await browser.authorize()
    watched.refuses_records = True
    response = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert "code=" not in response.headers.get("location", "")
    assert await _trail(world) == []
    for table in ("session", "device", "family", "code"):
        assert await world.rows(f"SELECT created_at FROM {table}") == []


async def _journey(browser: Browser) -> dict[str, str]:
    """Everything that a person and an application do, right and wrong; every secret that was seen on the way."""
    secrets: dict[str, str] = {"verifier": VERIFIER, "password": PASSWORD}
    login = await browser.authorize(
        **SPA, scope="openid profile email offline_access", state="s3cret-state-91"
    )
    await browser.submit(login, username="alice@example.test", password="a wr0ng p4ssword")
    await browser.submit(login, username="nobody-91@example.test", password="a wr0ng p4ssword")
    consent = await browser.follow(
        await browser.submit(login, username="ALICE@example.test", password=PASSWORD)
    )
    secrets["form"] = consent.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    await browser.submit(consent, action="allow", csrf_token="forged-91")
    redirect = await browser.follow(await browser.submit(consent, action="allow"))
    secrets["code"] = answer(redirect)["code"]
    await browser.redeem(redirect, "spa", code_verifier="w" * 43)
    tokens = (await browser.redeem(redirect, "spa")).json()
    await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    await browser.call("/introspect", "introspector", token=tokens["access_token"])
    await browser.call("/introspect", "introspector", token=tokens["refresh_token"])
    refreshed = (
        await browser.token("spa", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    ).json()
    for kind, issued in (("first", tokens), ("second", refreshed)):
        for name in ("access_token", "refresh_token", "id_token"):
            secrets[f"{kind} {name}"] = issued[name]
    await browser.redeem(redirect, "spa")
    await browser.get("/authorize", params={"client_id": "nobody", "state": "s3cret-state-91"})
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"], "state": "s3cret-state-91"})
    await browser.get("/nowhere/" + secrets["code"])
    return secrets


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
    secrets = await _journey(browser)
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
    assert line["request_id"] == _request_id(response)
    assert line["path"] == "/sign-in/{interaction}/{step}"
