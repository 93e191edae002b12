"""`/account/applications/new`: a service account is made. First what it is, then its key or certificate, if it has one.

Its secret is on the page that answers, and nowhere else. However often a form is sent, it makes one.
"""

import re

from starlette.responses import RedirectResponse, Response

from idp.clients.metadata import InvalidMetadata
from idp.clients.registration import Registered
from idp.clients.service_account_asked import read_wish
from idp.clients.service_accounts import MadeBefore, TooMany, create, id_of_form
from idp.portal.service_accounts.acting import LIST_PATH, place_of, telling_hand
from idp.portal.service_accounts.showing import show_secret
from idp.portal.service_accounts.typed import (
    NAMES,
    Errors,
    Typed,
    errors_of,
    read_proof,
    scope_choices,
    to_show,
    unsaid,
    way_choices,
)
from idp.portal.visit import Visit
from idp.records.client import Client
from idp.web.locale import Message

_ONCE_BYTES = 16
_ONCE = re.compile(r"[0-9a-f]{32}")


async def show(visit: Visit) -> Response:
    if not visit.door.settings.service_accounts.scopes:
        return RedirectResponse(LIST_PATH, 303)
    return _page(visit, Typed(), once=visit.door.entropy.token_bytes(_ONCE_BYTES).hex())


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    typed, once = Typed.of(form), form.get("once", "")
    if not _ONCE.fullmatch(once):
        return visit.back()
    is_whole = form.get("action") == "make" or not typed.has_own_proof
    client, errors = _checked(visit, typed, once, is_whole=is_whole)
    if client is None:
        return _page(visit, typed, once=once, errors=errors, status=422)
    if not is_whole:
        return _page(visit, typed, once=once, is_second=True)
    return await _create(visit, typed, client, once)


def _checked(visit: Visit, typed: Typed, once: str, *, is_whole: bool) -> tuple[Client | None, Errors]:
    """What would be made, or what is wrong."""
    proof, errors = read_proof(typed) if is_whole else ({}, {})
    wish = typed.wish() | (proof or _proof_to_come(typed))
    try:
        client = read_wish(id_of_form(once, visit.session.sid), wish, visit.door.settings)
    except InvalidMetadata as error:
        return None, unsaid(typed) | errors_of(error) | errors
    return (None, errors) if errors else (client, {})


async def _create(visit: Visit, typed: Typed, client: Client, once: str) -> Response:
    hand = telling_hand(visit, "service-account-made", client)
    try:
        registered: Registered = await create(hand, client)
    except MadeBefore:
        return RedirectResponse(place_of(client.client_id), 303)
    except TooMany:
        return _page(visit, typed, once=once, errors={"form": _too_many(visit)}, status=409)
    visit.door.outbox.wake()
    if registered.secret is None:
        return RedirectResponse(place_of(client.client_id), 303)
    return show_secret(visit, client, registered.secret)


def _too_many(visit: Visit) -> Message:
    return Message(
        "You have %(most)s service accounts, counting deleted ones of the last day. Delete one, or wait a day.",
        {"most": visit.door.settings.service_accounts.most},
    )


def _proof_to_come(typed: Typed) -> dict[str, str]:
    """What stands for the key until it is there, so that everything else can be checked before."""
    if typed.method == "tls_client_auth":
        return {"tls_client_auth_san_dns": "example.com"}
    return {"jwks_uri": "https://example.com/jwks"} if typed.has_own_proof else {}


def _page(
    visit: Visit,
    typed: Typed,
    *,
    once: str,
    is_second: bool = False,
    errors: Errors | None = None,
    status: int = 200,
) -> Response:
    """Its second half, where the first is right."""
    errors = errors or {}
    first = {"name", "scope", "method"}
    is_second = is_second or (typed.has_own_proof and bool(errors) and not first & errors.keys())
    template = "service-account-key.html" if is_second else "new-service-account.html"
    return visit.render(
        f"account/{template}",
        status=status,
        **visit.form(),
        once=once,
        typed=to_show(typed, errors),
        scopes=scope_choices(visit.door.settings),
        ways=way_choices(visit.door.settings),
        names=list(NAMES.items()),
        client_id="",
        cancel_url=LIST_PATH,
        errors=errors,
    )
