"""Where somebody pays taxes, and the language that they read: the first question, which begins the sign-up."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor, wear_brand, with_browser
from idp.login.interaction import cookies_blocked, path_of
from idp.login.prompts.create import SIGN_UP_PATH
from idp.portal.signing_up.coming_from import came_from
from idp.portal.signing_up.steps import Step, place
from idp.portal.signing_up.visit import Visit
from idp.portal.signing_up.visit import path_of as path_of_step
from idp.records.interaction import Interaction
from idp.spec.token_value import digest_of
from idp.store.sign_ups import INSERT_SIGN_UP, SET_COUNTRY
from idp.web.cookies import Cookie
from idp.web.countries import countries, is_country
from idp.web.forms import Parameters
from idp.web.locale import Message

TEMPLATE = "sign-up/country.html"
_ID_BYTES = 16
_MISSING = Message("Choose your country")


async def start(door: FrontDoor, request: Request) -> Response:
    """GET `/sign-up`: nothing is stored yet. `from` is the sign-in that it came from."""
    now = door.clock.now()
    browser = door.browser(request) or door.new_browser()
    interaction = await came_from(door, request.query_params.get("from", ""), browser, now)
    return await _first_page(door, request, interaction, browser)


async def begin(door: FrontDoor, request: Request) -> Response:
    """POST `/sign-up`."""
    now = door.clock.now()
    browser = door.browser(request)
    if browser is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, SIGN_UP_PATH)
    interaction = await came_from(door, form.get("from", ""), browser, now)
    chosen = _chosen(door, form)
    if chosen is None:
        return await _first_page(door, request, interaction, browser, form=form)
    country, language = chosen
    sign_up_id = door.entropy.token_bytes(_ID_BYTES).hex()
    effect = INSERT_SIGN_UP.effect(
        sign_up_id=sign_up_id,
        browser_digest=digest_of(browser),
        interaction_id=interaction.interaction_id if interaction else None,
        client_id=interaction.client_id if interaction else "",
        country=country,
        language=language,
        created_at=now,
        expires_at=now + door.settings.sign_up.lifetime_seconds,
    )
    await door.database.apply([effect])
    return _theirs(door, RedirectResponse(path_of_step(sign_up_id, Step.CREDENTIALS), 303), country, language)


async def show(visit: Visit) -> Response:
    """The same question again, of a sign-up that has begun."""
    return _page(visit, visit.sign_up.country)


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    chosen = _chosen(visit.door, form)
    if chosen is None:
        return _page(visit, "", errors={"country": _MISSING})
    country, language = chosen
    effect = SET_COUNTRY.effect(
        of_sign_up=visit.sign_up.sign_up_id, now=visit.now, in_country=country, in_language=language
    )
    await visit.door.database.apply([effect])
    return _theirs(visit.door, await visit.go_on(), country, language)


def _chosen(door: FrontDoor, form: Parameters) -> tuple[str, str] | None:
    """Country and language. A language that we don't speak is none that the page offered."""
    country, language = form.get("country", ""), form.get("language", "")
    offered = door.settings.language.offered
    if not is_country(country):
        return None
    return country, language if language in offered else door.settings.language.default


def _theirs(door: FrontDoor, response: Response, country: str, language: str) -> Response:
    """From here on the pages speak the language that was chosen, and carry the brand of who serves the country."""
    door.cookies.set(response, Cookie.LANGUAGE, language)
    wear_brand(door, response, country=country, language=language)
    return response


async def _first_page(
    door: FrontDoor,
    request: Request,
    interaction: Interaction | None,
    browser: str,
    *,
    form: Parameters | None = None,
) -> Response:
    locale = door.locale(request, interaction, None)
    client = await door.clients.find(interaction.client_id, door.clock.now()) if interaction else None
    response = door.pages.render(
        request,
        TEMPLATE,
        status=200 if form is None else 422,
        locale=locale,
        form_action=SIGN_UP_PATH,
        csrf_token=door.form_token(browser, SIGN_UP_PATH),
        came_from=interaction.interaction_id if interaction else "",
        application=client.name_in(locale) if client else "",
        is_again=form is None and "again" in request.query_params,
        country=_likely_country(door, request) if form is None else "",
        errors={} if form is None else {"country": _MISSING},
        countries=countries(locale),
        **place(Step.COUNTRY),
        sign_in_url=sign_in_path(interaction),
    )
    return with_browser(door, response, browser)


def _likely_country(door: FrontDoor, request: Request) -> str:
    """Of the entry link that they came by, or else where they seem to be."""
    subsidiary = door.pages.subsidiary(request)
    return subsidiary.country if subsidiary and subsidiary.country else door.seen(request).place.country


def _page(visit: Visit, country: str, *, errors: dict[str, Message] | None = None) -> Response:
    return visit.render(
        TEMPLATE,
        errors=errors,
        came_from="",
        application="",
        is_again=False,
        country=country,
        sign_in_url="",
        countries=countries(visit.locale),
    )


def sign_in_path(interaction: Interaction | None) -> str:
    """For who has an account already."""
    return path_of(interaction.interaction_id, Ask.LOGIN) if interaction else "/account"
