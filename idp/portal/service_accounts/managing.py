"""`/account/applications/service-account`: one service account. What it may do, how it proves itself, and its switch.

What gives more than there was wants a fresh proof; what takes away does not, since it may be urgent.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from idp.clients.metadata import InvalidMetadata
from idp.clients.service_account_asked import METHODS, read_wish, usable_scopes, wish_of
from idp.clients.service_accounts import (
    ChangedMeanwhile,
    TooOften,
    change,
    end_secret,
    living_secrets,
    rotate,
    turn_off,
    turn_on,
)
from idp.portal.service_accounts.acting import (
    DELETE_PATH,
    LIST_PATH,
    asked_one,
    hand_of,
    owed_proof,
    place_of,
    telling_hand,
)
from idp.portal.service_accounts.showing import show_secret
from idp.portal.service_accounts.typed import (
    NAMES,
    Errors,
    Typed,
    errors_of,
    read_proof,
    scope_choices,
    to_show,
    way_of,
)
from idp.portal.visit import Visit
from idp.records.client import OWNER, Client
from idp.web.forms import Parameters
from idp.web.locale import Message

OVERLAPS: Mapping[str, tuple[int, Message]] = {
    "day": (86_400, Message("One day")),
    "week": (604_800, Message("Seven days")),
    "hour": (3_600, Message("One hour")),
    "none": (0, Message("Not at all: it ends now")),
}
"""How long the former secret works beside a new one."""

Act = Callable[[Visit, Client, Parameters], Awaitable[Response]]


async def show(visit: Visit) -> Response:
    client = await asked_one(visit)
    return _page(visit, client) if client is not None else RedirectResponse(LIST_PATH, 303)


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    client = await asked_one(visit)
    act = _ACTS.get(form.get("action", ""))
    if client is None or act is None:
        return RedirectResponse(place_of(client.client_id) if client else LIST_PATH, 303)
    if act not in _WITHOUT_PROOF and (proof := await owed_proof(visit)) is not None:
        return proof
    try:
        return await act(visit, client, form)
    except ChangedMeanwhile:
        # The page says how it is now.
        return _back(client)
    except TooOften as error:
        often = Message(
            "You have changed your service accounts too often, so nothing was changed. Wait %(wait)s, then try again.",
            {"wait": timedelta(seconds=error.wait_seconds)},
        )
        typed = Typed.of(form) if act is _save else None
        return _page(visit, client, typed=typed, errors={"form": often}, status=429)


async def _save(visit: Visit, client: Client, form: Parameters) -> Response:
    """Its name and what it may do."""
    typed = Typed.of(form)
    wish = {**wish_of(client), "client_name": typed.name, "scope": " ".join(typed.scopes)}
    return await _change(visit, client, wish, typed)


async def _replace_proof(visit: Visit, client: Client, form: Parameters) -> Response:
    typed = Typed.of(form)
    proof, errors = read_proof(replace(typed, method=client.token_endpoint_auth_method))
    if errors:
        return _key_page(visit, client, typed, errors=errors, status=422)
    former = wish_of(client)
    kept = {name: value for name, value in former.items() if name not in ("jwks", "jwks_uri", *NAMES)}
    return await _change(visit, client, kept | proof, typed)


async def _change(visit: Visit, client: Client, wish: Mapping[str, Any], typed: Typed) -> Response:
    try:
        after = read_wish(client.client_id, wish, visit.door.settings)
    except InvalidMetadata as error:
        errors = errors_of(error)
        if {"keys", "jwks_uri", "known_by", "certificate_name"} & errors.keys():
            return _key_page(visit, client, typed, errors=errors, status=422)
        return _page(visit, client, typed=typed, errors=errors, status=422)
    await change(telling_hand(visit, "service-account-changed", after), client, after)
    visit.door.outbox.wake()
    return _back(client)


async def _rotate(visit: Visit, client: Client, form: Parameters) -> Response:
    secrets = living_secrets(client, visit.now)
    newest = secrets[0].secret_id if secrets else ""
    if not client.has_secret or form.get("newest", "") != newest:
        # Sent before: another one would end the secret that the program uses.
        return _back(client)
    overlap_seconds, _ = OVERLAPS.get(form.get("overlap", ""), OVERLAPS["day"])
    hand = telling_hand(visit, "service-account-secret", client)
    secret = await rotate(hand, client, overlap_seconds=overlap_seconds)
    visit.door.outbox.wake()
    former_until = visit.now + overlap_seconds if secrets else None
    return show_secret(visit, client, secret, former_until=former_until)


async def _end_secret(visit: Visit, client: Client, form: Parameters) -> Response:
    named = form.get("secret", "")
    secret = next((one for one in client.secrets if one.secret_id == named), None)
    if secret is not None:
        await end_secret(hand_of(visit), client, secret)
    return _back(client)


async def _turn_off(visit: Visit, client: Client, form: Parameters) -> Response:
    await turn_off(hand_of(visit), client)
    return _back(client)


async def _turn_on(visit: Visit, client: Client, form: Parameters) -> Response:
    await turn_on(telling_hand(visit, "service-account-changed", client), client)
    visit.door.outbox.wake()
    return _back(client)


async def _ask_proof(visit: Visit, client: Client, form: Parameters) -> Response:
    """The page for another key or certificate."""
    proves_itself = Typed(method=client.token_endpoint_auth_method)
    return _key_page(visit, client, proves_itself) if proves_itself.has_own_proof else _back(client)


_ACTS: Mapping[str, Act] = {
    "save": _save,
    "replace": _replace_proof,
    "new-key": _ask_proof,
    "rotate": _rotate,
    "end-secret": _end_secret,
    "turn-off": _turn_off,
    "turn-on": _turn_on,
}
_WITHOUT_PROOF = (_end_secret, _turn_off)


def _back(client: Client) -> RedirectResponse:
    return RedirectResponse(place_of(client.client_id), 303)


def _page(
    visit: Visit,
    client: Client,
    *,
    typed: Typed | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Response:
    settings = visit.door.settings
    scopes = typed.scopes if typed else tuple(sorted(usable_scopes(client, settings)))
    return visit.render(
        "account/service-account.html",
        status=status,
        **visit.form() | {"form_action": place_of(client.client_id)},
        client_id=client.client_id,
        application=client.client_name,
        typed_name=typed.name if typed else client.client_name,
        chosen=scopes,
        scopes=scope_choices(settings),
        way=way_of(client.token_endpoint_auth_method),
        has_secret=client.has_secret,
        has_key=client.token_endpoint_auth_method in METHODS and not client.has_secret,
        proof=_proof(client),
        resources=sorted(client.resources),
        secrets=[
            {"id": one.secret_id, "created_at": one.created_at, "expires_at": one.expires_at}
            for one in living_secrets(client, visit.now)
        ],
        overlaps=[(name, words) for name, (_, words) in OVERLAPS.items()],
        created_at=client.created_at,
        used_at=client.used_at,
        disabled_at=client.disabled_at,
        may_turn_on=client.disabled_by == OWNER,
        delete_url=f"{DELETE_PATH}?id={client.client_id}",
        list_url=LIST_PATH,
        errors=errors or {},
        now=visit.now,
    )


def _proof(client: Client) -> str:
    """What is known of its key or certificate, as it would be typed."""
    if client.jwks_uri:
        return client.jwks_uri
    if client.jwks is not None:
        return ", ".join(str(key["kid"]) for key in client.jwks.get("keys", ()) if key.get("kid"))
    return next((name for member in NAMES if (name := getattr(client, member))), "")


def _key_page(
    visit: Visit, client: Client, typed: Typed, *, errors: Errors | None = None, status: int = 200
) -> Response:
    return visit.render(
        "account/service-account-key.html",
        status=status,
        **visit.form() | {"form_action": place_of(client.client_id)},
        once="",
        typed=to_show(replace(typed, method=client.token_endpoint_auth_method), errors or {}),
        names=list(NAMES.items()),
        client_id=client.client_id,
        cancel_url=place_of(client.client_id),
        errors=errors or {},
    )
