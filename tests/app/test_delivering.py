"""A running server delivers: what a request commits leaves by itself, and what is old leaves the log."""

import asyncio
from dataclasses import replace

from starlette.types import ASGIApp, Message

from idp.app import House, create_app, open_house
from idp.app.upkeep import Upkeep
from idp.config.settings import Mail
from idp.records.account import Person
from idp.store.outbox import SENDING_OF_MESSAGE, Status
from idp.store.statement import Effect
from tests.events.posting import SAMPLES
from tests.support.mail import delivered, parsed, texts
from tests.support.smtp import open_relay
from tests.support.waiting import until
from tests.support.world import START, World

_DAY = 86_400
SOONER_THAN_POLLED = 4


def _code(house: House, person: Person) -> Effect:
    return house.outbox.mail(
        "email-code",
        to="alice@example.test",
        locale="en",
        context=SAMPLES["email-code"],
        subject_id=person.subject_id,
        now=house.clock.now(),
    )


async def test_a_server_sends_what_was_committed_and_ends_in_order(world: World) -> None:
    async with open_relay() as relay:
        mail = Mail(host="127.0.0.1", port=relay.port, security="none", sender="no-reply@idp.test")
        async with open_house(replace(world.house.settings, mail=mail)) as house:
            app = create_app(house)
            started, stopping = asyncio.Event(), asyncio.Event()
            running = asyncio.create_task(_lifespan(app, started, stopping))
            await started.wait()
            effect = _code(house, world.people["alice"])
            assert await house.database.apply([effect])
            began = asyncio.get_running_loop().time()
            house.outbox.wake()
            await until(lambda: _is_delivered(world, effect), what="the mail")
            assert asyncio.get_running_loop().time() - began < SOONER_THAN_POLLED
            stopping.set()
            await running
    mail_of_alice = parsed(*relay.taken[0])
    assert "aa11111-ovh" in mail_of_alice.text


async def _lifespan(app: ASGIApp, started: asyncio.Event, stopping: asyncio.Event) -> None:
    """What a server says to an application around its life."""
    said = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        if started.is_set():
            await stopping.wait()
        return {"type": next(said)}

    async def send(message: Message) -> None:
        assert not message["type"].endswith("failed"), message
        started.set()

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)


async def _is_delivered(world: World, effect: Effect) -> bool:
    found = await world.house.database.one(SENDING_OF_MESSAGE, of_message=effect.values["message_id"])
    return found is not None and found.status == Status.DELIVERED


async def test_a_world_gives_its_mail_and_texts_to_tests(sqlite_world: World) -> None:
    house, alice = sqlite_world.house, sqlite_world.people["alice"]
    text = house.outbox.sms(
        "sms-code",
        to="+33612345678",
        locale="en",
        context=SAMPLES["sms-code"],
        subject_id=alice.subject_id,
        now=house.clock.now(),
    )
    assert await house.database.apply([_code(house, alice), text])
    (mail,) = await delivered(sqlite_world)
    (sms,) = await texts(sqlite_world)
    assert (mail.to, sms.to) == ("alice@example.test", "+33612345678")
    assert await delivered(sqlite_world) == []


async def test_the_log_is_kept_for_as_long_as_the_operator_likes(world: World) -> None:
    house = world.house
    assert await house.database.apply([_code(house, world.people["alice"])])
    await delivered(world)
    assert await house.database.apply([_code(house, world.people["alice"])])
    upkeep = Upkeep(house=house, holder="node")

    await upkeep.once(START + 90 * _DAY)
    assert len(await world.rows("SELECT 1 FROM outbox")) == 2

    await upkeep.once(START + 90 * _DAY + 1)
    assert await world.rows("SELECT status FROM outbox") == [("queued",)]
