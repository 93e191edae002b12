"""A television, and what its owner does on their phone."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from idp.clients.registration import register_client
from idp.oauth.grants.device_code import GRANT_TYPE
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.support.world import ISSUER, START, Browser, World, basic

TV_AGENT = "Television/2.1 (living room)"
OPEN = "openid profile offline_access"


async def register_devices(world: World) -> None:
    """`tv` is public and somebody else's; `console` is confidential and ours; `kiosk` asks for two factors; `printer`
    may ask for nothing but what lives with the session.
    """
    scopes = frozenset({"openid", "profile", "email", "offline_access", "invoices:read"})
    grants = frozenset({GRANT_TYPE, "refresh_token"})
    await register_one(world, "tv", scopes=scopes, grant_types=grants, client_uri="https://tv.example.test/")
    await register_one(
        world, "printer", scopes=scopes - {"offline_access"}, grant_types=frozenset({GRANT_TYPE})
    )
    await register_one(
        world, "kiosk", scopes=scopes, grant_types=grants, minimum_acr="2", is_first_party=True
    )
    await register_one(
        world,
        "console",
        secret="console-secret",
        scopes=scopes,
        grant_types=grants,
        is_first_party=True,
        token_endpoint_auth_method="client_secret_basic",
    )


async def register_one(world: World, client_id: str, *, secret: str | None = None, **metadata: Any) -> None:
    usual: dict[str, Any] = {
        "token_endpoint_auth_method": "none",
        "grant_types": frozenset({GRANT_TYPE}),
        "response_types": frozenset(),
        "scopes": frozenset({"openid"}),
    }
    client = Client(
        client_id=ClientId(client_id), client_name=client_id.capitalize(), **{**usual, **metadata}
    )
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


@dataclass(kw_only=True)
class Device:
    """A device that asked for codes."""

    world: World
    client: str
    http: Browser
    codes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def begun(
        cls, world: World, client: str = "tv", *, scope: str = OPEN, address: str = "192.0.2.1", **form: str
    ) -> "Device":
        device = cls(
            world=world, client=client, http=world.browser(address=address, headers={"user-agent": TV_AGENT})
        )
        response = await device.ask(scope=scope, **form)
        assert response.status_code == 200, response.text
        device.codes = response.json()
        return device

    @property
    def user_code(self) -> str:
        return str(self.codes["user_code"])

    async def ask(self, **form: str) -> httpx2.Response:
        return await self.send("/device_authorization", form)

    async def poll(self, *, later: int = 5, **form: str) -> httpx2.Response:
        """Ask for the tokens, so much later."""
        self.world.clock.pass_(later)
        asked = {"grant_type": GRANT_TYPE, "device_code": self.codes["device_code"]}
        return await self.send("/token", {**asked, **form})

    async def send(self, path: str, form: dict[str, str]) -> httpx2.Response:
        if self.client == "console":
            return await self.http.http.post(path, data=form, headers={"authorization": basic("console")})
        return await self.http.http.post(path, data={"client_id": self.client, **form})


async def signed_in(world: World, identifier: str = "aa11111-ovh", *, address: str = "192.0.2.1") -> Browser:
    browser = world.browser(address=address)
    await browser.sign_in(identifier)
    return browser


async def entered(browser: Browser, code: str) -> httpx2.Response:
    """The answer to a code: the page that asks, or the form again."""
    page = await browser.get("/device")
    return await browser.follow(await browser.submit(page, "device-code", user_code=code))


async def answered(browser: Browser, page: httpx2.Response, action: str) -> httpx2.Response:
    return await browser.follow(await browser.submit(page, "device-approve", action=action))


async def approve(world: World, device: Device, browser: Browser | None = None) -> httpx2.Response:
    """Alice, in a browser of her own unless it says otherwise, allows it."""
    browser = browser or await signed_in(world)
    page = await entered(browser, device.user_code)
    return await answered(browser, page, "allow")


def address(path: str) -> str:
    return f"{ISSUER}{path}"
