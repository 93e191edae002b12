"""An application whose row can't be read takes nobody else's messages with it."""

from sqlalchemy import text

from idp.store.statement import Write
from tests.oidc.logout.parties import HTML, deliver, register, sign_in
from tests.support.world import World


async def test_a_client_that_can_not_be_read_stops_no_delivery(sqlite_world: World) -> None:
    world = sqlite_world
    for name in ("shop", "forum"):
        await register(world, name, backchannel_logout_uri=f"https://{name}.example.test/told")
    broken, whole = world.browser(headers=HTML), world.browser(headers=HTML)
    await sign_in(broken, "shop")
    token = (await sign_in(whole, "forum"))["id_token"]
    await broken.submit(await broken.get("/logout"))
    spoilt = Write(
        text("UPDATE client SET metadata = '{\"application_type\": \"toaster\"}' WHERE client_id = 'shop'")
    )
    assert await world.house.database.apply([spoilt.effect()])
    world.clock.pass_(600)

    await whole.get("/logout", params={"id_token_hint": token})

    assert [one.claims["aud"] for one in await deliver(world)] == ["forum"]
