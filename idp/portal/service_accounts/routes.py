"""Which address leads to which page of service accounts."""

from starlette.routing import BaseRoute

from idp.login.front_door import FrontDoor
from idp.portal.service_accounts import creating, deleting, managing
from idp.portal.service_accounts.acting import DELETE_PATH, NEW_PATH, ONE_PATH
from idp.portal.visit import own_page


def service_account_routes(door: FrontDoor) -> list[BaseRoute]:
    return [
        own_page(door, NEW_PATH, show=creating.show, submit=creating.submit, is_sensitive=True),
        own_page(door, ONE_PATH, show=managing.show, submit=managing.submit),
        own_page(door, DELETE_PATH, show=deleting.show, submit=deleting.submit, is_sensitive=True),
    ]
