"""What the demo's applications say: a few sentences of their own, in `templates/demo/words/`."""

import tomllib
from collections.abc import Mapping

from idp.web.locale import choose_locale
from idp.web.pages import template_folders

LANGUAGES = ("en", "fr", "de", "es", "it", "pl", "pt")


def read_words() -> Mapping[str, Mapping[str, str]]:
    """Language → key → sentence."""
    (folder,) = template_folders()
    return {
        language: tomllib.loads((folder / "demo/words" / f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def language_of(accept_language: str) -> str:
    """The language to speak to a browser."""
    return choose_locale(offered=LANGUAGES, default="en", accept_language=accept_language)
