"""Pages of the demo's applications: their own templates, words and stylesheet, in the spirit of the provider's."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.demo.words import language_of, read_words
from idp.web.locale import babel_locale
from idp.web.pages import template_folders

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'{actions};"
    " base-uri 'none'; frame-ancestors 'none'"
)


class DemoPages:
    """Templates below `templates/demo/`, for one application."""

    def __init__(self, *, accent: str, accent_dark: str, form_target: str = "") -> None:
        """`form_target` is an origin that a form of ours ends at, by redirects."""
        (templates,) = template_folders()
        folder = templates / "demo"
        self._words = read_words()
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"day": _day, "money": _money}
        style = (folder / "demo.css").read_text(encoding="utf-8")
        accents = (
            f"\n:root {{ --accent: {accent}; }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {accent_dark}; }} }}\n"
        )
        self._style = style + accents
        self._policy = _POLICY.format(actions=f" {form_target}" if form_target else "")

    def render(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """One page in the browser's language. The template finds its words as `words`."""
        language = language_of(request.headers.get("accept-language", ""))
        words = self._words[language]
        body = self._environment.get_template(template).render(words=words, language=language, **context)
        headers = {
            "Content-Security-Policy": self._policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "Vary": "Accept-Language",
            "Content-Language": language,
        }
        return HTMLResponse(body, status_code=status, headers=headers)

    async def style(self, request: Request) -> Response:
        """`/demo.css`, with the application's accent."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "max-age=300"})


@pass_context
def _day(context: Context, day: date) -> str:
    return format_date(day, "long", locale=babel_locale(context["language"]))


@pass_context
def _money(context: Context, euros: Decimal) -> str:
    return format_currency(euros, "EUR", locale=babel_locale(context["language"]))
