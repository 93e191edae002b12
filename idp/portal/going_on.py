"""Where somebody goes on who chose a new password by a link: to the application that they came from.

In the browser that they came from, their sign-in goes on. Elsewhere the application begins anew (OpenID Connect Core
§4, third-party initiated login) or shows its own first page; without either they come to their account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS, begin, path_of
from idp.records.account import Person
from idp.records.client import Client
from idp.records.interaction import InteractionKind
from idp.spec.token_value import digest_of, is_same
from idp.store.interactions import INTERACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingOn:
    """`application` is its name, or empty where they go on to their account. `account_url` leads there in any case,
    with the customer ID filled in.
    """

    application: str
    url: str
    account_url: str


async def going_on(
    door: FrontDoor, person: Person, about: Mapping[str, str], *, browser: str, locale: str, now: int
) -> GoingOn:
    """`about` is what the link remembers: client_id and interaction_id, or neither."""
    account_url = await _account_url(door, person, browser, now)
    client = await door.clients.find(about.get("client_id", ""), now) if about.get("client_id") else None
    url = await _own_sign_in(door, about.get("interaction_id", ""), person, browser, now)
    if client is not None:
        url = url or _application_url(door, client, person)
    return GoingOn(
        application=client.name_in(locale) if client and url else "",
        url=url or account_url,
        account_url=account_url,
    )


async def _account_url(door: FrontDoor, person: Person, browser: str, now: int) -> str:
    """The sign-in page for this person, even if the browser is somebody else's until then."""
    parameters = {"return_to": LOCAL_PATHS[0], "login_hint": person.customer_id}
    path = await begin(door, browser=browser, kind=InteractionKind.LOCAL, parameters=parameters, now=now)
    return f"{path}/{Ask.LOGIN}"


async def _own_sign_in(door: FrontDoor, interaction_id: str, person: Person, browser: str, now: int) -> str:
    """The sign-in that they came from, if it is this browser's and may go on."""
    found = await door.database.one(INTERACTION, of_interaction=interaction_id) if interaction_id else None
    if found is None or not found.is_open(now) or not is_same(found.browser_digest, digest_of(browser)):
        return ""
    return f"{path_of(found.interaction_id, Ask.LOGIN)}?{urlencode({'login_hint': person.customer_id})}"


def _application_url(door: FrontDoor, client: Client, person: Person) -> str:
    if not client.initiate_login_uri:
        return client.client_uri
    separator = "&" if "?" in client.initiate_login_uri else "?"
    told = urlencode({"iss": door.settings.issuer, "login_hint": person.customer_id})
    return f"{client.initiate_login_uri}{separator}{told}"
