"""Pages: templates, words and headers put together into one answer.

Templates, static files and catalogues come from the brand's folder (`brand.templates`) first, then from ours.
A template is compiled when it is first shown, which is once; a file that changes later needs a restart. Which page to
show is the rooms' business.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import idp
from idp.config.brands import Subsidiary
from idp.config.settings import Brand, Settings
from idp.config.subsidiaries import Subsidiaries
from idp.records.ports import Entropy
from idp.web import brand, writing
from idp.web.brand import Dress
from idp.web.cookies import Cookie, Cookies
from idp.web.headers import Posture, page_headers
from idp.web.locale import Catalogues, Message, babel_locale, choose_locale
from idp.web.static import StaticAssets, read_files
from idp.web.writing import environment

CHOICE = "language"
"""The query parameter of the footer's language links. `ui_locales` would not do: that is an application's wish, which
the authorization and logout endpoints take too, and must not be remembered as the person's."""

SIGN_OUT_PATH = "/sign-out"
"""Where the form of every signed-in page's frame posts to."""

_NONCE_BYTES = 16


class Pages:
    """Built once; `static` is the ASGI application for `/static/…`, `catalogues` are the words for mail and others."""

    def __init__(self, settings: Settings, *, entropy: Entropy) -> None:
        """Raises ValueError, naming the key, for a logo, a folder or a language that isn't there."""
        folders = template_folders(settings.brand.templates)
        self._settings = settings
        self._entropy = entropy
        self.catalogues = Catalogues([folder / "locale" for folder in folders], settings.language.offered)
        files = read_files([folder / "static" for folder in folders])
        self.subsidiaries = Subsidiaries.of(settings)
        self._dresses = brand.dresses(self.subsidiaries.brands, files)
        self.static = StaticAssets(files)
        self._environment = environment([folder / "pages" for folder in folders], self.catalogues)
        self._cookies = Cookies.of(settings)

    def locale(self, request: Request, preferred: str = "") -> str:
        """The language for who sent `request`. `preferred` holds what we know besides: the application's `ui_locales`,
        then the account's language, separated by spaces.
        """
        return choose_locale(
            offered=self._settings.language.offered,
            default=self._settings.language.default,
            choice=request.query_params.get(CHOICE, ""),
            cookie=self._cookies.read(request, Cookie.LANGUAGE) or "",
            ui_locales=request.query_params.get("ui_locales", "") + " " + preferred,
            accept_language=request.headers.get("accept-language", ""),
        )

    def subsidiary(self, request: Request) -> Subsidiary | None:
        """The one that this browser came to us by, or whose customer signed in here last."""
        return self.subsidiaries.named(self._cookies.read(request, Cookie.SUBSIDIARY) or "")

    def brand(self, request: Request) -> Brand:
        """What the pages of this browser look like."""
        return self._dress(request).brand

    def say(self, message: Message, locale: str) -> str:
        return self.catalogues.say(message, locale)

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        posture: Posture = Posture.INTERACTION,
        locale: str | None = None,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """One page. `template` is a path below `pages/`, whose first lines list the `context` that it wants; a missing
        one raises. `locale` is a preference, as in `locale()`: what the person chose in the footer comes first.
        """
        language = self.locale(request, locale or "")
        nonce = urlsafe_b64encode(self._entropy.token_bytes(_NONCE_BYTES)).rstrip(b"=").decode()
        body = self._environment.get_template(template).render(
            **context, **self._frame(request, language, nonce)
        )
        response = HTMLResponse(body, status_code=status)
        response.headers.update(page_headers(posture, nonce=nonce, https=self._settings.is_https))
        response.headers["Content-Language"] = language
        response.headers.update(headers or {})
        if request.query_params.get(CHOICE) == language:
            self._cookies.set(response, Cookie.LANGUAGE, language)
        return response

    def _frame(self, request: Request, language: str, nonce: str) -> dict[str, Any]:
        dress = self._dress(request)
        return {
            "brand": dress.brand,
            "offers_delegation": self._settings.delegation.enabled,
            "customer_id_example": "ab12345" + self._settings.customer_id.suffix,
            "logo_url": self.static.url(dress.logo) if dress.logo else "",
            "style_url": self.static.url(dress.style),
            "locale": language,
            "direction": babel_locale(language).text_direction,
            "languages": [
                {
                    "code": code,
                    "name": writing.language_name(code),
                    "href": _in_language(request, code),
                    "current": code == language,
                }
                for code in self._settings.language.offered
            ],
            "csp_nonce": nonce,
            "static": self.static.url,
        }

    def _dress(self, request: Request) -> Dress:
        subsidiary = self.subsidiary(request)
        return self._dresses[subsidiary.brand if subsidiary else ""]


def template_folders(override: str = "") -> list[Path]:
    """The folders to search, in order: the brand's, then the wheel's, or the repository's when we run from there."""
    installed = Path(idp.__file__).parent / "templates"
    ours = installed if installed.is_dir() else installed.parent.parent / "templates"
    if not override:
        return [ours]
    if not Path(override).is_dir():
        raise ValueError(
            f"brand.templates: {override!r} is not a folder; give the path of one, or leave it empty"
        )
    return [Path(override), ours]


def _in_language(request: Request, code: str) -> str:
    """This page in another language. Relative, so that a proxy's path doesn't matter."""
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in (CHOICE, "ui_locales")
    ]
    return "?" + urlencode([*kept, (CHOICE, code)])
