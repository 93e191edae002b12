"""An API that `idp.resource` guards, and its issuer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.resource import ResourceServer, Token
from tests.resource.issuing import API, ISSUER, Moment, SmallIssuer


@dataclass(kw_only=True)
class GuardedApi:
    """`options` are further arguments of the ResourceServer, which is built when it is first asked."""

    issuer: SmallIssuer = field(default_factory=SmallIssuer)
    clock: Moment = field(default_factory=Moment)
    options: dict[str, Any] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    opened: list[httpx2.AsyncClient] = field(default_factory=list)
    http: httpx2.AsyncClient | None = None

    async def get(
        self, path: str = "/invoices", *, token: str = "", scheme: str = "Bearer", **kwargs: Any
    ) -> httpx2.Response:
        headers = dict(kwargs.pop("headers", {}))
        if token:
            headers["authorization"] = f"{scheme} {token}"
        if self.http is None:
            self.http = self.built()
        return await self.http.get(path, headers=headers, **kwargs)

    async def proven(self, token: str, proof: str) -> httpx2.Response:
        return await self.get(token=token, scheme="DPoP", headers={"dpop": proof})

    def built(self) -> httpx2.AsyncClient:
        guard = ResourceServer(
            issuer=ISSUER,
            audience=API,
            clock=self.clock,
            scopes=("invoices:read", "invoices:pay"),
            name="Invoices",
            connect=self.issuer.http,
            **self.options,
        )

        @guard.requires("invoices:read")
        async def invoices(request: Request) -> Response:
            self.tokens.append(request.state.token)
            return JSONResponse({"sub": request.state.token.sub})

        @guard.requires("invoices:pay", acr=("2", "3"), max_age=300)
        async def payment(request: Request) -> Response:
            return JSONResponse({})

        routes = [
            Route("/invoices", invoices),
            Route("/files/{name:path}", invoices),
            Route("/payment", payment),
            *guard.routes(),
        ]
        transport = httpx2.ASGITransport(app=Starlette(routes=routes), client=("192.0.2.9", 1))
        self.opened.append(client := httpx2.AsyncClient(transport=transport, base_url=API))
        return client


@pytest.fixture
async def api() -> AsyncIterator[GuardedApi]:
    guarded = GuardedApi()
    yield guarded
    for client in guarded.opened:
        await client.aclose()
