"""`/account/applications/delete`: a service account is deleted, once its owner has read what that means."""

from starlette.responses import RedirectResponse, Response

from idp.clients.service_accounts import ChangedMeanwhile, delete
from idp.portal.service_accounts.acting import DELETE_PATH, LIST_PATH, asked_one, hand_of, place_of
from idp.portal.visit import Visit


async def show(visit: Visit) -> Response:
    client = await asked_one(visit)
    if client is None:
        return RedirectResponse(LIST_PATH, 303)
    return visit.render(
        "account/delete-service-account.html",
        **visit.form() | {"form_action": f"{DELETE_PATH}?id={client.client_id}"},
        client_id=client.client_id,
        application=client.client_name,
        used_at=client.used_at,
        now=visit.now,
        cancel_url=place_of(client.client_id),
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    client = await asked_one(visit)
    if client is not None and form.get("action") == "delete":
        try:
            await delete(hand_of(visit), client)
        except ChangedMeanwhile:
            return RedirectResponse(place_of(client.client_id), 303)
    return RedirectResponse(LIST_PATH, 303)
