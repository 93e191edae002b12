"""“I no longer have this mailbox”, said by somebody who knows the password: whom to call, and the form that anybody can
fill in. Nothing of the account is changed here.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.config.settings import SupportPhone
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.login.recovery_form import begin_form
from idp.records.account import Person
from idp.records.case import CaseKind
from idp.store.accounts import PERSON_BY_SUBJECT

PATH = "lost-mailbox"
TURNS = frozenset({Ask.EMAIL_CODE})
_ABROAD = "*"


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return await _page(door, request, prompted)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    """Begin the form. The customer ID is in it already: its owner may know it who knows the password."""
    await door.read_form(request, prompted.path(PATH))
    person = await _person(door, prompted)
    begun = await begin_form(
        door,
        request,
        browser=prompted.browser,
        kind=CaseKind.MAILBOX_DOCUMENTS,
        locale=door.pages.locale(request, person.language or prompted.locale),
        now=prompted.now,
        identifier=person.customer_id,
    )
    if isinstance(begun, int):
        return await _page(door, request, prompted, wait=begun)
    return RedirectResponse(begun, 303)


async def _page(door: FrontDoor, request: Request, prompted: Prompted, *, wait: int = 0) -> Response:
    person = await _person(door, prompted)
    return door.pages.render(
        request,
        "lost-mailbox.html",
        status=429 if wait else 200,
        locale=prompted.locale,
        headers={"Retry-After": str(wait)} if wait else None,
        **prompted.form(door, PATH),
        customer_id=person.customer_id,
        has_backup=bool(person.backup_email and person.backup_email_verified),
        days=door.settings.recovery.usual_days,
        wait=wait,
        support_phones=phones_for(
            door.pages.brand(request).support_phones, country_of(door, request, person)
        ),
        has_other_ways=bool(prompted.standing and prompted.standing.ways(sms=door.rules.sms)),
        other_way_url=prompted.path("other-way"),
        back_url=prompted.path(Ask.EMAIL_CODE) if person.primary_email else prompted.path(Ask.LOGIN),
    )


async def _person(door: FrontDoor, prompted: Prompted) -> Person:
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Accounts are closed, never removed.
    return person


def country_of(door: FrontDoor, request: Request, person: Person) -> str:
    """The country of the account, or else of the request."""
    if person.country:
        return person.country
    address = person.profile.get("address")
    declared = str(address.get("country") or "") if isinstance(address, dict) else ""
    return declared.upper() if len(declared) == len("FR") else door.seen(request).place.country


def phones_for(phones: tuple[SupportPhone, ...], country: str) -> tuple[SupportPhone, ...]:
    """The country's own numbers and those from abroad; all of them where the country has none."""
    own = tuple(phone for phone in phones if phone.country == country)
    return (*own, *(phone for phone in phones if phone.country == _ABROAD)) if own else phones
