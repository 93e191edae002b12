"""Which address leads to which of the customer's own pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS
from idp.portal import (
    applications,
    blocking,
    delegation_history,
    delegation_offer,
    delegations,
    devices,
    enrol,
    home,
    new_password,
    not_me,
    password,
    profile,
    removing,
    security,
    setting_up,
)
from idp.portal.addresses.routes import address_routes
from idp.portal.case_cancel import case_cancel_routes
from idp.portal.forgot import pages as forgot
from idp.portal.privacy import privacy_routes
from idp.portal.service_accounts.routes import service_account_routes
from idp.portal.signing_up.routes import sign_up_routes
from idp.portal.visit import Visit, own_page
from idp.records.ports import PasswordHasher


def portal_routes(door: FrontDoor, *, hasher: PasswordHasher) -> list[BaseRoute]:
    home_path, applications_path, *_ = LOCAL_PATHS

    async def enrolment(request: Request) -> Response:
        if request.method == "POST":
            return await enrol.submit(door, request, hasher=hasher)
        return await enrol.show(door, request)

    async def reporting(request: Request) -> Response:
        return await (not_me.submit if request.method == "POST" else not_me.show)(door, request)

    async def choosing(request: Request) -> Response:
        if request.method == "POST":
            return await new_password.submit(door, request, hasher=hasher)
        return await new_password.show(door, request)

    async def ways_back(request: Request) -> Response:
        return await (forgot.submit if request.method == "POST" else forgot.show)(door, request)

    async def mail_sent(request: Request) -> Response:
        return await forgot.sent(door, request)

    async def changing(visit: Visit) -> Response:
        return await password.submit(visit, hasher=hasher)

    return [
        *privacy_routes(door),
        own_page(door, home_path, show=home.show),
        own_page(door, applications_path, show=applications.show, submit=applications.submit),
        *service_account_routes(door),
        own_page(door, devices.PATH, show=devices.show, submit=devices.submit),
        own_page(door, devices.FORMER_PATH, show=devices.moved, submit=devices.moved),
        own_page(door, security.PATH, show=security.show, submit=security.submit),
        *(own_page(door, path, show=setting_up.show, submit=setting_up.submit) for path in setting_up.PATHS),
        own_page(
            door,
            removing.REMOVE_PATH,
            show=removing.show_remove,
            submit=removing.submit_remove,
            is_sensitive=True,
        ),
        own_page(
            door,
            removing.TURN_OFF_PATH,
            show=removing.show_turn_off,
            submit=removing.submit_turn_off,
            is_sensitive=True,
        ),
        *sign_up_routes(door, hasher=hasher),
        *address_routes(door),
        *_delegation_routes(door),
        own_page(door, profile.PATH, show=profile.show, submit=profile.submit),
        Route("/enrol/{link}", enrolment, methods=["GET", "POST"]),
        *case_cancel_routes(door),
        Route("/not-me/{link}", reporting, methods=["GET", "POST"]),
        Route("/new-password/{link}", choosing, methods=["GET", "POST"]),
        own_page(door, password.PATH, show=password.show, submit=changing),
        own_page(door, blocking.PATH, show=blocking.show, submit=blocking.submit),
        Route(forgot.PATH, ways_back, methods=["GET", "POST"]),
        Route(forgot.SENT_PATH, mail_sent, methods=["GET"]),
    ]


def _delegation_routes(door: FrontDoor) -> list[BaseRoute]:
    if not door.settings.delegation.enabled:
        return []
    offer = delegation_offer
    return [
        own_page(door, delegations.PATH, show=delegations.show, submit=delegations.submit),
        own_page(door, offer.PATH, show=offer.show, submit=offer.submit, is_sensitive=True),
        own_page(door, delegation_history.PATH, show=delegation_history.show),
    ]
