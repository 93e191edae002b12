"""A house becomes a Starlette application: which address leads where, and what surrounds all of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from idp.app.delivering import delivery_of
from idp.app.health import Health
from idp.app.house import House
from idp.app.machines import machine_routes
from idp.app.upkeep import Upkeep
from idp.clients.logos import Logos
from idp.clients.places import Places
from idp.events.delivery import Delivery
from idp.login.application import LOGO_PATH, LogoEndpoint
from idp.login.factors.password import PasswordFactor
from idp.login.front_door import FrontDoor
from idp.login.throttle import Throttle
from idp.oauth.authorize import AuthorizeEndpoint
from idp.oauth.device.pages import DevicePages
from idp.oauth.interactive import SignInPages
from idp.oauth.mint import Mint
from idp.oauth.request_object import RequestObjects
from idp.oauth.request_uri import ReferredObjects
from idp.oidc.logout import iframe
from idp.oidc.logout.endpoint import Logout
from idp.oidc.logout.frames import Frames
from idp.oidc.logout.iframe import CheckSession
from idp.oidc.logout.request import LogoutRequests
from idp.portal.entry import entry_routes
from idp.portal.recovery.routes import recovery_routes
from idp.portal.routes import portal_routes
from idp.support.routes import support_routes
from idp.web.cookies import Cookies
from idp.web.edge import Edge
from idp.web.errors import Boundary, Errors
from idp.web.logging import AccessLog
from idp.web.pages import SIGN_OUT_PATH, Pages
from idp.web.protocol import Drain


def create_app(house: House, *, drain: Drain | None = None) -> ASGIApp:
    """The provider. While it runs (ASGI lifespan) it looks after itself; `drain` makes it unready on the way out."""
    pages = Pages(house.settings, entropy=house.entropy)
    door = _front_door(house, pages)
    mint = Mint(
        settings=house.settings, keyring=house.keyring, root_keys=house.root_keys, entropy=house.entropy
    )
    places = Places(house.database, cache_seconds=house.settings.tokens.client_cache_seconds)
    objects = _request_objects(house)
    health = Health(house=house, drain=drain or Drain())
    errors = Errors(pages)
    application = Starlette(
        routes=[
            *machine_routes(house, mint, objects),
            *_person_routes(house, door, mint, places, objects),
            *DevicePages(door=door).routes(),
            *entry_routes(door, places),
            *portal_routes(door, hasher=house.hasher),
            *recovery_routes(door, proofs=house.domains),
            *support_routes(door),
            Route("/static/{path:path}", pages.static),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
        ],
        exception_handlers=dict(errors.handlers()),
        middleware=[Middleware(Boundary, errors=errors)],
        lifespan=_lifespan(house, delivery_of(house, pages.catalogues)),
    )
    # Its redirect would be built from the request's Host; an address of ours has one spelling.
    application.router.redirect_slashes = False
    return Edge(
        application, settings=house.settings, entropy=house.entropy, observers=[AccessLog(), house.metrics]
    )


def _person_routes(
    house: House, door: FrontDoor, mint: Mint, places: Places, objects: RequestObjects
) -> list[BaseRoute]:
    """What browsers open."""
    sign_in = SignInPages(door=door, mint=mint, client_keys=house.client_keys)
    authorize = AuthorizeEndpoint(door=door, pages=sign_in, objects=objects)
    logout = _logout(house, door, places)
    check_session = CheckSession(door.pages, door.cookies)
    logo = LogoEndpoint(clients=house.clients, logos=Logos(house.outside), clock=house.clock)

    async def home(request: Request) -> Response:
        return RedirectResponse("/account", 303)

    return [
        Route("/", home),
        Route("/authorize", authorize.answer, methods=["GET", "POST"]),
        Route("/sign-in/{interaction}", sign_in.dispatch, methods=["GET"]),
        Route("/sign-in/{interaction}/{step}", sign_in.prompt, methods=["GET", "POST"]),
        Route(LOGO_PATH, logo.answer, methods=["GET"]),
        Route("/logout", logout.endpoint, methods=["GET", "POST"]),
        Route(SIGN_OUT_PATH, logout.reopen, methods=["GET"]),
        Route(SIGN_OUT_PATH, logout.submit, methods=["POST"]),
        Route(iframe.PATH, check_session.endpoint, methods=["GET"]),
    ]


def _logout(house: House, door: FrontDoor, places: Places) -> Logout:
    issuer = house.settings.issuer
    return Logout(
        settings=house.settings,
        database=house.database,
        clock=house.clock,
        entropy=house.entropy,
        requests=LogoutRequests(issuer=issuer, clients=house.clients, places=places, keyring=house.keyring),
        frames=Frames(issuer=issuer, database=house.database, clients=house.clients),
        secrets=house.secrets,
        audit=house.audit,
        outbox=house.outbox,
        pages=door.pages,
        cookies=door.cookies,
    )


def _request_objects(house: House) -> RequestObjects:
    return RequestObjects(
        settings=house.settings,
        keys=house.client_keys,
        keyring=house.keyring,
        referred=ReferredObjects(outside=house.outside),
    )


def _front_door(house: House, pages: Pages) -> FrontDoor:
    return FrontDoor(
        settings=house.settings,
        database=house.database,
        clock=house.clock,
        entropy=house.entropy,
        root_keys=house.root_keys,
        secrets=house.secrets,
        clients=house.clients,
        audit=house.audit,
        metrics=house.metrics,
        pages=pages,
        cookies=Cookies.of(house.settings),
        throttle=Throttle(house.settings.login, secrets=house.secrets, database=house.database),
        password=PasswordFactor(hasher=house.hasher, secrets=house.secrets),
        breaches=house.breaches,
        outbox=house.outbox,
        risk=house.risk,
        geography=house.geography,
        user_agents=house.user_agents,
    )


def _lifespan(house: House, delivery: Delivery) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        upkeep = Upkeep(house=house, holder=house.entropy.token_bytes(8).hex())
        tasks = [asyncio.create_task(upkeep.run_for_ever()), asyncio.create_task(delivery.run_for_ever())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    return lifespan
