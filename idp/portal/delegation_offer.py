"""`/account/delegations/new`: ask another account to act for one's own. It wants a recent proof.

The answer is the same whoever has the customer ID, or nobody: the page is no list of our customers.
"""

from typing import Any

from starlette.responses import RedirectResponse, Response

from idp.account import delegation
from idp.account.delegation import Obstacle, Offer
from idp.login.scope_words import describe
from idp.portal.addresses.acting import still_signed_in
from idp.portal.delegations import PATH as LIST_PATH
from idp.portal.delegations import notice_of
from idp.portal.visit import Visit
from idp.spec.identifier import canonical_customer_id
from idp.spec.visible_text import tidy_line
from idp.web.forms import Parameters
from idp.web.locale import Message

PATH = "/account/delegations/new"
_PERIODS = (7, 30, 90, 180, 365)
_LONGEST_NOTE = 120
_DAY = 86_400

_NO_SCOPE = Message("Choose at least one thing that they may do")
_NO_PERIOD = Message("Choose one of the list")
_LONG_NOTE = Message("That is too long. Use at most %(most)s characters.", {"most": _LONGEST_NOTE})
_OBSTACLES = {
    Obstacle.SELF: ("customer_id", Message("That is your own customer ID")),
    Obstacle.STANDING: (
        "customer_id",
        Message("You have asked this account already. End that first to change anything about it."),
    ),
    Obstacle.TOO_MANY: (
        "form",
        Message("No more accounts can act for yours. End one of the others first."),
    ),
    Obstacle.TOO_OFTEN: ("form", Message("That was often. Try again tomorrow.")),
    Obstacle.CLOSED: ("form", Message("At the moment your account can’t let another one act for it.")),
}


async def show(visit: Visit) -> Response:
    if not await delegation.may_delegate(visit.door.database, visit.person):
        return RedirectResponse(LIST_PATH, 303)
    return _page(visit, {"customer_id": "", "scopes": [], "days": "", "note": ""})


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    made, errors = _read(visit, form)
    if made is not None:
        obstacle = await delegation.offer(
            visit.door, notice_of(visit), visit.person, made, also=[still_signed_in(visit)]
        )
        if obstacle is None:
            return RedirectResponse(f"{LIST_PATH}?offered=1", 303)
        field, message = _OBSTACLES[obstacle]
        errors = {field: message}
    typed = {name: form.get(name, "") for name in ("customer_id", "days", "note")}
    return _page(visit, {**typed, "scopes": form.all("scope")}, status=422, errors=errors)


def _read(visit: Visit, form: Parameters) -> tuple[Offer | None, dict[str, Message]]:
    """What was typed, and what is wrong by field."""
    settings = visit.door.settings
    customer_id = canonical_customer_id(form.get("customer_id", ""), suffix=settings.customer_id.suffix)
    chosen = form.all("scope")
    scopes = tuple(scope for scope in settings.delegation.scopes if scope in chosen)
    days = {str(each): each for each in _periods(visit)}.get(form.get("days", ""))
    note = tidy_line(form.get("note", ""), longest=_LONGEST_NOTE)
    errors: dict[str, Message] = {}
    if customer_id is None:
        example = "ab12345" + settings.customer_id.suffix
        errors["customer_id"] = Message("Enter a customer ID, such as %(example)s", {"example": example})
    # Who names a scope that is not on the page did not use the page: nothing is taken over in silence.
    if not scopes or len(scopes) != len(chosen):
        errors["scope"] = _NO_SCOPE
    if days is None:
        errors["days"] = _NO_PERIOD
    if note is None:
        errors["note"] = _LONG_NOTE
    if customer_id is None or days is None or note is None or errors:
        return None, errors
    return Offer(customer_id=customer_id, scopes=scopes, note=note, days=days), {}


def _periods(visit: Visit) -> list[int]:
    """Days to choose from."""
    longest = visit.door.settings.delegation.longest_days
    return sorted({days for days in _PERIODS if days < longest} | {longest})


def _page(
    visit: Visit,
    typed: dict[str, Any],
    *,
    status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Response:
    offered = visit.door.settings.delegation.scopes
    return visit.render(
        "account/new-delegation.html",
        status=status,
        **visit.form(),
        typed=typed,
        offered=[describe(scope) for scope in offered],
        periods=[(str(days), visit.now + days * _DAY) for days in _periods(visit)],
        errors=errors or {},
    )
