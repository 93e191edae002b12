"""Which address leads to which page of the support desk. Each goes through `staff_page`: there is no other way in."""

from starlette.routing import BaseRoute

from idp.login.front_door import FrontDoor
from idp.support import account, case, documents, queue, search
from idp.support.visit import CASES, HOME, staff_page


def support_routes(door: FrontDoor) -> list[BaseRoute]:
    return [
        staff_page(door, HOME, show=search.show, submit=search.submit),
        staff_page(door, account.PATH, show=account.show, submit=account.submit),
        staff_page(door, CASES, show=queue.show),
        staff_page(door, case.PATH, show=case.show, submit=case.submit),
        staff_page(door, documents.PATH, show=documents.show),
    ]
