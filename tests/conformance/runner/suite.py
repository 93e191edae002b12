"""The API of a running official suite, as far as running plans needs it."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2

# The suite ends a long poll by itself after 30 seconds.
_POLL_MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module of a created plan, with the variant that the plan gives it."""

    name: str
    variant: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An address that somebody has to open in a browser."""

    url: str
    method: str


class Suite:
    """Talks to the suite at `url`, whose certificate `trusted` vouches for. `token` is for suites that want one."""

    def __init__(self, url: str, *, trusted: ssl.SSLContext, token: str = "") -> None:
        self.url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.AsyncClient(
            base_url=self.url, verify=trusted, timeout=60, trust_env=False, headers=headers
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def version(self) -> str:
        """The suite's release."""
        answer = await self._json("GET", "/api/server")
        return str(answer.get("version", ""))

    async def create_plan(
        self, name: str, variant: Mapping[str, str], configuration: Mapping[str, Any]
    ) -> tuple[str, tuple[Module, ...]]:
        """Answers its id, and the modules that apply to the variant, in the suite's order."""
        answer = await self._json(
            "POST",
            "/api/plan",
            params={"planName": name, "variant": json.dumps(variant)},
            json=dict(configuration),
        )
        modules = (
            Module(name=one["testModule"], variant=one.get("variant") or {}) for one in answer["modules"]
        )
        return str(answer["id"]), tuple(modules)

    async def create_module(self, plan_id: str, module: Module) -> str:
        """Answers its id. Most modules start by themselves as soon as they are configured."""
        parameters = {"test": module.name, "plan": plan_id, "variant": json.dumps(dict(module.variant))}
        answer = await self._json(
            "POST", "/api/runner", params=parameters, headers={"content-type": "application/json"}
        )
        return str(answer["id"])

    async def start(self, module_id: str) -> None:
        await self._json("POST", f"/api/runner/{module_id}")

    async def cancel(self, module_id: str) -> None:
        """It may have ended meanwhile."""
        await self._http.delete(f"/api/runner/{module_id}")

    async def wait(self, module_id: str, *states: str) -> str:
        """Wait a moment for one of `states`; answers its state, whichever that is then."""
        parameters: dict[str, str] = {"states": ",".join(states), "timeoutMs": str(_POLL_MILLISECONDS)}
        await self._http.get(f"/api/runner/{module_id}/wait-state", params=parameters)
        return str((await self.info(module_id))["status"])

    async def info(self, module_id: str) -> dict[str, Any]:
        """Its `status` and, once that is FINISHED or INTERRUPTED, its `result`."""
        return await self._json("GET", f"/api/info/{module_id}")

    async def log(self, module_id: str) -> list[dict[str, Any]]:
        """What it did and found, in order."""
        answer: list[dict[str, Any]] = (
            (await self._http.get(f"/api/log/{module_id}")).raise_for_status().json()
        )
        return answer

    async def visits(self, module_id: str) -> tuple[Visit, ...]:
        """Addresses that nobody has opened yet; none where it has ended."""
        answer = await self._http.get(f"/api/runner/{module_id}")
        browser = answer.json().get("browser", {}) if answer.status_code == 200 else {}
        return tuple(Visit(url=one["url"], method=one["method"]) for one in browser.get("urlsWithMethod", []))

    async def visited(self, module_id: str, visit: Visit) -> None:
        await self._http.post(f"/api/runner/browser/{module_id}/visit", params={"url": visit.url})

    async def placeholders(self, module_id: str) -> tuple[str, ...]:
        """Pictures that it waits for."""
        return tuple(entry["upload"] for entry in await self.log(module_id) if "upload" in entry)

    async def upload(self, module_id: str, placeholder: str, picture: str) -> None:
        """Fill in a placeholder with a `data:` address."""
        path = f"/api/log/{module_id}/images/{placeholder}"
        answer = await self._http.post(path, content=picture, headers={"content-type": "text/plain"})
        answer.raise_for_status()

    async def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        response = await self._http.request(method, path, **request)
        if response.is_error:
            raise SuiteRefused(f"{method} {path}: {response.status_code} {response.text[:500]}")
        answer: dict[str, Any] = response.json()
        return answer


class SuiteRefused(Exception):
    """The suite answered with an error of its own."""
