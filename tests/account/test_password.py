"""Passwords: what is refused, and what choosing one ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.password import PasswordProblem, context_of, password_problem, set_password
from idp.clients.registration import register_client
from idp.records.client import Client, ClientId
from idp.store.accounts import CREDENTIAL_BY_SUBJECT
from tests.support.rooms import NOW, OCCASION, Rooms


@pytest.mark.requirement("S36", "S37", "S38")
@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.EMPTY),
        ("short", PasswordProblem.TOO_SHORT),
        ("elevenchars", PasswordProblem.TOO_SHORT),
        ("twelve chars", None),
        ("correct horse battery", None),
        ("            ", None),
        ("ÅÅÅÅÅÅÅÅÅÅÅÅ", None),
        ("A\u030a" * 11, PasswordProblem.TOO_SHORT),
        ("x" * 4_096, None),
        ("x" * 4_097, PasswordProblem.TOO_LONG),
        ("\ufdfa" * 4_096, PasswordProblem.TOO_LONG),
        ("aa11111-ovh2026", PasswordProblem.ABOUT_YOU),
        ("AliceMartin1990", PasswordProblem.ABOUT_YOU),
        ("alice@demo.test!", PasswordProblem.ABOUT_YOU),
        ("demo hosting alice", PasswordProblem.ABOUT_YOU),
        ("alice likes zebras", None),
    ],
)
def test_password_is_judged(password: str, problem: PasswordProblem | None) -> None:
    context = ["Demo Hosting", "aa11111-ovh", "alice@demo.test", "", "Alice Martin", "Alice", "Martin"]
    assert password_problem(password, minimum_length=12, context=context) is problem


@pytest.mark.requirement("S38")
@pytest.mark.parametrize(
    "password",
    [
        "ZoeMuller2026",
        "Zoe\u0308 Mu\u0308ller",
        "\uff3a\uff4f\uff45\uff2d\uff55\uff4c\uff4c\uff45\uff521",
        "zoë@müller.example",
        "STRASSENCAFE99",
        "김민준김민준12345",
    ],
)
def test_what_is_known_of_somebody_counts_however_it_is_written(password: str) -> None:
    context = ["Zoë Müller", "zoe@mu\u0308ller.example", "Straßencafé", "김민준"]
    assert password_problem(password, minimum_length=8, context=context) is PasswordProblem.ABOUT_YOU
    assert password_problem(password, minimum_length=8, context=["Bob"]) is None


@given(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=4))
def test_any_password_is_judged(password: str, context: list[str]) -> None:
    if password_problem(password, minimum_length=12, context=context) is None:
        assert len(password) >= 1


async def test_context_is_what_others_know(rooms: Rooms) -> None:
    person = await rooms.customer(primary_email="alice@demo.test", profile={"name": "Alice Martin"})
    context = context_of(person, brand="Demo Hosting")
    assert {"Demo Hosting", person.customer_id, "alice@demo.test", "Alice Martin"} <= set(context)


async def test_password_is_peppered_and_verifies(rooms: Rooms) -> None:
    person = await rooms.customer_with_password("correct horse battery")
    credential = await rooms.db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    assert credential is not None
    assert credential.encoded is not None
    assert credential.pepper_id == "pepper-1"
    pepper = rooms.secrets.find("pepper-1")
    assert pepper is not None
    assert await rooms.hasher.verify("correct horse battery", credential.encoded, pepper=pepper.value)
    assert await rooms.events() == ["account.created", "password.set"]


async def test_new_password_ends_sessions_and_everything_issued(rooms: Rooms) -> None:
    person = await rooms.customer_with_password("correct horse battery")
    bystander = await rooms.customer_with_password("correct horse battery")
    shop = Client(client_id=ClientId("shop"), client_name="Shop")
    await register_client(rooms.db, rooms.audit, rooms.entropy, OCCASION, shop)
    for owner in (person, bystander):
        session_id = await rooms.session(owner)
        await rooms.family(client_id="shop", subject_id=owner.subject_id, session_id=session_id)
        await rooms.family(client_id="shop", subject_id=owner.subject_id, is_offline=1)
    await set_password(
        rooms.db,
        rooms.audit,
        OCCASION,
        person,
        "another horse battery",
        secrets=rooms.secrets,
        hasher=rooms.hasher,
    )
    ended = await rooms.rows("SELECT subject_id, ended_at FROM session")
    assert sorted(ended, key=str) == sorted([(person.subject_id, NOW), (bystander.subject_id, None)], key=str)
    revoked = await rooms.rows("SELECT subject_id, revoked_reason FROM family WHERE revoked_at IS NOT NULL")
    assert revoked == [(person.subject_id, "password_changed")] * 2
