"""What a browser says of a key is checked here, whatever the page told the browser (§5 items 21 to 23)."""

import json
import re
from base64 import urlsafe_b64encode
from html import unescape
from typing import Any

import pytest

from tests.attacks.paused import ALICE, BOB, Paused
from tests.login.proving import asked_of_key, give_key, owe_factor, sign, sign_in_with_passkey
from tests.support.authenticator import UP, UV, SoftwareKey
from tests.support.world import World, answer

pytestmark = pytest.mark.requirement("S53", "S55")

FOREIGN: dict[str, dict[str, Any]] = {
    "suffix": {"origin": "http://badlocalhost:8000"},
    "prefix": {"origin": "http://localhost:8000.evil.test"},
    "subdomain": {"origin": "http://evil.localhost:8000"},
    "port": {"origin": "http://localhost:8001"},
    "scheme": {"origin": "https://localhost:8000"},
    "slash": {"origin": "http://localhost:8000/"},
    "capitals": {"origin": "http://LOCALHOST:8000"},
    "another's key": {"rp_id": "badlocalhost"},
    "in a frame": {"cross_origin": True},
    "below another page": {"top_origin": "https://evil.test"},
    "another ceremony": {"type": "webauthn.create"},
    "nobody present": {"flags": UV},
    "another challenge": {"challenge": urlsafe_b64encode(b"c" * 32).rstrip(b"=").decode()},
}


async def _sessions(world: World) -> int:
    [(count,)] = await world.rows("SELECT count(*) FROM session")
    return int(count)


@pytest.mark.parametrize("how", FOREIGN)
async def test_signature_for_another_place_is_no_factor(sqlite_risky_world: World, how: str) -> None:
    """§5 item 22: origins are compared exactly, not by their end."""
    world, key = sqlite_risky_world, SoftwareKey()
    await give_key(world, "alice", key, two_factor=True)
    page = await sign(await owe_factor(world, ALICE), key, **FOREIGN[how])
    assert page.status_code == 422
    assert await _sessions(world) == 0


@pytest.mark.parametrize("how", FOREIGN)
async def test_signature_for_another_place_is_no_sign_in(sqlite_risky_world: World, how: str) -> None:
    world, key = sqlite_risky_world, SoftwareKey()
    await give_key(world, "alice", key, is_passkey=True)
    page = await sign_in_with_passkey(world.browser(), key, **FOREIGN[how])
    assert page.status_code == 422
    assert await _sessions(world) == 0


async def test_passkey_without_user_verification_is_no_whole_sign_in(risky_world: World) -> None:
    """§5 item 21: user verification enforced only in the browser."""
    key = SoftwareKey()
    await give_key(risky_world, "bob", key, is_passkey=True)
    page = await sign_in_with_passkey(risky_world.browser(), key, flags=UP)
    assert page.status_code == 422
    assert await _sessions(risky_world) == 0


async def test_key_that_was_no_passkey_does_not_sign_in_alone(risky_world: World) -> None:
    """A second factor is possession; offered as a passkey with a made-up user handle, it is nothing."""
    key = SoftwareKey.u2f()
    await give_key(risky_world, "bob", key)
    [(handle,)] = await risky_world.rows("SELECT user_handle FROM security")
    for flags in (UP, UP | UV):
        page = await sign_in_with_passkey(risky_world.browser(), key, flags=flags, user_handle=bytes(handle))
        if flags == UP:
            assert page.status_code == 422
    # One that does verify its user signs with everything that is asked for: it is a passkey in all but name.
    assert {acr for (acr,) in await risky_world.rows("SELECT acr FROM session")} <= {"3"}


async def test_signature_of_one_persons_key_is_nothing_to_another(risky_world: World) -> None:
    """§5 item 23. Mallory's passkey under the user handle of the victim, and the other way round."""
    own, victims = SoftwareKey(), SoftwareKey()
    await give_key(risky_world, "ada", own, is_passkey=True)
    await give_key(risky_world, "alice", victims, is_passkey=True)
    handles = dict(await risky_world.rows("SELECT subject_id, user_handle FROM security"))
    alices = bytes(handles[risky_world.people["alice"].subject_id])
    credential = next(iter(victims.credentials))
    ways: list[dict[str, Any]] = [
        {"user_handle": alices},
        {"credential_id": credential},
        {"user_handle": b""},
    ]
    for differently in ways:
        page = await sign_in_with_passkey(risky_world.browser(), own, **differently)
        assert page.status_code == 422
    assert await _sessions(risky_world) == 0


async def test_challenge_of_one_sign_in_is_none_of_another(risky_world: World) -> None:
    key = SoftwareKey()
    await give_key(risky_world, "bob", key)
    first, second = await owe_factor(risky_world, BOB), await owe_factor(risky_world, BOB)
    asked = await asked_of_key(first)
    await asked_of_key(second)
    page = await second.press("continue", way="security-key", credential=key.get(asked))
    assert page.status_code == 422
    assert await _sessions(risky_world) == 0


async def test_challenge_for_a_factor_is_none_for_a_passkey(risky_world: World) -> None:
    """The kinds are separate, in the same interaction."""
    key = SoftwareKey()
    await give_key(risky_world, "bob", key, is_passkey=True)
    visitor = await owe_factor(risky_world, BOB)
    asked = await asked_of_key(visitor)
    base = visitor.path.rpartition("/")[0]
    paused = Paused(world=risky_world, browser=visitor.browser, page=visitor.page, base=base)
    [(handle,)] = await risky_world.rows("SELECT user_handle FROM security")
    page = await paused.post(
        "passkey", action="continue", credential=key.get(asked, user_handle=bytes(handle))
    )
    assert page.status_code == 422
    assert await _sessions(risky_world) == 0


async def test_answer_is_taken_once(risky_world: World) -> None:
    """Also by a key that counts nothing: the challenge is used up."""
    key = SoftwareKey.synced()
    await give_key(risky_world, "bob", key)
    visitor = await owe_factor(risky_world, BOB)
    credential = key.get(await asked_of_key(visitor))
    done = await visitor.press("continue", credential=credential)
    assert "code" in answer(done)
    again = await owe_factor(risky_world, BOB)
    page = await again.press("continue", way="security-key", credential=credential)
    assert page.status_code == 422
    assert await _sessions(risky_world) == 1


BROKEN: tuple[Any, ...] = (
    "",
    "{",
    "[]",
    "null",
    "1e999",
    "[" * 20_000,
    json.dumps({"id": "x" * 3_000}),
    json.dumps({"id": 1, "rawId": None, "type": [], "response": {}}),
    json.dumps({"id": "\ud800", "rawId": "\ud800", "type": "public-key", "response": {"clientDataJSON": "\ud800"}}),
    json.dumps(
        {
            "id": "AAAA",
            "rawId": "AAAA",
            "type": "public-key",
            "response": {
                "clientDataJSON": urlsafe_b64encode(b'{"type":"webauthn.get","challenge":1,"origin":[]}').decode(),
                "authenticatorData": "AAAA",
                "signature": "AAAA",
            },
        }
    ),
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(BROKEN)))
async def test_broken_answers_are_refused_and_crash_nothing(sqlite_risky_world: World, number: int) -> None:
    world, key = sqlite_risky_world, SoftwareKey()
    await give_key(world, "bob", key)
    visitor = await owe_factor(world, BOB)
    await asked_of_key(visitor)
    for path in ("security-key", "passkey"):
        step = "second-factor" if path == "security-key" else "passkey"
        base = visitor.path.rpartition("/")[0]
        paused = Paused(world=world, browser=visitor.browser, page=visitor.page, base=base)
        answered = await paused.send(step, action="continue", way="security-key", credential=BROKEN[number])
        assert answered.status_code in (303, 400, 413, 422), path
    assert await _sessions(world) == 0


async def test_registration_without_what_was_asked_for_is_refused(risky_world: World) -> None:
    """§5 item 21: a passkey is set up with user verification, in our place, for our challenge, or not at all."""
    key = SoftwareKey()
    browser = risky_world.browser()
    paused = await Paused.at_login(risky_world, browser=browser)
    await paused.password()
    await paused.post("email-code", action="continue", code=await paused.mailed_code())
    page = await browser.follow(await browser.get("/account/security/set-up"))
    page = await browser.follow(await browser.submit(page, "set-up", action="passkey"))
    found = re.search(r"data-options='([^']*)'", page.text)
    assert found
    options = json.loads(unescape(found[1]))
    for differently in (
        {"flags": UP},
        {"origin": "http://badlocalhost:8000"},
        {"rp_id": "evil.test"},
        {"challenge": urlsafe_b64encode(b"c" * 32).rstrip(b"=").decode()},
        {"type": "webauthn.get"},
        {"raw_id": b"another"},
    ):
        forged = SoftwareKey().create(options, **differently)
        assert (await browser.submit(page, "set-up", answer=forged)).status_code == 422
        assert await risky_world.rows("SELECT passkey_id FROM passkey") == [], differently
    for broken in BROKEN:
        assert (await browser.submit(page, "set-up", answer=broken)).status_code in (400, 413, 422)
    assert await risky_world.rows("SELECT passkey_id FROM passkey") == []
    await browser.submit(page, "set-up", answer=key.create(options))
    assert len(await risky_world.rows("SELECT passkey_id FROM passkey")) == 1
