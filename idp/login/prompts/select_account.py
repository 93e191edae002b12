"""The account prompt (`prompt=select_account`): go on as who is signed in, or as somebody else."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.store.interactions import SELECT_ACCOUNT

ASK = Ask.SELECT_ACCOUNT
PATH = ASK.value
TURNS = frozenset({ASK})


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    assert prompted.signed_in is not None  # Only who is signed in is asked.
    person = prompted.signed_in.person
    return door.pages.render(
        request,
        "select-account.html",
        locale=prompted.locale,
        **prompted.form(door, ASK),
        **prompted.application(),
        account_name=person.name,
        customer_id=person.customer_id,
        email=person.primary_email or "",
    )


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    if form.get("action") == "other":
        # Nothing is proven by this; the login prompt's own form is.
        return RedirectResponse(prompted.path(Ask.LOGIN), 303)
    if form.get("action") == "continue" and prompted.names_who_answers(form):
        assert prompted.signed_in is not None
        effect = SELECT_ACCOUNT.effect(
            of_interaction=prompted.interaction.interaction_id,
            session=prompted.signed_in.session.session_id,
            now=prompted.now,
        )
        await door.database.apply([effect])
    return prompted.to_dispatcher()
