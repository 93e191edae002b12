"""`/account/addresses/code`: the code from the current mailbox, with which a change that waits is made at once."""

from starlette.responses import RedirectResponse, Response

from idp.account.address_change import apply_change, give_up_change, what_of
from idp.login.codes import LONGEST_TYPED, looks_like_code
from idp.login.new_address import said
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_OVER, CODE_UNREADABLE, wrong_code
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.portal.addresses import overview
from idp.portal.addresses.acting import still_signed_in, whence_of
from idp.portal.addresses.current_mailbox import (
    CODE_PATH,
    guess_code,
    open_code,
    redeem_code,
    send_to_current,
)
from idp.portal.visit import Visit
from idp.records.factor import Challenge
from idp.records.sign_up import AddressChange
from idp.store.address_changes import CHANGE
from idp.web.forms import Parameters
from idp.web.locale import Message

_TAKEN = Message("Your address could not be changed: the new one can’t be used any more. Enter another one.")


async def show(visit: Visit) -> Response:
    change = await overview.waiting_change(visit, visit.request.query_params.get("change", ""))
    return await _page(visit, change) if change else RedirectResponse(overview.PATH, 303)


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    change = await overview.waiting_change(visit, form.get("change", ""))
    if change is None:
        return RedirectResponse(overview.PATH, 303)
    if form.get("action") == "resend":
        wait = await send_to_current(visit, change)
        return await _page(visit, change, wait=wait) if wait else _again(change)
    return await _enter(visit, change, form)


async def _enter(visit: Visit, change: AddressChange, form: Parameters) -> Response:
    challenge, typed = await open_code(visit, change), form.get("code", "")
    if challenge is None:
        return await _page(visit, change, errors={"form": CODE_OVER})
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return await _page(visit, change, typed=typed, errors={"code": message})
    guessed = await guess_code(visit, challenge, typed)
    if guessed.wait_seconds:
        return await _page(visit, change, wait=guessed.wait_seconds)
    if not guessed.is_right:
        return await _page(visit, change, typed=typed, errors=wrong_code(guessed.challenge))
    return await _apply(visit, change, challenge)


async def _apply(visit: Visit, change: AddressChange, challenge: Challenge) -> Response:
    """The code was right."""
    also = [*await redeem_code(visit, challenge), still_signed_in(visit)]
    if not await apply_change(
        visit.door, visit.occasion, visit.person, change, whence=whence_of(visit), also=also
    ) and await _is_taken(visit, change):
        await give_up_change(visit.door, visit.occasion, visit.person, change, why="taken")
        return await overview.show(visit, status=409, errors={"form": _TAKEN})
    return RedirectResponse(overview.PATH, 303)


async def _is_taken(visit: Visit, change: AddressChange) -> bool:
    """Whether nothing else kept the change from being made."""
    now = await visit.door.database.one(CHANGE, of_change=change.change_id)
    is_waiting = now is not None and now.is_waiting and await open_code(visit, change) is not None
    return is_waiting and await visit.door.signed_in(visit.request, visit.now) is not None


def _again(change: AddressChange) -> Response:
    return RedirectResponse(f"{CODE_PATH}?change={change.change_id}", 303)


async def _page(
    visit: Visit,
    change: AddressChange,
    *,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    challenge = await open_code(visit, change)
    errors = said(wait) if wait else errors or {}
    return visit.render(
        "account/address-change-code.html",
        status=429 if wait else 422 if errors else 200,
        headers={"Retry-After": str(wait)} if wait else None,
        **visit.form(),
        change=change.change_id,
        what=what_of(change),
        address=change.email,
        apply_at=change.apply_at,
        now=visit.now,
        is_sent=challenge is not None,
        minutes=-(-max(challenge.expires_at - visit.now, 0) // 60) if challenge else 0,
        is_numeric=visit.door.settings.code.is_numeric,
        typed=typed[:LONGEST_TYPED],
        lost_url=LOST_MAILBOX_PATH,
        errors=errors,
    )
