"""Rules on what people see: names, colours, links, telephone numbers, languages."""

import re
from collections.abc import Iterator
from pathlib import Path

from idp.config.brands import Brand, OtherBrand
from idp.config.contrast import contrast
from idp.config.finding import Finding
from idp.config.origin import canonical_origin
from idp.config.positions import KeyPath
from idp.config.settings import Settings

_LONGEST_NAME = 64
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_COUNTRY = re.compile(r"[A-Z]{2}|\*")
_BRAND_KEY = re.compile(r"[a-z0-9-]{1,32}")
_CODE = re.compile(r"[a-z0-9-]{2,16}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{1,28}[0-9]")
# WCAG 2.2 §1.4.3, between the accent and the grounds of `templates/static/css/idp.css` (a test compares them).
_LEAST_CONTRAST = 4.5
_GROUNDS = {"accent": ("#f3f4f7", "#ffffff"), "accent_dark": ("#0e1014", "#171a20")}


def names(settings: Settings) -> Iterator[Finding]:
    """A brand's name is the sender of every mail: what a header can't hold would stop them all."""
    for path, brand in _brands(settings):
        is_said = bool(brand.name) or isinstance(brand, OtherBrand)
        if not is_said or len(brand.name) > _LONGEST_NAME or not brand.name.isprintable():
            message = f"is not one line of 1 to {_LONGEST_NAME} characters."
            yield Finding(path=(*path, "name"), message=message, fix='Write it as "Demo Hosting".')


def colours(settings: Settings) -> Iterator[Finding]:
    """A colour goes into a style sheet as it is, so nothing but a colour may pass; and people must read it."""
    for path, brand in _brands(settings):
        for key, value in (("accent", brand.accent), ("accent_dark", brand.accent_dark)):
            if not value and isinstance(brand, OtherBrand):
                continue
            if not _COLOUR.fullmatch(value):
                yield Finding(path=(*path, key), message="is not a colour.", fix='Write it as "#1b3fa0".')
                continue
            ratio = min(contrast(value, ground) for ground in _GROUNDS[key])
            if ratio < _LEAST_CONTRAST:
                message = (
                    f"is hard to read on our pages: {ratio:.1f} : 1, and people need {_LEAST_CONTRAST} : 1."
                )
                fix = "Use a darker colour." if key == "accent" else "Use a lighter colour."
                yield Finding(path=(*path, key), message=message, fix=fix)


def links(settings: Settings) -> Iterator[Finding]:
    for path, brand in _brands(settings):
        for key, url in (
            ("help_url", brand.help_url),
            ("legal_url", brand.legal_url),
            ("privacy_url", brand.privacy_url),
        ):
            if url and not (url.startswith(("https://", "http://")) and canonical_origin(url.lower())):
                message = "is not an http or https URL."
                yield Finding(
                    path=(*path, key), message=message, fix='Write it as "https://www.example.com/help".'
                )
        if brand.logo and Path(brand.logo).suffix not in (".svg", ".png"):
            yield Finding(
                path=(*path, "logo"), message="is neither SVG nor PNG.", fix="Name an .svg or .png file."
            )


def phones(settings: Settings) -> Iterator[Finding]:
    for brand_path, brand in _brands(settings):
        for index, phone in enumerate(brand.support_phones):
            path = (*brand_path, "support_phones", index)
            if not _COUNTRY.fullmatch(phone.country):
                message = 'is neither a country code of two capital letters nor "*".'
                yield Finding(path=(*path, "country"), message=message, fix='Write it as "FR".')
            if not _PHONE.fullmatch(phone.number):
                message = "is not a telephone number."
                yield Finding(path=(*path, "number"), message=message, fix='Write it as "+33 1 99 00 00 00".')


def brands(settings: Settings) -> Iterator[Finding]:
    """A brand's key goes into a cookie and into the name of a style sheet."""
    seen: set[str] = set()
    for index, other in enumerate(settings.brands):
        path = ("brands", index, "key")
        if not _BRAND_KEY.fullmatch(other.key):
            message = "is not 1 to 32 lower-case letters, digits and hyphens."
            yield Finding(path=path, message=message, fix='Write it as "ca".')
        elif other.key in seen:
            yield Finding(path=path, message="names another brand too.", fix="Give each its own key.")
        seen.add(other.key)


def subsidiaries(settings: Settings) -> Iterator[Finding]:
    """Each code once, since links carry it in any case; and everything that it names exists."""
    keys, seen = {other.key for other in settings.brands}, set()
    for index, subsidiary in enumerate(settings.subsidiaries):
        path, code = ("subsidiaries", index), subsidiary.code.lower()
        if not _CODE.fullmatch(code):
            message = "is not 2 to 16 letters, digits and hyphens."
            yield Finding(path=(*path, "code"), message=message, fix='Write it as "FR".')
        elif code in seen:
            yield Finding(path=(*path, "code"), message="is there twice.", fix="Remove one of the two.")
        seen.add(code)
        if not _LANGUAGE.fullmatch(subsidiary.language):
            message = "is not a language tag (BCP 47)."
            yield Finding(path=(*path, "language"), message=message, fix='Write it as "fr" or "fr-CA".')
        if subsidiary.country and not _COUNTRY.fullmatch(subsidiary.country):
            message = "is not a country code of two capital letters."
            yield Finding(path=(*path, "country"), message=message, fix='Write it as "FR".')
        if subsidiary.brand and subsidiary.brand not in keys:
            message, fix = "is the key of no brand.", "Add it as one of [[brands]], or leave it empty."
            yield Finding(path=(*path, "brand"), message=message, fix=fix)


def _brands(settings: Settings) -> Iterator[tuple[KeyPath, Brand | OtherBrand]]:
    yield ("brand",), settings.brand
    for index, other in enumerate(settings.brands):
        yield ("brands", index), other


def languages(settings: Settings) -> Iterator[Finding]:
    """A language without a catalogue would show pages in another one, sentence by sentence."""
    available = catalogues(settings.brand.templates)
    named = ", ".join(f'"{language}"' for language in sorted(available))
    for index, language in enumerate(settings.language.offered):
        if language not in available:
            yield Finding(
                path=("language", "offered", index),
                message=f"has no catalogue; there are {named}.",
                fix="Remove it, or add its catalogue.",
            )
    if settings.language.default not in settings.language.offered:
        message = "is not among language.offered."
        because = (("language", "offered"),)
        yield Finding(path=("language", "default"), because=because, message=message, fix="Add it there.")


def catalogues(override: str) -> frozenset[str]:
    """Languages that pages can speak, ours and those of `brand.templates`.

    A checkout has `templates/` beside the package, a wheel inside it.
    """
    package = Path(__file__).parents[1]
    folders = [package / "templates", package.parent / "templates", *([Path(override)] if override else [])]
    return frozenset(
        file.parts[-3] for folder in folders for file in folder.glob("locale/*/LC_MESSAGES/idp.po")
    )
