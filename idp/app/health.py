"""Liveness and readiness. Alive means that the process answers; ready, that it can sign people in."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from idp.app.house import House
from idp.store.database import DatabaseUnavailable
from idp.store.migrations.revision import pending_revisions
from idp.web.protocol import Drain


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    house: House
    drain: Drain

    async def alive(self, request: Request) -> Response:
        return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})

    async def ready(self, request: Request) -> Response:
        """503 with the names of what is missing: database, migrations, keys, or that we are on the way out."""
        problems = ["draining"] if self.drain.is_draining else await self._problems()
        body = {"ready": not problems, "problems": problems}
        return JSONResponse(body, 503 if problems else 200, headers={"cache-control": "no-store"})

    async def _problems(self) -> list[str]:
        try:
            if await pending_revisions(self.house.database):
                return ["migrations"]
            await self.house.keyring.refresh(self.house.clock.now())
        except DatabaseUnavailable:
            return ["database"]
        return ["keys"] if self.house.keyring.unable() else []
