"""Codes as texts: how they are made, written, read and compared."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.login.codes import (
    Alphabet,
    canonical_code,
    grouped,
    is_right,
    looks_like_code,
    make_code,
    matches,
    secret_for,
)
from idp.records.account import SubjectId
from idp.records.factor import Challenge
from idp.signing.secrets import Purpose, Secret, Secrets, add_secret
from tests.support.world import World

NOW = 1_800_000_000
SECRET = Secret(secret_id="code-1", purpose=Purpose.CODE, value=b"s" * 32)


class Dice:
    """Entropy that a test sets."""

    def __init__(self, number: int) -> None:
        self.number = number

    def token_bytes(self, length: int) -> bytes:
        return self.number.to_bytes(length, "big")

    def uuid7(self, now: int) -> str:
        return f"{now:032x}"


def challenge(**fields: object) -> Challenge:
    ordinary: dict[str, object] = {
        "challenge_id": "i1.email-code.000001",
        "kind": "email-code",
        "interaction_id": "i1",
        "session_id": None,
        "subject_id": SubjectId("s1"),
        "digest": b"d" * 32,
        "former_digest": None,
        "former_until": None,
        "key_id": "code-1",
        "message_id": None,
        "recipient": "",
        "sealed": None,
        "root_key_id": None,
        "tries_left": 5,
        "sends": 1,
        "sent_at": NOW,
        "created_at": NOW,
        "expires_at": NOW + 600,
        "redeemed_at": None,
        "ended_at": None,
    }
    return Challenge(**{**ordinary, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "text"), [("12345678", "1234 5678"), ("00000000", "0000 0000"), ("BCDFGHJK", "BCDF-GHJK")]
)
def test_codes_are_written_in_two_groups(code: str, text: str) -> None:
    assert grouped(code) == text
    assert canonical_code(text) == code


@given(st.integers(0, 2**128 - 1), st.sampled_from(["digits", "letters"]))
def test_what_is_made_can_be_read(number: int, alphabet: Alphabet) -> None:
    code = make_code(Dice(number), SECRET, challenge_id="c1", alphabet=alphabet)
    assert looks_like_code(code.text)
    assert len(canonical_code(code.text)) == 8
    assert code.text not in repr(code)


@given(st.text())
def test_reading_never_fails(text: str) -> None:
    assert canonical_code(canonical_code(text)) == canonical_code(text) or not looks_like_code(text)
    looks_like_code(text)


@pytest.mark.parametrize(
    "text", ["", "1234567", "123456789", "AEIOUAEI", "1234BCDF", "\u0000" * 8, "½½½½½½½½"]
)
def test_what_is_no_code_is_told_apart(text: str) -> None:
    assert not looks_like_code(text)


def test_other_random_numbers_make_other_codes() -> None:
    made = {make_code(Dice(n), SECRET, challenge_id="c", alphabet="letters").text for n in range(400)}
    assert len(made) == 400


def test_a_digest_is_of_one_challenge_alone() -> None:
    one, other = (make_code(Dice(7), SECRET, challenge_id=name, alphabet="digits") for name in ("a", "b"))
    assert one.text == other.text
    assert one.digest != other.digest


def test_the_former_code_counts_until_its_own_end() -> None:
    sent_twice = challenge(former_digest=b"f" * 32, former_until=NOW + 10)
    assert matches(sent_twice, b"d" * 32, now=NOW)
    assert matches(sent_twice, b"f" * 32, now=NOW + 9)
    assert not matches(sent_twice, b"f" * 32, now=NOW + 10)
    assert not matches(sent_twice, b"x" * 32, now=NOW)


def test_without_a_former_code_nothing_empty_matches() -> None:
    assert not matches(challenge(), b"", now=NOW)
    assert not matches(challenge(former_digest=None, former_until=NOW + 10), b"", now=NOW)


async def test_a_challenge_keeps_its_secret_when_a_newer_one_comes(sqlite_world: World) -> None:
    house = sqlite_world.house
    secrets: Secrets = house.secrets
    first = await secret_for(secrets, None, now=NOW)
    code = make_code(Dice(5), first, challenge_id="c1", alphabet="digits")
    begun = challenge(challenge_id="c1", digest=code.digest, key_id=code.key_id)
    await add_secret(house.database, house.root_keys, house.entropy, NOW, purpose=Purpose.CODE)
    await secrets.reload()
    assert (await secret_for(secrets, None, now=NOW)).secret_id != first.secret_id
    assert await secret_for(secrets, begun, now=NOW) == first
    assert await is_right(secrets, begun, code.text, now=NOW)


async def test_a_lost_secret_leaves_codes_wrong_and_new_ones_work(sqlite_world: World) -> None:
    secrets = sqlite_world.house.secrets
    lost = replace(challenge(), key_id="code-99")
    assert not await is_right(secrets, lost, "1234 5678", now=NOW)
    assert await secret_for(secrets, lost, now=NOW) == secrets.newest(Purpose.CODE)
