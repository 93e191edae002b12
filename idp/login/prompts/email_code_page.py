"""What the e-mail code prompt shows: its form, how the mail is doing, and why something can't be done yet."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.login.codes import LONGEST_TYPED
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.sent_code import is_answerable
from idp.records.factor import Challenge
from idp.risk.sentences import sentence_of
from idp.store.outbox import SENDING_OF_MESSAGE, Status
from idp.store.risk import DECISION
from idp.web.locale import Message

CODE_MISSING = Message("Enter the code")
CODE_UNREADABLE = Message("A code has eight characters. Copy all of it from our message.")
CODE_OVER = Message("This code works no more. Ask for a new one.")
_NO_TRIES = Message("The code doesn’t match, and that was the last try for it. Ask for a new one.")


class Delivery(StrEnum):
    """How a mail is doing, as far as its reader has to know."""

    SENDING = "sending"
    SENT = "sent"
    TROUBLE = "trouble"


def wrong_code(challenge: Challenge) -> dict[str, Message]:
    """What to say after a wrong guess."""
    if challenge.tries_left < 1:
        return {"form": _NO_TRIES}
    message = Message(
        "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.",
        {"tries": challenge.tries_left},
    )
    return {"code": message}


async def code_page(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    challenge: Challenge | None,
    *,
    status: int = 200,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    headers: dict[str, str] | None = None,
    is_crowded: bool = False,
) -> Response:
    """The form, with what was `typed`, or what is left of it where no code can be entered. `is_crowded`: others have
    used the codes up.
    """
    is_open = challenge is not None and is_answerable(challenge, prompted.now)
    return door.pages.render(
        request,
        "email-code.html",
        status=status,
        locale=prompted.locale,
        headers=headers,
        **prompted.form(door, Ask.EMAIL_CODE),
        **prompted.application(),
        **await _why(door, prompted),
        is_open=is_open,
        is_numeric=door.settings.code.is_numeric,
        recipient=challenge.recipient if challenge else "",
        minutes=_minutes_left(challenge, prompted.now),
        delivery=(await delivery_of(door, challenge, prompted.now)).value if is_open else "",
        delivery_url=prompted.path("code-delivery"),
        typed=typed[:LONGEST_TYPED],
        errors=errors or {},
        is_crowded=is_crowded,
        has_other_ways=bool(prompted.standing and prompted.standing.ways(sms=door.rules.sms)),
        lost_mailbox_url=prompted.path("lost-mailbox"),
        sign_in_url=prompted.path(Ask.LOGIN),
    )


async def later_page(
    door: FrontDoor, request: Request, prompted: Prompted, challenge: Challenge | None, wait: int
) -> Response:
    """No code can be sent for `wait` seconds."""
    is_pause = challenge is not None and prompted.now < challenge.sent_at + door.settings.code.resend_seconds
    words = (
        Message("We sent a code a moment ago. You can ask for another one in %(wait)s.", _said(wait))
        if is_pause
        else Message("Many codes were asked for. You can ask for another one in %(wait)s.", _said(wait))
    )
    return await code_page(
        door,
        request,
        prompted,
        challenge,
        status=429,
        errors={"form": words},
        headers={"Retry-After": str(wait)},
        is_crowded=not is_pause,
    )


async def many_guesses_page(
    door: FrontDoor, request: Request, prompted: Prompted, challenge: Challenge, wait: int
) -> Response:
    """No code can be tried for `wait` seconds; none was."""
    words = Message("There were many wrong codes. Wait %(wait)s, then try again.", _said(wait))
    return await code_page(
        door,
        request,
        prompted,
        challenge,
        status=429,
        errors={"form": words},
        headers={"Retry-After": str(wait)},
        is_crowded=True,
    )


async def delivery_of(door: FrontDoor, challenge: Challenge | None, now: int) -> Delivery:
    """How the mail with the last code is doing."""
    message_id = challenge.message_id if challenge else None
    sending = (
        await door.database.one(SENDING_OF_MESSAGE, of_message=message_id) if message_id is not None else None
    )
    if sending is None or sending.status == Status.DELIVERED:
        return Delivery.SENT
    return Delivery.TROUBLE if sending.is_in_trouble(now) else Delivery.SENDING


async def _why(door: FrontDoor, prompted: Prompted) -> dict[str, Any]:
    """Why we ask, in words that teach a stranger nothing."""
    decision_id = prompted.interaction.decision_id
    decision = await door.database.one(DECISION, of_decision=decision_id) if decision_id else None
    return {"why": sentence_of(decision) if decision else ""}


def _minutes_left(challenge: Challenge | None, now: int) -> int:
    """Rounded up: for a sentence."""
    return -(-max(challenge.expires_at - now, 0) // 60) if challenge else 0


def _said(wait: int) -> dict[str, timedelta]:
    return {"wait": timedelta(seconds=wait)}
