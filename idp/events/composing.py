"""The words of a message: templates of `templates/mail/`, in the recipient's language.

The text template opens with the block `subject`. Whatever a person or a client chose (a device's name, an
application's) becomes one line without invisible marks first, so that it can't pretend to be a sentence of ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.config.settings import Brand, Settings
from idp.config.subsidiaries import Subsidiaries
from idp.events.case_words import WORDS as CASE_WORDS
from idp.events.changes import CHANGES
from idp.spec.visible_text import one_line
from idp.web.brand import ink_on
from idp.web.locale import Catalogues, babel_locale, choose_locale
from idp.web.writing import environment

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """`html` is empty for a text to a phone. `brand` is who writes."""

    locale: str
    brand: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)


class Composer:
    """Built once."""

    def __init__(self, settings: Settings, catalogues: Catalogues, folders: Sequence[Path]) -> None:
        self.subsidiaries = Subsidiaries.of(settings)
        self._brand = settings.brand
        self._language = settings.language
        self._catalogues = catalogues
        self._environment = environment([folder / "mail" for folder in folders], catalogues)

    def mail(
        self, template: str, locale: str, context: Mapping[str, Any], *, brand: Brand | None = None
    ) -> Composed:
        """A mail, in the main brand or another. `context` are the template's fields, `customer_id` and `name`."""
        values = self._values(locale, context, brand or self._brand)
        text = self._environment.get_template(f"{template}.txt")
        subject = "".join(text.blocks["subject"](text.new_context(values)))
        return Composed(
            locale=values["locale"],
            brand=values["brand"].name,
            subject=one_line(subject),
            text=_tidied(text.render(values)),
            html=self._environment.get_template(f"{template}.html").render(values),
        )

    def sms(
        self, template: str, locale: str, context: Mapping[str, Any], *, brand: Brand | None = None
    ) -> Composed:
        """A text to a phone. A non-breaking space would halve how much fits into one."""
        values = self._values(locale, context, brand or self._brand)
        text = self._environment.get_template(f"{template}.txt").render(values)
        plain = re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", text.strip())
        return Composed(locale=values["locale"], brand=values["brand"].name, subject="", text=plain, html="")

    def _values(self, locale: str, context: Mapping[str, Any], brand: Brand) -> dict[str, Any]:
        language = choose_locale(
            offered=self._language.offered, default=self._language.default, account=locale
        )
        return {
            **{name: _cleaned(name, value) for name, value in context.items()},
            "brand": brand,
            "on_accent": ink_on(brand.accent),
            "on_accent_dark": ink_on(brand.accent_dark),
            "changes": CHANGES,
            "case_words": CASE_WORDS,
            "locale": language,
            "direction": babel_locale(language).text_direction,
        }


def _cleaned(name: str, value: object) -> object:
    """Links are ours, and as long as they are."""
    if not isinstance(value, str):
        return value
    line = one_line(value)
    return line if len(line) <= _LONGEST_VALUE or name.endswith("_url") else line[:_LONGEST_VALUE] + "…"


def _tidied(text: str) -> str:
    """At most one empty line between paragraphs, and none at the ends: blocks that say nothing leave gaps."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
