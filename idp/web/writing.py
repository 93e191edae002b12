"""How templates write names, dates and numbers: the environment of pages and of mails."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from babel.core import Locale
from babel.dates import format_date, format_time, format_timedelta
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup

from idp.web.locale import Catalogues, Message, babel_locale, said_duration


def environment(folders: Sequence[Path], catalogues: Catalogues) -> Environment:
    """What loads templates from the first folder that has them. All but plain text (`.txt`) is escaped."""
    made = Environment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(enabled_extensions=["html"], disabled_extensions=["txt"], default=True),
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    install(made, catalogues)
    return made


def install(environment: Environment, catalogues: Catalogues) -> None:
    """Give `environment` the catalogues' words and our filters. Each looks up `locale` in the page's context."""

    @pass_context
    def gettext(context: Context, words: str) -> str:
        return catalogues.translations(context["locale"]).gettext(words)

    @pass_context
    def ngettext(context: Context, one: str, many: str, count: int) -> str:
        return catalogues.translations(context["locale"]).ngettext(one, many, count)

    @pass_context
    def said(context: Context, value: object) -> object:
        return catalogues.say(value, context["locale"]) if isinstance(value, Message) else value

    @pass_context
    def moment(context: Context, at: int) -> str:
        """A date and a time of day, in UTC, which it names: where the reader lives is not known."""
        when, locale = datetime.fromtimestamp(at, UTC), babel_locale(context["locale"])
        words = {"date": format_date(when, "long", locale), "time": format_time(when, "HH:mm", locale=locale)}
        return catalogues.say(Message("%(date)s at %(time)s UTC", words), context["locale"])

    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.finalize = said
    environment.filters |= {
        "ago": _ago,
        "country": _country,
        "date": _date,
        "dialled": _dialled,
        "duration": _duration,
        "isolated": _isolated,
        "language": language_name,
        "moment": moment,
        "said": said,
        "unbroken": _unbroken,
    }
    environment.tests |= {"our_address": _is_our_address, "web_address": _is_web_address}


def language_name(code: str) -> str:
    """A language's own name, with a capital: it stands alone."""
    locale = Locale.parse(code, sep="-")
    name = locale.get_display_name(locale) or code
    return name[0].upper() + name[1:]


@pass_context
def _date(context: Context, at: int) -> str:
    return format_date(datetime.fromtimestamp(at, UTC), "long", locale=babel_locale(context["locale"]))


@pass_context
def _ago(context: Context, at: int, now: int) -> str:
    """How long ago; relative, because we don't know the person's time zone."""
    past = timedelta(seconds=min(at - now, -1))
    return format_timedelta(past, add_direction=True, threshold=1.5, locale=babel_locale(context["locale"]))


@pass_context
def _duration(context: Context, seconds: int) -> str:
    return said_duration(timedelta(seconds=seconds), context["locale"])


@pass_context
def _country(context: Context, code: str) -> str:
    return str(babel_locale(context["locale"]).territories.get(code.upper(), code))


def _dialled(number: str) -> str:
    return re.sub(r"[^0-9+]", "", number)


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _isolated(text: object) -> Markup:
    """Somebody else's text, kept from turning the direction of ours: a hostile name may hold bidirectional controls."""
    return Markup("<bdi>{}</bdi>").format(text)


def _is_web_address(value: str) -> bool:
    """Whether a link may lead there. Registration checks it too, but a `javascript:` link would run as ours."""
    return urlsplit(value).scheme in ("http", "https")


def _is_our_address(value: str) -> bool:
    """Whether we serve it: pages show no picture from elsewhere, which would tell who signs in where."""
    return value.startswith("/") and not value.startswith("//")
