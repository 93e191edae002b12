"""“I no longer have this mailbox”: whom to call, and what they will ask for. Nothing is changed here."""

from starlette.requests import Request
from starlette.responses import Response

from idp.config.settings import SupportPhone
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.records.account import Person
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.web.headers import Posture

PATH = "lost-mailbox"
TURNS = frozenset({Ask.EMAIL_CODE})
_ABROAD = "*"


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Accounts are disabled, never deleted.
    return door.pages.render(
        request,
        "lost-mailbox.html",
        posture=Posture.PLAIN,
        locale=prompted.locale,
        customer_id=person.customer_id,
        support_phones=phones_for(
            door.pages.brand(request).support_phones, country_of(door, request, person)
        ),
        has_other_ways=bool(prompted.standing and prompted.standing.ways(sms=door.rules.sms)),
        other_way_url=prompted.path("other-way"),
        back_url=prompted.path(Ask.EMAIL_CODE) if person.primary_email else prompted.path(Ask.LOGIN),
    )


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return prompted.to_dispatcher()


def country_of(door: FrontDoor, request: Request, person: Person) -> str:
    """The country of the account, or else of the request."""
    address = person.profile.get("address")
    declared = str(address.get("country") or "") if isinstance(address, dict) else ""
    return declared.upper() if len(declared) == len("FR") else door.seen(request).place.country


def phones_for(phones: tuple[SupportPhone, ...], country: str) -> tuple[SupportPhone, ...]:
    """The country's own numbers and those from abroad; all of them where the country has none."""
    own = tuple(phone for phone in phones if phone.country == country)
    return (*own, *(phone for phone in phones if phone.country == _ABROAD)) if own else phones
