"""How the mail with a code is doing, for the script of its page: a word, and nothing that the page doesn't say."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.email_code import KIND
from idp.login.prompts.email_code_page import Delivery, delivery_of
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.store.challenges import NEWEST_OF_INTERACTION

PATH = "code-delivery"
TURNS = frozenset({Ask.EMAIL_CODE})


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    challenge = await door.database.one(
        NEWEST_OF_INTERACTION, of_interaction=prompted.interaction.interaction_id, of_kind=KIND
    )
    is_own = challenge is not None and challenge.subject_id == proving_subject(prompted)
    delivery = await delivery_of(door, challenge, prompted.now) if is_own else Delivery.SENT
    return JSONResponse({"delivery": delivery.value}, headers={"Cache-Control": "no-store"})


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return prompted.to_dispatcher()
