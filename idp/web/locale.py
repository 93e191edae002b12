"""Languages: which one a person reads, and the words in it.

Catalogues are gettext files whose msgid is the English text, `templates/locale/{language}/LC_MESSAGES/idp.po`; they are
read once, at the start. Language tags are compared by the lookup of RFC 4647 §3.4. What a page does with the words
belongs to `web/pages.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from babel.core import Locale
from babel.dates import format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person, in no language yet: a room returns it, a page says it.

    `msgid` is a literal, so that the catalogues' extraction finds it; `params` fill its `%(name)s`. Numbers and
    durations are written as the language writes them.
    """

    msgid: str
    params: Mapping[str, "str | int | timedelta | Message"] = field(default_factory=dict)


class Catalogues:
    """The words of each language, read when it is first spoken. Of several folders, the first that translates a msgid
    wins.
    """

    def __init__(self, folders: Sequence[Path], languages: Iterable[str]) -> None:
        """Raises ValueError for a language that no folder has."""
        self._files = {language: _files(folders, language) for language in languages}
        self._translations: dict[str, Translations] = {}

    def translations(self, language: str) -> Translations:
        if language not in self._translations:
            self._translations[language] = _read(self._files[language])
        return self._translations[language]

    def say(self, message: Message, language: str) -> str:
        """`message` as plain text: escaping is left to the template."""
        words = self.translations(language).gettext(message.msgid)
        if not message.params:
            return words
        return words % {name: self._said(value, language) for name, value in message.params.items()}

    def _said(self, value: str | int | timedelta | Message, language: str) -> str:
        match value:
            case Message():
                return self.say(value, language)
            case timedelta():
                return said_duration(value, language)
            case int():
                return format_decimal(value, locale=babel_locale(language))
            case str():
                return value


def babel_locale(language: str) -> Locale:
    """How `language` writes dates and numbers. Plain English is the world's, with the day before the month."""
    return Locale.parse("en-001" if language == "en" else language, sep="-")


def said_duration(duration: timedelta, language: str) -> str:
    """A duration as people say it, "2 minutes". Never shorter than it is: who waits that long has waited enough."""
    seconds = int(duration.total_seconds())
    length = next(length for length, longest in _UNITS if seconds <= longest)
    whole = timedelta(seconds=-(-seconds // length) * length)
    return format_timedelta(whole, threshold=1.6, locale=babel_locale(language))


def choose_locale(
    *,
    offered: Sequence[str],
    default: str,
    choice: str = "",
    cookie: str = "",
    ui_locales: str = "",
    account: str = "",
    accept_language: str = "",
) -> str:
    """The first of `offered` that somebody asks for, in this order: what the person chose on this page, earlier (a
    cookie), the application's `ui_locales` (OpenID Connect Core §3.1.2.1), the account's language, the browser.

    All of it is hostile input; whatever is not a language that we offer counts as not said.
    """
    wishes = [
        [choice],
        [cookie],
        ui_locales[:_LONGEST_WISH].split()[:_MOST_TAGS],
        [account],
        _accepted(accept_language),
    ]
    for tag in (tag for wish in wishes for tag in wish):
        if language := _offered_for(tag, offered):
            return language
    return default


_UNITS = (
    (1, 90),
    (60, 90 * 60),
    (3600, float("inf")),
)  # Seconds of a unit, and up to how many we speak in it.
_LONGEST_WISH = 1_000
_MOST_TAGS = 20
_LONGEST_TAG = 35  # RFC 5646 §4.4.1
_RANGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:;q=([01](?:\.[0-9]{0,3})?))?")


def _accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, dearest first (RFC 9110 §12.5.4)."""
    ranges = []
    for item in header[:_LONGEST_WISH].split(",")[:_MOST_TAGS]:
        if match := _RANGE.fullmatch(re.sub(r"\s", "", item)):
            weight = float(match[2] or 1)
            if weight > 0:
                ranges.append((weight, match[1]))
    return [tag for _, tag in sorted(ranges, key=lambda item: -item[0])]


def _offered_for(tag: str, offered: Sequence[str]) -> str | None:
    if not tag or len(tag) > _LONGEST_TAG:
        return None
    subtags = tag.replace("_", "-").lower().split("-")
    known = {language.lower(): language for language in offered}
    for length in range(len(subtags), 0, -1):
        if language := known.get("-".join(subtags[:length])):
            return language
    # Another region's variety is better than another language.
    return next((language for language in offered if language.lower().split("-")[0] == subtags[0]), None)


def _files(folders: Sequence[Path], language: str) -> list[Path]:
    files = [folder / language / "LC_MESSAGES" / "idp.po" for folder in folders]
    found = [file for file in files if file.is_file()]
    if not found:
        raise ValueError(f"language.offered: no catalogue for {language!r}; add {files[-1]}")
    return found


def _read(files: Sequence[Path]) -> Translations:
    first, *lesser = [_translations(file) for file in files]
    for one in lesser:
        first.add_fallback(one)
    return first


def _translations(file: Path) -> Translations:
    return Translations(BytesIO(compiled(file)), domain="idp")


def compiled(file: Path) -> bytes:
    """The catalogue as a `.mo` file would hold it."""
    words = BytesIO()
    with file.open("rb") as source:
        write_mo(words, read_po(source, domain="idp"))
    return words.getvalue()
