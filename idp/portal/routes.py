"""Which address leads to which of the customer's own pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS
from idp.portal import applications, enrol, forgot, home, sessions
from idp.portal.visit import own_page
from idp.records.ports import PasswordHasher


def portal_routes(door: FrontDoor, *, hasher: PasswordHasher) -> list[BaseRoute]:
    home_path, applications_path, sessions_path, *_ = LOCAL_PATHS

    async def enrolment(request: Request) -> Response:
        if request.method == "POST":
            return await enrol.submit(door, request, hasher=hasher)
        return await enrol.show(door, request)

    async def ways_back(request: Request) -> Response:
        return await forgot.show(door, request)

    return [
        own_page(door, home_path, show=home.show),
        own_page(door, applications_path, show=applications.show, submit=applications.submit),
        own_page(door, sessions_path, show=sessions.show, submit=sessions.submit),
        Route("/enrol/{link}", enrolment, methods=["GET", "POST"]),
        Route("/forgot", ways_back, methods=["GET"]),
    ]
