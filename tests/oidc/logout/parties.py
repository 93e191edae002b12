"""Applications that want to know when somebody signs out, and what they are told."""

from dataclasses import dataclass
from typing import Any

from idp.app.delivering import delivery_of
from idp.clients.registration import register_client
from idp.events.delivery import Delivery
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from idp.web.locale import Catalogues
from idp.web.pages import template_folders
from tests.oauth.wire import Tokens, success
from tests.support.world import Browser, World, asked

HTML = {"accept": "text/html"}
CALLBACK = "https://{}.example.test/callback"
BACK = "https://{}.example.test/signed-out"
TOLD = "https://{}.example.test/told?of=us"


async def register(world: World, client_id: str, **metadata: Any) -> Client:
    """A first-party application with an address of its own, whose secret is as its neighbours'."""
    client = Client(
        client_id=ClientId(client_id),
        client_name=client_id.title(),
        **{
            "redirect_uris": (CALLBACK.format(client_id),),
            "post_logout_redirect_uris": (BACK.format(client_id),),
            "scopes": frozenset({"openid", "profile", "email", "offline_access"}),
            "grant_types": frozenset({"authorization_code", "refresh_token"}),
            "is_first_party": True,
            **metadata,
        },
    )
    house = world.house
    await register_client(
        *(house.database, house.audit, house.entropy),
        Occasion(now=world.clock.now(), actor="system"),
        client,
        secret=f"{client_id}-secret",
    )
    return client


async def register_listener(world: World, client_id: str = "shop", **metadata: Any) -> None:
    """One that is told behind the scenes, at `TOLD`."""
    await register(world, client_id, backchannel_logout_uri=TOLD.format(client_id), **metadata)


def asking(client_id: str, **parameters: str) -> dict[str, str]:
    """The parameters of an authorization request by one of them."""
    return asked(**{"client_id": client_id, "redirect_uri": CALLBACK.format(client_id), **parameters})


async def sign_in(browser: Browser, client_id: str, *, whose: str = "aa11111-ovh", **more: str) -> Tokens:
    """Sign in at an application, by the session if the browser has one."""
    response = await browser.authorize(**asking(client_id, **more))
    if response.status_code == 200:
        page = await browser.submit(response, username=whose, password="correct horse battery")
        response = await browser.follow(page)
    return success(await browser.redeem(response, client_id))


def claims_of(world: World, token: str, typ: str = "JWT") -> dict[str, Any]:
    return world.house.keyring.verify(token, typ=typ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A logout token, whose signature is ours, and where it went."""

    address: str
    token: str
    claims: dict[str, Any]


def delivery(world: World) -> Delivery:
    """A node's."""
    settings = world.house.settings
    catalogues = Catalogues([folder / "locale" for folder in template_folders()], settings.language.offered)
    return delivery_of(world.house, catalogues)


async def deliver(world: World) -> list[Told]:
    """Deliver what is due; what was posted by that."""
    before = len(world.outside.posted)
    await delivery(world).deliver_due()
    told = []
    for address, form in world.outside.posted[before:]:
        assert form.keys() == {"logout_token"}
        token = form["logout_token"]
        is_encrypted = token.count(".") == 4
        told.append(
            Told(
                address=address,
                token=token,
                claims={} if is_encrypted else claims_of(world, token, "logout+jwt"),
            )
        )
    return told
