"""Debian's own Firefox, driven through the WebDriver BiDi socket that it brings: no driver beside it.

W3C WebDriver BiDi. A person's acts are input actions, which the browser itself turns into events.
"""

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.processes import free_port, running
from tests.support.programs import FIREFOX
from tests.support.waiting import until

# Nothing in the background: what the network sees is what the test does.
_PREFERENCES: Mapping[str, str | int | bool] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "fr-FR, fr",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
}
TAB, ENTER = "\ue004", "\ue007"


class Firefox:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._context = ""

    async def begin(self) -> None:
        await self._command("session.new", capabilities={})
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def open(self, url: str) -> None:
        """Go to an address, and wait until the page that it leads to is complete."""
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def back(self) -> None:
        await self._command("browsingContext.traverseHistory", context=self._context, delta=-1)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self._command(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    async def text(self, selector: str) -> str:
        """What an element shows. Raises if there is none."""
        text: str = await self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText.trim()")
        return text

    async def wait_for(self, url: str, selector: str = "body") -> None:
        """Until the page at an address is complete and has an element."""
        condition = (
            f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'"
            f" && document.querySelector({json.dumps(selector)}) !== null"
        )

        async def is_there() -> bool:
            try:
                return bool(await self.evaluate(condition))
            except RuntimeError:
                return False  # Between two pages there is none to ask.

        await until(is_there, within_seconds=30, what=f"{selector} at {url}")

    async def click(self, selector: str) -> None:
        """A click of the mouse in the middle of an element, which a person would scroll to first."""
        await self.evaluate(
            f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        )
        origin = {"type": "element", "element": {"sharedId": await self._locate(selector)}}
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": actions})

    async def type(self, selector: str, text: str) -> None:
        """Choose a field, and type on the keyboard."""
        await self.click(selector)
        await self.press(text)

    async def press(self, keys: str) -> None:
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": actions})

    async def _locate(self, selector: str) -> str:
        locator = {"type": "css", "value": selector}
        answer = await self._command("browsingContext.locateNodes", context=self._context, locator=locator)
        shared: str = answer["nodes"][0]["sharedId"]
        return shared

    async def _act(self, source: Mapping[str, Any]) -> None:
        await self._command("input.performActions", context=self._context, actions=[source])

    async def _command(self, method: str, **params: Any) -> Any:
        """Events and other answers that arrive meanwhile are of no interest: one command runs at a time."""
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == number:
                break
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]


@asynccontextmanager
async def open_firefox(profile: Path) -> AsyncIterator[Firefox]:
    """A headless Firefox with an empty profile that speaks French."""
    port = free_port()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command: list[str | Path] = [FIREFOX.get(), "--headless", "--no-remote", "--profile", profile]
    command += ["--remote-debugging-port", str(port)]
    ready = f"WebDriver BiDi listening on ws://127.0.0.1:{port}"
    with running(command, ready=ready, environment={"HOME": str(profile)}, within_seconds=90):
        async with connect(f"ws://127.0.0.1:{port}/session", proxy=None, max_size=2**26) as socket:
            firefox = Firefox(socket)
            await firefox.begin()
            yield firefox
