"""Whatever is sent to a prompt or to a page of one's own: an answer, never a crash."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from urllib.parse import quote_from_bytes

import pytest

from idp.login.interaction import LOCAL_PATHS
from idp.login.prompts import PROMPTS
from tests.attacks.paused import OURS, Paused, at_email_code, at_second_factor, at_set_up, sign_in_with_code
from tests.support.factors import give_factors
from tests.support.world import Browser, World, form_of

pytestmark = pytest.mark.requirement("S87")

STATES: dict[str, Callable[[World], Awaitable[Paused]]] = {
    "login": Paused.at_login,
    "code": at_email_code,
    "factor": at_second_factor,
    "set-up": at_set_up,
}
FIELDS = (
    "form",
    "way",
    "code",
    "credential",
    "answer",
    "challenge",
    "enrolment",
    "name",
    "email",
    "phone",
    "account",
    "username",
    "password",
    "saved",
    "remember",
    "shared_computer",
    "device",
    "browser",
    "notify",
    "kind",
)
VALUES = (
    b"\x00",
    b"a\x00b",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    "\N{ARABIC-INDIC DIGIT ONE}".encode() * 8,
    "\N{FULLWIDTH DIGIT NINE}".encode() * 6,
    "\N{SUPERSCRIPT TWO}".encode() * 8,
    "\N{LATIN SMALL LIGATURE FFI}".encode() * 50,
    b"'; DROP TABLE totp; --",
    b"{{7*7}}<script>",
    b"-1",
    b"9" * 5_000,
    b"\r\nSet-Cookie: a=b",
)


def _bomb(name: str, data: bytes) -> str:
    """An answer of a key whose CBOR is nested or promises what does not come."""
    told = urlsafe_b64encode(data).rstrip(b"=").decode()
    client = urlsafe_b64encode(
        b'{"type":"webauthn.create","challenge":"AAAA","origin":"http://localhost:8000"}'
    )
    return json.dumps(
        {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {
                "clientDataJSON": client.decode(),
                name: told,
                "signature": "AAAA",
                "userHandle": "AAAA",
            },
        }
    )


BOMBS = [
    _bomb(name, data)
    for name in ("attestationObject", "authenticatorData")
    for data in (
        b"\x81" * 10_000,
        b"\xa1" * 10_000,
        b"\x9b" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\xbf" * 9_000,
        b"",
    )
]


async def _crashes(browser: Browser, path: str, token: str) -> list[tuple[str, bytes]]:
    """Every field filled in with each value, with a button and without."""
    found = []
    headers = {**OURS, "content-type": "application/x-www-form-urlencoded"}
    for value in VALUES:
        told = quote_from_bytes(value)
        filled = "&".join(f"{field}={told}" for field in FIELDS)
        only = [f"{field}={told}&action=continue" for field in FIELDS] if len(value) < 3 else []
        for body in (f"{filled}&action=continue", f"{filled}&action={told}", *only):
            answered = await browser.http.post(path, content=f"csrf_token={token}&{body}", headers=headers)
            found += [(body[:40], value)] if answered.status_code >= 500 else []
    return found


@pytest.mark.parametrize("state", STATES)
async def test_prompts_answer_whatever_is_sent(risky_world: World, state: str) -> None:
    paused = await STATES[state](risky_world)
    due = paused.page.url.path.rpartition("/")[2]
    for prompt in sorted({due, "login", "passkey"} & {module.PATH for module in PROMPTS}):
        path = f"{paused.base}/{prompt}"
        assert await _crashes(paused.browser, path, paused.token(path)) == []


@pytest.mark.parametrize("kind", ["totp", "passkey", "security-key", "backup-codes"])
async def test_steps_of_setting_up_answer_whatever_is_sent(sqlite_risky_world: World, kind: str) -> None:
    world, browser = sqlite_risky_world, sqlite_risky_world.browser()
    await sign_in_with_code(world, browser)
    page = await browser.follow(await browser.get("/account/security/set-up"))
    if kind != "backup-codes":
        page = await browser.follow(await browser.submit(page, "set-up", action=kind))
    for field in ("code", "name", "answer", "challenge", "enrolment", "form", "action", "saved"):
        for value in ("\x00", "\N{SUPERSCRIPT TWO}" * 6, "9" * 5_000, "x" * 70, *BOMBS[:4]):
            answered = await browser.submit(page, "set-up", **{field: value})
            assert answered.status_code < 500, (field, value[:20])


@pytest.mark.parametrize("path", LOCAL_PATHS)
async def test_own_pages_answer_whatever_is_sent(risky_world: World, path: str) -> None:
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    page = await browser.follow(await browser.get(path))
    for query in (
        "?enrolment=%00",
        "?device=%00",
        "?choose=1&enrolment=x",
        "?enrolment=" + "a" * 3_000,
        "?language=%00",
    ):
        assert (await browser.follow(await browser.get(path + query))).status_code < 500, query
    if "<form" not in page.text or "csrf_token" not in page.text:
        return
    token = form_of(page).split('name="csrf_token" value="', 1)[-1].split('"', 1)[0]
    assert await _crashes(browser, page.url.path, token) == []


@pytest.mark.parametrize("number", range(len(BOMBS)))
async def test_bombs_in_keys_answers_are_refused(sqlite_risky_world: World, number: int) -> None:
    paused = await Paused.at_login(sqlite_risky_world)
    answered = await paused.send("passkey", action="continue", credential=BOMBS[number])
    assert answered.status_code == 422


@pytest.mark.parametrize("value", ["\x00", "a.b.c.d.e.f.g", "." * 3_000, "\N{SNOWMAN}", "x" * 7_000])
async def test_hostile_cookies_are_no_cookies(risky_world: World, value: str) -> None:
    for name in ("idp-device", "idp-session", "idp-browser", "idp-proof", "idp-language"):
        header = f"{name}={value}".encode("latin-1", "replace")
        browser = risky_world.browser()
        page = await browser.http.get(
            "/authorize", params={"client_id": "manager"}, headers=[(b"cookie", header)]
        )
        assert page.status_code < 500, name
        page = await browser.http.get("/account", headers=[(b"cookie", header)])
        assert page.status_code < 500, name
