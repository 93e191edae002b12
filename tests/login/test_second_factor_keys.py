"""Security keys as the second factor, with FIDO2 and before it; and every way in which an answer can be wrong."""

import asyncio
import json
from base64 import urlsafe_b64encode
from os import urandom
from typing import Any

import pytest

from tests.login.coded import Visitor
from tests.login.proving import (
    ALICE,
    asked_of_key,
    give_key,
    owe_factor,
    proof_failures,
    sign,
    sign_in_with_passkey,
    submit_raw,
)
from tests.support.authenticator import UP, Refused, SoftwareKey
from tests.support.factors import BACKUP_CODES, give_factors
from tests.support.mail import delivered
from tests.support.world import World, answer, is_asking


async def _owning(world: World, key: SoftwareKey) -> Visitor:
    """Alice, who has this key and two-factor authentication on, after her password."""
    await give_key(world, "alice", key, two_factor=True)
    return await owe_factor(world, ALICE)


async def _is_refused(visitor: Visitor, credential: str) -> bool:
    page = await visitor.press("continue", credential=credential)
    assert await visitor.world.rows("SELECT 1 FROM session") == []
    return page.status_code == 422 and is_asking(page, "second-factor")


KINDS = {
    # A key that verified its user is two factors by itself, whatever else was proven.
    "FIDO2": (SoftwareKey, ["pwd", "hwk", "user", "mfa"]),
    "U2F": (SoftwareKey.u2f, ["pwd", "hwk", "user", "mfa"]),
    "synced": (SoftwareKey.synced, ["pwd", "swk", "user", "mfa"]),
    "synced, without verification": (
        lambda: SoftwareKey(is_synced=True, verifies_user=False),
        ["pwd", "swk", "user", "mfa"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_key_signs_in(risky_world: World, kind: str) -> None:
    make, amr = KINDS[kind]
    key = make()
    visitor = await _owning(risky_world, key)
    assert "Use your security key" in visitor.page.text
    assert "<noscript>" in visitor.page.text
    await sign(visitor, key)
    assert "code" in answer(visitor.page)
    assert await risky_world.rows("SELECT acr, amr FROM session") == [("3", json.dumps(amr))]
    assert await risky_world.rows("SELECT used_at FROM passkey") == [(risky_world.clock.now(),)]
    last_way = "SELECT last_way FROM security WHERE last_way <> ''"
    assert await risky_world.rows(last_way) == [("security-key",)]
    # And again: the counter has risen, if it counts.
    visitor = await owe_factor(risky_world, ALICE)
    await sign(visitor, key)
    assert "code" in answer(visitor.page)


async def test_options_name_the_persons_keys_alone(sqlite_risky_world: World) -> None:
    key, others = SoftwareKey.u2f(), SoftwareKey()
    await give_key(sqlite_risky_world, "bob", others)
    visitor = await _owning(sqlite_risky_world, key)
    asked = await asked_of_key(visitor)
    assert [one["type"] for one in asked["allowCredentials"]] == ["public-key"]
    assert asked["rpId"] == "localhost"
    assert asked["userVerification"] == "preferred"
    with pytest.raises(Refused):
        others.get(asked)


@pytest.mark.requirement("S53")
async def test_challenge_is_good_once(risky_world: World) -> None:
    key = SoftwareKey.synced()  # Which has no counter that would tell.
    visitor = await _owning(risky_world, key)
    page = visitor.page
    asked = await asked_of_key(visitor)
    credential = key.get(asked)
    await visitor.press("continue", credential=credential)
    assert "code" in answer(visitor.page)
    visitor.page = page
    again = await submit_raw(visitor, credential=credential)
    assert again.status_code == 303
    assert await risky_world.rows("SELECT count(*) FROM session") == [(1,)]
    # In another sign-in of the same browser.
    visitor = await owe_factor(risky_world, ALICE, browser=visitor.browser, prompt="login")
    for replayed in (credential, key.get(asked)):
        page = await visitor.press("continue", credential=replayed)
        assert page.status_code == 422
    assert await risky_world.rows("SELECT authenticated_at FROM session") == [(risky_world.clock.now(),)]
    assert (await proof_failures(risky_world))[-1] == ("security-key", "wrong_challenge")


async def test_same_answer_at_once_counts_once(risky_world: World) -> None:
    key = SoftwareKey.synced()
    visitor = await _owning(risky_world, key)
    credential = key.get(await asked_of_key(visitor))
    await asyncio.gather(*[submit_raw(visitor, credential=credential) for _ in range(10)])
    ((proofs,),) = await risky_world.rows("SELECT proofs FROM interaction")
    assert [proof for proof, _ in json.loads(str(proofs))] == ["pwd", "synced-passkey"]


async def test_challenge_of_another_sign_in_or_person_is_refused(risky_world: World) -> None:
    key, bobs = SoftwareKey.synced(), SoftwareKey.synced()
    await give_key(risky_world, "bob", bobs)
    visitor = await _owning(risky_world, key)
    elsewhere = await owe_factor(risky_world, ALICE)
    assert await _is_refused(visitor, key.get(await asked_of_key(elsewhere)))
    # Made for a passkey in this very sign-in, before anybody was named: not for a second factor.
    login = await visitor.browser.get(visitor.path.replace("second-factor", "login"))
    options = await visitor.browser.submit(login, "passkey", action="options")
    assert await _is_refused(visitor, key.get(options.json()["publicKey"]))


async def test_challenge_ends_after_five_minutes(sqlite_risky_world: World) -> None:
    key = SoftwareKey()
    visitor = await _owning(sqlite_risky_world, key)
    asked = await asked_of_key(visitor)
    sqlite_risky_world.clock.pass_(300)
    page = await visitor.press("continue", credential=key.get(asked))
    assert page.status_code == 422
    assert "That took too long. Try again." in page.text
    await sign(visitor, key)
    assert "code" in answer(visitor.page)


async def test_somebody_elses_key_is_refused(risky_world: World) -> None:
    """Also one that answers to the challenge, and names its owner or the victim."""
    key, bobs = SoftwareKey(), SoftwareKey()
    await give_key(risky_world, "bob", bobs)
    visitor = await _owning(risky_world, key)
    ((handle,),) = await risky_world.rows(
        f"SELECT user_handle FROM security WHERE subject_id = '{risky_world.people['alice'].subject_id}'"
    )
    asked = {**await asked_of_key(visitor), "allowCredentials": []}
    for differently in ({}, {"user_handle": bytes(handle)}, {"credential_id": next(iter(key.credentials))}):
        assert await _is_refused(visitor, bobs.get(asked, **differently))
    assert await risky_world.rows("SELECT 1 FROM passkey WHERE flagged_at IS NOT NULL") == []


async def test_own_key_with_another_handle_is_refused(sqlite_risky_world: World) -> None:
    key = SoftwareKey()
    visitor = await _owning(sqlite_risky_world, key)
    assert await _is_refused(visitor, key.get(await asked_of_key(visitor), user_handle=urandom(32)))


WRONG: dict[str, dict[str, Any]] = {
    "another site": {"origin": "https://evil.test"},
    "a site that ends like us": {"origin": "http://badlocalhost:8000"},
    "another port": {"origin": "http://localhost:8001"},
    "another scheme": {"origin": "https://localhost:8000"},
    "a registration": {"type": "webauthn.create"},
    "a frame": {"cross_origin": True},
    "a frame's top": {"top_origin": "https://evil.test"},
    "another challenge": {"challenge": urlsafe_b64encode(urandom(32)).rstrip(b"=").decode()},
    "another relying party": {"rp_id": "evil.test"},
    "nobody there": {"flags": 0},
    "a backup that can't be": {"flags": UP | 0x10},
    "another signature": {"signature": b"0" * 70},
}


@pytest.mark.requirement("S54")
@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_answer_is_refused_and_the_right_one_works_after_it(
    sqlite_risky_world: World, wrong: str
) -> None:
    key = SoftwareKey()
    visitor = await _owning(sqlite_risky_world, key)
    assert await _is_refused(visitor, key.get(await asked_of_key(visitor), **WRONG[wrong]))
    assert await sqlite_risky_world.rows("SELECT 1 FROM passkey WHERE flagged_at IS NOT NULL") == []
    await sign(visitor, key)
    assert "code" in answer(visitor.page)


MALFORMED = {
    "no JSON": "{",
    "a text": '"credential"',
    "a number": "1",
    "null": "null",
    "a list": "[]",
    "empty": "{}",
    "no response": '{"id": "AA", "rawId": "AA", "type": "public-key"}',
    "numbers": '{"id": 1, "rawId": 2, "type": 3, "response": {"clientDataJSON": 4}}',
    "deep": "[" * 5_000 + "]" * 5_000,
    "too long": json.dumps({"id": "A" * 20_000}),
    "another kind": '{"id": "AA", "rawId": "AA", "type": "password", "response": {}}',
    "surrogates": '{"id": "\\ud800", "rawId": "\\ud800", "type": "public-key", "response": {}}',
}


@pytest.mark.parametrize("malformed", MALFORMED)
async def test_malformed_answer_is_refused(sqlite_risky_world: World, malformed: str) -> None:
    visitor = await _owning(sqlite_risky_world, SoftwareKey())
    assert await _is_refused(visitor, MALFORMED[malformed])


async def test_huge_answer_is_refused(sqlite_risky_world: World) -> None:
    visitor = await _owning(sqlite_risky_world, SoftwareKey())
    response = await submit_raw(visitor, credential="A" * 2_000_000)
    assert response.status_code in (413, 422)


async def test_button_without_a_script_says_what_is_missing(sqlite_risky_world: World) -> None:
    visitor = await _owning(sqlite_risky_world, SoftwareKey())
    page = await visitor.press("continue")
    assert page.status_code == 422
    assert "That needs JavaScript" in page.text


@pytest.mark.requirement("S56")
class TestCounterThatGoesBack:
    @pytest.mark.parametrize("count", [0, 1, 2])
    async def test_refuses_flags_mails_and_offers_other_ways(self, risky_world: World, count: int) -> None:
        key = SoftwareKey()
        await give_factors(risky_world.house, risky_world.people["alice"].subject_id)
        visitor = await _owning(risky_world, key)
        await visitor.press("other-way")
        await visitor.press("security-key")
        copy = key.copied()
        await sign(visitor, key)
        assert "code" in answer(visitor.page)
        visitor = await owe_factor(risky_world, ALICE)
        await sign(visitor, key)
        await delivered(risky_world)
        # Somebody has a copy from before, and is a signature or more behind.
        visitor = await owe_factor(risky_world, ALICE)
        page = await sign(visitor, copy, count=count)
        assert page.status_code == 422
        assert "That key answered as a copy of it would" in page.text
        assert "Try another way" in page.text
        assert await risky_world.rows("SELECT flagged_at FROM passkey") == [(risky_world.clock.now(),)]
        (mail,) = await delivered(risky_world)
        assert mail.to == "alice@example.test"
        assert "Blue key" in mail.text
        assert (await proof_failures(risky_world))[-1] == ("security-key", "copied_key")
        # The true key is asked no more either; the other ways are.
        page = await visitor.look()
        assert 'name="way" value="totp"' in page.text
        await visitor.enter(BACKUP_CODES[0])
        assert "code" in answer(visitor.page)

    async def test_only_key_leads_to_support(self, sqlite_risky_world: World) -> None:
        key = SoftwareKey()
        visitor = await _owning(sqlite_risky_world, key)
        await sign(visitor, key)
        visitor = await owe_factor(sqlite_risky_world, ALICE)
        await sign(visitor, key, count=1)
        await visitor.look()
        assert "No way is left to prove that it’s you" in visitor.page.text

    async def test_keys_that_do_not_count_are_fine(self, sqlite_risky_world: World) -> None:
        key = SoftwareKey(counts=False)
        for _ in range(2):
            if not key.credentials:
                await give_key(sqlite_risky_world, "alice", key, two_factor=True)
            visitor = await owe_factor(sqlite_risky_world, ALICE)
            await sign(visitor, key)
            assert "code" in answer(visitor.page)

    async def test_signatures_that_cross_count_once(self, risky_world: World) -> None:
        """Two sign-ins whose signatures arrive in the wrong order: the older one is behind."""
        key = SoftwareKey()
        await give_key(risky_world, "alice", key, two_factor=True)
        one, two = await owe_factor(risky_world, ALICE), await owe_factor(risky_world, ALICE)
        older, newer = key.get(await asked_of_key(one)), key.get(await asked_of_key(two))
        await two.press("continue", credential=newer)
        assert "code" in answer(two.page)
        assert (await one.press("continue", credential=older)).status_code == 422


async def test_challenges_cannot_be_heaped_up(risky_world: World) -> None:
    visitor = await _owning(risky_world, SoftwareKey())
    responses = await asyncio.gather(*[submit_raw(visitor, action="options") for _ in range(60)])
    refused = [response for response in responses if response.status_code == 429]
    assert len(responses) - len(refused) == 20
    assert refused[0].json() == {"message": "You have tried very often. Wait a minute, then try again."}
    assert int(refused[0].headers["retry-after"]) >= 1
    assert await risky_world.rows("SELECT count(*) FROM challenge") == [(20,)]


async def test_options_need_the_token_of_the_form(sqlite_risky_world: World) -> None:
    visitor = await _owning(sqlite_risky_world, SoftwareKey())
    response = await visitor.browser.http.post(visitor.path, data={"action": "options"})
    assert response.status_code == 403
    assert await sqlite_risky_world.rows("SELECT 1 FROM challenge") == []


async def test_key_made_as_passkey_is_a_second_factor_too(sqlite_risky_world: World) -> None:
    key = SoftwareKey.synced()
    await give_key(sqlite_risky_world, "alice", key, is_passkey=True, two_factor=True)
    visitor = await owe_factor(sqlite_risky_world, ALICE)
    await sign(visitor, key)
    assert "code" in answer(visitor.page)
    browser = sqlite_risky_world.browser()
    assert "code" in answer(await sign_in_with_passkey(browser, key))
