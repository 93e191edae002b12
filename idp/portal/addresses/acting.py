"""What the pages share that change an address: from where somebody acts, and what comes after a change was planned."""

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from idp.account.address_change import Planning, plan_change
from idp.account.address_mails import Whence
from idp.portal.addresses.current_mailbox import CODE_PATH, send_to_current
from idp.portal.visit import Visit
from idp.records.sign_up import AddressPlace
from idp.store.sessions import KEEP_SESSION
from idp.store.statement import Effect


def whence_of(visit: Visit) -> Whence:
    """In the words that the mail's reader recognises."""
    seen = visit.door.seen(visit.request)
    language = visit.person.language or visit.door.settings.language.default
    return Whence(browser=seen.browser_text, place=seen.place_in(language))


def still_signed_in(visit: Visit) -> Effect:
    """For the transaction of a change: whoever is signed out meanwhile, a thief by the owner say, changes nothing."""
    return KEEP_SESSION.effect(expects=1, of_session=visit.session.session_id)


async def plan(
    visit: Visit, place: AddressPlace, address: str, *, also: Sequence[Effect] = ()
) -> Response | None:
    """Let a change wait, mail the code that ends the waiting, and lead to where it is entered. None if nothing was
    planned.
    """
    planning = Planning(person=visit.person, place=place, address=address, whence=whence_of(visit))
    change = await plan_change(visit.door, visit.occasion, planning, also=[*also, still_signed_in(visit)])
    if change is None:
        return None
    # If none may be sent now, the page offers it.
    await send_to_current(visit, change)
    return RedirectResponse(f"{CODE_PATH}?change={change.change_id}", 303)
