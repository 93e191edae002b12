"""What the login prompt shows: its form, and the pages that answer a try without telling more than they must."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.account.links import is_blocked_by_owner
from idp.login.application import about
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.create import sign_up_path
from idp.login.prompts.prompted import Prompted
from idp.records.account import Person
from idp.web.forms import Parameters
from idp.web.headers import Posture
from idp.web.locale import Message

_BUSY_SECONDS = 5


def login_page(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    *,
    status: int = 200,
    identifier: str = "",
    form: Parameters | None = None,
    errors: dict[str, Message] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The form. What was typed into `form` stays, but for the password."""
    said = about(prompted.client, prompted.locale)
    return door.pages.render(
        request,
        "login.html",
        status=status,
        locale=prompted.locale,
        headers=headers,
        **prompted.form(door, Ask.LOGIN),
        **_passkey_form(door, prompted),
        **prompted.application(),
        **said,
        identifier=form.get("username", "") if form is not None else identifier,
        errors=errors or {},
        shared_computer=form is not None and form.get("shared_computer") == "1",
        forgot_url=f"/forgot?from={prompted.interaction.interaction_id}",
        sign_up_url=sign_up_path(prompted.interaction.interaction_id) if door.settings.sign_up.open else "",
        cancel_url=said["application_url"],
    )


def _passkey_form(door: FrontDoor, prompted: Prompted) -> dict[str, Any]:
    """The second form of the page: it goes to the passkey prompt."""
    form = prompted.form(door, "passkey")
    return {"passkey_action": form["form_action"], "passkey_token": form["csrf_token"]}


def throttled_page(
    door: FrontDoor, request: Request, prompted: Prompted, form: Parameters, wait: int
) -> Response:
    message = Message(
        "There were many wrong passwords. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)}
    )
    return _waiting_page(door, request, prompted, form, message=message, wait=wait)


def delayed_page(
    door: FrontDoor, request: Request, prompted: Prompted, form: Parameters, wait: int
) -> Response:
    """The network has to wait, whoever it is."""
    message = Message(
        "There are very many sign-ins from your network. Wait %(wait)s, then try again.",
        {"wait": timedelta(seconds=wait)},
    )
    return _waiting_page(door, request, prompted, form, message=message, wait=wait)


def refused_page(door: FrontDoor, request: Request, prompted: Prompted, person: Person) -> Response:
    """The operator takes no sign-ins from here. Only for who proved who they are."""
    return _closed_page(door, request, prompted, person, "refused.html")


def busy_page(door: FrontDoor, request: Request) -> Response:
    """Too many passwords wait to be compared."""
    return door.pages.render(
        request,
        "busy.html",
        status=503,
        posture=Posture.PLAIN,
        headers={"Retry-After": str(_BUSY_SECONDS)},
        retry_seconds=_BUSY_SECONDS,
    )


def blocked_page(
    door: FrontDoor, request: Request, prompted: Prompted, person: Person, *, has_way: bool = False
) -> Response:
    """Only for who proved who they are. `has_way`: a new password and a second proof unblock the account."""
    came_from = prompted.interaction.interaction_id
    return _closed_page(
        door,
        request,
        prompted,
        person,
        "blocked.html",
        by="owner" if is_blocked_by_owner(person) else "staff",
        has_way=has_way,
        forgot_url=f"/forgot?from={came_from}",
        recovery_url=f"/recovery?for=blocked&from={came_from}",
    )


def _waiting_page(
    door: FrontDoor, request: Request, prompted: Prompted, form: Parameters, *, message: Message, wait: int
) -> Response:
    return login_page(
        door,
        request,
        prompted,
        status=429,
        form=form,
        errors={"form": message},
        headers={"Retry-After": str(wait)},
    )


def _closed_page(
    door: FrontDoor, request: Request, prompted: Prompted, person: Person, template: str, **context: Any
) -> Response:
    return door.pages.render(
        request,
        template,
        status=403,
        posture=Posture.PLAIN,
        locale=prompted.locale,
        customer_id=person.customer_id,
        sign_in_url=prompted.path(Ask.LOGIN),
        **context,
    )
