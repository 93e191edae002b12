"""The customer ID, and the way on."""

from starlette.responses import RedirectResponse, Response

from idp.login.interaction import path_of
from idp.portal.signing_up.visit import Visit
from idp.store.interactions import INTERACTION
from idp.store.sign_ups import NEW_CUSTOMER

# Whoever sits at this browser later learns no customer ID, unless it is theirs.
_SHOWN_SECONDS = 600


async def show(visit: Visit) -> Response:
    door, sign_up = visit.door, visit.sign_up
    assert sign_up.interaction_id is not None  # Completing a sign-up names the sign-in that it goes on with.
    continue_url = path_of(sign_up.interaction_id)
    person = await door.database.one(NEW_CUSTOMER, of_sign_up=sign_up.sign_up_id)
    signed_in = await door.signed_in(visit.request, visit.now)
    is_theirs = signed_in is not None and signed_in.person.account_id == sign_up.account_id
    is_fresh = visit.now - (sign_up.completed_at or 0) < _SHOWN_SECONDS
    if person is None or not (is_theirs or is_fresh):
        return RedirectResponse(continue_url, 303)
    interaction = await door.database.one(INTERACTION, of_interaction=sign_up.interaction_id)
    client_id = interaction.client_id if interaction else ""
    client = await door.clients.find(client_id, visit.now) if client_id else None
    return door.pages.render(
        visit.request,
        "sign-up/welcome.html",
        locale=sign_up.language,
        name=person.name,
        customer_id=person.customer_id,
        address=sign_up.email,
        application=client.name_in(visit.locale) if client else "",
        continue_url=continue_url,
    )
