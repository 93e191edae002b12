"""Interactions: begin one, find it again, and what to do with a page that can't go on.

A bookmarked, expired, doubly submitted or second-tab page never ends in a dead end: it restarts for the same
application.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.demand import Demand
from idp.login.front_door import FrontDoor, with_browser
from idp.records.interaction import Interaction, InteractionKind
from idp.spec.token_value import digest_of, is_same
from idp.store.interactions import INSERT_INTERACTION, INTERACTION
from idp.web.cookies import Cookie
from idp.web.headers import Posture

_ID_BYTES = 16
# A second submission within this time belongs to the first: the application still waits for that answer.
_DOUBLE_SUBMIT_SECONDS = 120
_COOKIE_CHECK = "cookie-check"

LOCAL_PATHS = (
    "/account",
    "/account/applications",
    "/account/applications/new",
    "/account/applications/service-account",
    "/account/applications/delete",
    "/account/sessions",
    "/account/devices",
    "/account/security",
    "/account/security/set-up",
    "/account/security/passkey",
    "/account/security/backup-codes",
    "/account/security/remove",
    "/account/security/turn-off",
    "/account/password",
    "/account/block",
    "/account/profile",
    "/account/addresses",
    "/account/addresses/primary",
    "/account/addresses/backup",
    "/account/addresses/remove",
    "/account/addresses/code",
    "/account/history",
    "/account/export",
    "/account/delete",
    "/account/delegations",
    "/account/delegations/new",
    "/account/delegations/history",
    "/device",
    "/support",
    "/support/cases",
)
"""Our own pages that need a sign-in: the only places that a local interaction returns to."""
_ABOUT = re.compile(r"id=[0-9A-Za-z-]{1,64}")


async def begin(
    door: FrontDoor,
    *,
    browser: str,
    kind: InteractionKind,
    parameters: Mapping[str, str],
    now: int,
    pushed_id: str | None = None,
) -> str:
    """Store a new interaction; its path. `parameters` are the authorization request, or `return_to` of a local one;
    `pushed_id` is the pushed request that they were copied from.
    """
    interaction_id = door.entropy.token_bytes(_ID_BYTES).hex()
    effect = INSERT_INTERACTION.effect(
        interaction_id=interaction_id,
        browser_digest=digest_of(browser),
        kind=kind.value,
        client_id=parameters.get("client_id", ""),
        parameters=json.dumps(dict(parameters)),
        created_at=now,
        expires_at=now + door.settings.login.interaction_seconds,
        proofs="[]",
        pushed_id=pushed_id,
    )
    await door.database.apply([effect])
    return path_of(interaction_id)


async def begin_local(
    door: FrontDoor,
    request: Request,
    return_to: str,
    now: int,
    *,
    recent_seconds: int | None = None,
    max_age: int | None = None,
    acr: str = "",
) -> Response:
    """Send whoever wants one of our own pages to sign in first; with `recent_seconds`, also who is signed in and proved
    nothing for that long; with `max_age`, also who signed in longer ago; with `acr`, also whose session has not reached
    that rung.
    """
    browser = door.browser(request) or door.new_browser()
    parameters = {"return_to": return_to}
    if recent_seconds is not None:
        parameters["recent_seconds"] = str(recent_seconds)
    if max_age is not None:
        parameters["max_age"] = str(max_age)
    if acr:
        parameters["acr"] = acr
    path = await begin(door, browser=browser, kind=InteractionKind.LOCAL, parameters=parameters, now=now)
    return with_browser(door, RedirectResponse(path, 303), browser)


async def open_interaction(door: FrontDoor, request: Request, now: int) -> Interaction | Response:
    """The interaction of the path, if it is open and this browser's; else the answer that restarts."""
    interaction = await door.database.one(INTERACTION, of_interaction=request.path_params["interaction"])
    browser = door.browser(request)
    if browser is None:
        return _without_cookie(door, request)
    if interaction is None:
        return await _restart(door, request, None, is_same_browser=True, now=now)
    is_same_browser = is_same(interaction.browser_digest, digest_of(browser))
    if is_same_browser and interaction.is_open(now):
        return interaction
    return await _restart(door, request, interaction, is_same_browser=is_same_browser, now=now)


def path_of(interaction_id: str, step: str = "") -> str:
    return f"/sign-in/{interaction_id}/{step}".rstrip("/")


def cookies_blocked(door: FrontDoor, request: Request) -> Response:
    """The page for a browser that sends no cookie where ours must have been."""
    return door.pages.render(
        request,
        "cookies-blocked.html",
        status=400,
        posture=Posture.PLAIN,
        cookie_name=door.cookies.name(Cookie.BROWSER),
        host=door.settings.issuer.split("://", 1)[1],
        retry_url=request.url.path,
    )


def _without_cookie(door: FrontDoor, request: Request) -> Response:
    """No cookie: another browser's bookmark, or a browser that blocks it. Giving one tells which."""
    if request.method == "POST":
        # Or another site's post, which carries no Lax cookie: one given now would replace the person's own.
        return RedirectResponse(request.url.path, 303)
    if _COOKIE_CHECK not in request.query_params:
        response = RedirectResponse(f"{request.url.path}?{_COOKIE_CHECK}=1", 303)
        return with_browser(door, response, door.new_browser())
    return cookies_blocked(door, request)


async def _restart(
    door: FrontDoor, request: Request, interaction: Interaction | None, *, is_same_browser: bool, now: int
) -> Response:
    """Start again for the same application, without a page in between wherever that is possible."""
    if interaction is not None and interaction.kind is InteractionKind.LOCAL:
        return RedirectResponse(local_path(interaction), 303)
    client_id = interaction.client_id if interaction else door.settings.brand.home_client
    client = await door.clients.find(client_id, now) if client_id else None
    # A pushed request is answered once (RFC 9126 §4): only its application can ask again.
    may_ask_again = interaction is not None and interaction.pushed_id is None and is_same_browser
    if interaction is not None and may_ask_again and _is_double_submit(request, interaction, now):
        return RedirectResponse(_again(interaction), 303)
    if client is not None and client.initiate_login_uri:
        separator = "&" if "?" in client.initiate_login_uri else "?"
        # OpenID Connect Core §4: third-party initiated login. The application begins anew, with a state of its own.
        issuer = urlencode({"iss": door.settings.issuer})
        return RedirectResponse(f"{client.initiate_login_uri}{separator}{issuer}", 303)
    if interaction is not None and may_ask_again:
        return RedirectResponse(_again(interaction), 303)
    return door.pages.render(
        request,
        "expired.html",
        status=410,
        posture=Posture.PLAIN,
        application=client.name_in(door.pages.locale(request)) if client else "",
        restart_url=(client.client_uri if client else "") or "/account",
    )


def _is_double_submit(request: Request, interaction: Interaction, now: int) -> bool:
    """Whether the browser dropped the answer for this. Whoever opens the page again, by the back button or a bookmark,
    has had it: to the application it would be a replay.
    """
    if interaction.completed_at is None or now - interaction.completed_at > _DOUBLE_SUBMIT_SECONDS:
        return False
    return request.method == "POST" or "step" not in request.path_params


def _again(interaction: Interaction) -> str:
    return f"/authorize?{urlencode(interaction.parameters)}"


def local_demand(interaction: Interaction) -> Demand:
    """What one of our own pages asks of the sign-in."""
    asked = interaction.parameters
    recent, max_age = asked.get("recent_seconds"), asked.get("max_age")
    return Demand(
        recent_seconds=int(recent) if recent else None,
        max_age=int(max_age) if max_age else None,
        acr=asked.get("acr", ""),
    )


def local_path(interaction: Interaction) -> str:
    """Where a local interaction returns to: one of a fixed list, whatever its row says, about one thing at most."""
    path, _, about = interaction.parameters.get("return_to", "").partition("?")
    if path not in LOCAL_PATHS:
        return LOCAL_PATHS[0]
    return f"{path}?{about}" if _ABOUT.fullmatch(about) else path


def returning_to(path: str, request: Request) -> str:
    """`path` with the thing that the request is about, so that it is shown after signing in."""
    about = f"id={request.query_params.get('id', '')}"
    return f"{path}?{about}" if _ABOUT.fullmatch(about) else path
