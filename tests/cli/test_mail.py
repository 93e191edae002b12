"""`idp mail`: the log without words, trying again, and previews."""

import asyncio
from pathlib import Path

from idp.events.outbox import Outbox
from idp.store.outbox import CLAIM_MESSAGE, FINISH_MESSAGE, POSTPONE_MESSAGE
from tests.cli.conftest import Commands
from tests.events.posting import SAMPLES
from tests.support.rooms import NOW, Rooms, open_rooms


async def _write(rooms: Rooms, number: int, subject_id: str | None = None) -> str:
    outbox = Outbox(entropy=rooms.entropy, root_keys=rooms.root_keys)
    effect = outbox.mail(
        "email-code",
        to="alice@demo.test",
        locale="en",
        context=SAMPLES["email-code"],
        subject_id=subject_id,
        now=NOW + number,
    )
    assert await rooms.db.apply([effect])
    return str(effect.values["message_id"])


async def _refuse(rooms: Rooms, message_id: str) -> None:
    effects = [
        CLAIM_MESSAGE.effect(expects=1, of_message=message_id, seen_attempts=0, now=NOW + 9, until=NOW + 99),
        FINISH_MESSAGE.effect(
            expects=1,
            of_message=message_id,
            own_attempts=1,
            outcome="failed",
            its_reply="550 5.1.1",
            now=NOW + 10,
        ),
    ]
    assert await rooms.db.apply(effects)


async def _one_dead_one_waiting(database_url: str) -> tuple[str, str]:
    async with open_rooms(database_url) as rooms:
        alice = await rooms.customer(primary_email="alice@demo.test")
        dead = await _write(rooms, 1, alice.subject_id)
        await _refuse(rooms, dead)
        return dead, await _write(rooms, 2)


def test_the_log_shows_what_was_sent_and_never_what_it_said(idp_on_both: Commands, database_url: str) -> None:
    dead, waiting = asyncio.run(_one_dead_one_waiting(database_url))
    listed = idp_on_both.json("mail", "list")
    assert [line["message_id"] for line in listed] == [waiting, dead]
    assert [line["status"] for line in listed] == ["queued", "failed"]
    assert [line["message_id"] for line in idp_on_both.json("mail", "list", "--status", "failed")] == [dead]
    assert [line["message_id"] for line in idp_on_both.json("mail", "list", "--before", waiting)] == [dead]
    of_alice = idp_on_both.json("mail", "list", "--account", "alice@demo.test")
    assert [line["message_id"] for line in of_alice] == [dead]
    shown = idp_on_both.json("mail", "show", dead)
    assert shown["reply"] == "550 5.1.1"
    assert shown["finished_at"] == "2027-01-15T08:00:10Z"
    printed = idp_on_both.text("mail", "list") + idp_on_both.text("mail", "show", dead) + str(listed)
    assert "a•••@d•••.test" in printed
    for secret in ("1234", "alice@", "demo.test", "not-me", "Lille"):
        assert secret not in printed


async def _one_dead_two_postponed(database_url: str) -> list[str]:
    async with open_rooms(database_url) as rooms:
        messages = [await _write(rooms, number) for number in range(3)]
        await _refuse(rooms, messages[0])
        later = [
            POSTPONE_MESSAGE.effect(
                of_message=message, own_attempts=0, next_at=2_000_000_000, its_reply="450"
            )
            for message in messages[1:]
        ]
        assert await rooms.db.apply(later)
        return messages


def test_what_waits_is_tried_at_once(idp_on_both: Commands, database_url: str) -> None:
    dead, one, two = asyncio.run(_one_dead_two_postponed(database_url))
    due = {line["message_id"]: line["due_at"] for line in idp_on_both.json("mail", "list")}
    idp_on_both.text("mail", "retry", one)
    now_due = {line["message_id"]: line["due_at"] for line in idp_on_both.json("mail", "list")}
    assert now_due[one] < due[one]
    assert now_due[two] == due[two]
    idp_on_both.text("mail", "retry")
    assert idp_on_both.json("mail", "show", two)["due_at"] < due[two]
    assert "its words are erased" in idp_on_both.refused("mail", "retry", dead)
    assert "There is no message nothing" in idp_on_both.refused("mail", "retry", "nothing")
    assert "There is no message nothing" in idp_on_both.refused("mail", "show", "nothing")


def test_every_mail_can_be_looked_at(idp: Commands, tmp_path: Path) -> None:
    printed = idp.text("mail", "preview", "email-code", "--language", "fr")
    assert "1234 5678 est votre code de connexion" in printed
    assert "1234 5678 is your code" not in printed
    folder = tmp_path / "previews"
    idp.text("mail", "preview", "--folder", str(folder))
    names = {file.name for file in folder.iterdir()}
    assert {"email-code-1-en.html", "email-code-1-fr.txt", "sms-code-1-en.txt"} <= names
    assert "sms-code-1-en.html" not in names
    assert "nl is not in [language] offered" in idp.refused("mail", "preview", "--language", "nl")
