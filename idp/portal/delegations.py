"""`/account/delegations`: who may act for the customer, and for whom the customer may act; accepting and ending.

A form names a delegation by its identifier, which the acts look up among the person's own: nobody touches another's.
"""

from typing import Any

from starlette.responses import Response

from idp.account import delegation
from idp.account.delegation_notices import Notice
from idp.login.scope_words import describe
from idp.portal.addresses.acting import still_signed_in, whence_of
from idp.portal.visit import Visit
from idp.records.delegation import CustomersDelegation, Delegation, OfferedDelegation
from idp.store.delegations import OFFERS_OF_SUBJECT, OFFERS_TO_DELEGATE
from idp.web.locale import Message

PATH = "/account/delegations"
_GONE = Message("That has ended meanwhile, or can’t be accepted at the moment.")


async def show(visit: Visit, *, status: int = 200, errors: dict[str, Message] | None = None) -> Response:
    database, subject_id = visit.door.database, visit.person.subject_id
    offers = await database.all(OFFERS_OF_SUBJECT, of_subject=subject_id, now=visit.now)
    asked = await database.all(OFFERS_TO_DELEGATE, of_delegate=subject_id, now=visit.now)
    return visit.render(
        "account/delegations.html",
        status=status,
        **visit.form(),
        may_offer=await delegation.may_delegate(database, visit.person),
        is_offered="offered" in visit.request.query_params,
        delegates=[_delegate(visit, each) for each in offers],
        asked=[_customer(visit, each) for each in asked if each.delegation.accepted_at is None],
        customers=[_customer(visit, each) for each in asked if each.delegation.accepted_at is not None],
        errors=errors or {},
        now=visit.now,
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    named, door = form.get("delegation", ""), visit.door
    notice = notice_of(visit)
    match form.get("action"):
        case "accept":
            is_done = await delegation.accept(
                door, notice, visit.person, named, also=[still_signed_in(visit)]
            )
        case "decline" | "end":
            is_done = await delegation.end(door, notice, visit.person, named)
        case _:
            return visit.back()
    return visit.back() if is_done else await show(visit, status=409, errors={"form": _GONE})


def notice_of(visit: Visit) -> Notice:
    """What the mails about an act say of where it was done."""
    return Notice(occasion=visit.occasion, whence=whence_of(visit))


def _delegate(visit: Visit, each: OfferedDelegation) -> dict[str, Any]:
    found = each.delegation
    return {
        **_shown(visit, found),
        "name": each.delegate_name,
        "customer_id": found.delegate_customer_id,
        "is_accepted": found.accepted_at is not None,
    }


def _customer(visit: Visit, each: CustomersDelegation) -> dict[str, Any]:
    customer = each.customer
    return {
        **_shown(visit, each.delegation),
        "name": str(customer.profile.get("name") or ""),
        "customer_id": customer.customer_id,
    }


def _shown(visit: Visit, found: Delegation) -> dict[str, Any]:
    """Scopes that are not offered any more are void, and not shown."""
    scopes = visit.door.settings.delegation.still_offered(found.scopes)
    return {
        "id": found.delegation_id,
        "scopes": [describe(scope)[1] for scope in scopes],
        "note": found.note,
        "offered_at": found.created_at,
        "expires_at": found.expires_at,
        "used_at": found.used_at,
    }
