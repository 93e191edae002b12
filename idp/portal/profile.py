"""`/account/profile`: what the customer says of themselves, and what applications learn of it."""

import json
from functools import lru_cache

from babel.core import get_global
from starlette.responses import RedirectResponse, Response

from idp.account.profile import change_profile, stored_profile, version_of
from idp.account.profile_fields import FIELDS, GENDERS, read_profile, typed_of
from idp.portal.visit import Visit
from idp.records.account import AccountKind, StoredProfile
from idp.web.countries import countries, is_country
from idp.web.forms import Parameters
from idp.web.locale import Message
from idp.web.writing import language_name

PATH = "/account/profile"
_OWN_FIELDS = ("language", "kind", "account_country")
_CHANGED = Message("Your profile was changed elsewhere meanwhile. Check the fields, then save again.")
_NO_CHOICE = Message("Choose one of the list")


async def show(visit: Visit) -> Response:
    stored = await stored_profile(visit.door.database, visit.person)
    own = {"language": stored.language, "kind": stored.kind, "account_country": stored.country}
    return _page(visit, stored, {**typed_of(json.loads(stored.profile)), **own})


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    stored = await stored_profile(visit.door.database, visit.person)
    typed = {name: form.get(name, "") for name in (*FIELDS, *_OWN_FIELDS)}
    claims, errors = read_profile(form, json.loads(stored.profile), zones=_zones())
    errors |= _own_errors(visit, form, stored)
    if errors:
        return _page(visit, stored, typed, status=422, errors=errors)
    is_current = form.get("version") == version_of(stored)
    if not is_current or not await change_profile(
        visit.door.database,
        visit.door.audit,
        visit.occasion,
        visit.person,
        stored,
        claims=claims,
        language=typed["language"],
        kind=typed["kind"],
        country=typed["account_country"],
    ):
        newest = await stored_profile(visit.door.database, visit.person)
        return _page(visit, newest, typed, status=409, errors={"form": _CHANGED})
    return RedirectResponse(f"{PATH}?saved=1", 303)


def _own_errors(visit: Visit, form: Parameters, stored: StoredProfile) -> dict[str, Message]:
    """Of what is no claim. What is there already stays valid, and so does nothing."""
    languages = {*visit.door.settings.language.offered, stored.language, ""}
    country = form.get("account_country", "")
    fits = {
        "language": form.get("language", "") in languages,
        "kind": form.get("kind", "") in {*AccountKind, stored.kind, ""},
        "account_country": country in (stored.country, "") or is_country(country),
    }
    return {name: _NO_CHOICE for name, is_fitting in fits.items() if not is_fitting}


def _page(
    visit: Visit,
    stored: StoredProfile,
    typed: dict[str, str],
    *,
    status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Response:
    gender = typed["gender"]
    return visit.render(
        "account/profile.html",
        status=status,
        **visit.form(),
        version=version_of(stored),
        typed=typed,
        kinds=list(dict.fromkeys(filter(None, (*map(str, AccountKind), stored.kind)))),
        countries=countries(visit.locale),
        spoken=[(code, language_name(code)) for code in visit.door.settings.language.offered],
        zones=[(zone, zone.replace("_", " ")) for zone in sorted(_zones() | {typed["zoneinfo"]} - {""})],
        genders=[*GENDERS, *([gender] if gender and gender not in GENDERS else [])],
        is_saved="saved" in visit.request.query_params,
        errors=errors or {},
    )


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """The time zones of IANA that CLDR knows a country of."""
    return frozenset(zone for zone in get_global("zone_territories") if "/" in zone and "Etc/" not in zone)
