"""Languages: the choice between them, and complete catalogues."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from idp.web.locale import Catalogues, Message, choose_locale
from idp.web.pages import template_folders

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "templates" / "locale"
LANGUAGES = ["en", "fr", "de", "es", "it", "pl", "pt"]
TRANSLATED = LANGUAGES[1:]
# Words that a language writes as English does.
_SIGNS = {"URI", "%(document)s. %(reason)s", "%(label)s: %(value)s", "%(size)s kB"}
SAME_AS_ENGLISH = {
    "fr": {
        "%(document)s. %(reason)s",
        "Application",
        "Applications",
        "Association",
        "Code",
        "Cookie",
        "Documents",
    }
    | {"Note", "Secret", "Secrets", "URI"},
    "de": _SIGNS
    | {
        "Browser",
        "Code",
        "Cookie",
        "Domain",
        "Name",
        "Passkey",
        "Region",
        "Status",
        "System",
        "Text",
        "Website",
    },
    "es": _SIGNS | {"Cookie", "Error:"},
    "it": _SIGNS | {"Account", "Browser", "Cookie", "Passkey", "Password", "Privacy"},
    "pl": _SIGNS | {"Region", "System"},
    "pt": _SIGNS | {"Cookie"},
}
NO_BREAK = "\N{NO-BREAK SPACE}"
OFFERED = ("en", "fr", "de-AT")


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues([folder / "locale" for folder in template_folders()], LANGUAGES)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What templates and code say, found as `templates/README.md` tells people to find it."""
    pot = tmp_path_factory.mktemp("words") / "idp.pot"
    arguments = ["pybabel", "-q", "extract", "-F", str(LOCALE / "babel.cfg"), "-k", "Message", "-o", str(pot)]
    CommandLineInterface().run([*arguments, str(ROOT)])  # type: ignore[no-untyped-call]
    return _read(pot)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _catalogue(language: str) -> Catalog:
    return _read(LOCALE / language / "LC_MESSAGES" / "idp.po")


def _texts(language: str) -> list[str]:
    """Every sentence in a language, each form of a plural by itself."""
    forms = []
    for message in _catalogue(language):
        if message.id:
            said = message.string or message.id
            forms += [said] if isinstance(said, str) else [form for form in said if form]
    return forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_in_the_catalogue(extracted: Catalog, language: str) -> None:
    known = _catalogue(language)
    missing = [message.id for message in extracted if message.id and message.id not in known]
    assert len(extracted) > 100
    assert missing == [], "bring the catalogues up to date: templates/README.md"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_is_translated(extracted: Catalog, language: str) -> None:
    known = _catalogue(language)
    said = {message.id: known[message.id].string for message in extracted if message.id}
    assert [words for words, string in said.items() if not string or not all(string)] == []
    same = {words for words, string in said.items() if string == words}
    assert same - SAME_AS_ENGLISH[language] == set()
    assert SAME_AS_ENGLISH[language] - same == set(), "no longer the same"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_the_same_places(language: str) -> None:
    assert [(message.id, errors) for message, errors in _catalogue(language).check()] == []


def test_french_signs_never_stand_alone_on_a_line() -> None:
    wrong = re.compile(rf"[^{NO_BREAK}][:;!?»]|«[^{NO_BREAK}]")
    assert [text for text in _texts("fr") if wrong.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_have_typographic_apostrophes_and_no_exclamation(language: str) -> None:
    assert [text for text in _texts(language) if "'" in text or "!" in text or "lease " in text] == []


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ({}, "en"),
        ({"choice": "fr", "cookie": "en", "ui_locales": "en"}, "fr"),
        ({"cookie": "fr", "ui_locales": "en"}, "fr"),
        ({"ui_locales": "fr-CA fr en"}, "fr"),
        ({"ui_locales": "se"}, "en"),
        ({"ui_locales": "se fr"}, "fr"),
        ({"ui_locales": "fr", "account": "en", "accept_language": "en"}, "fr"),
        ({"ui_locales": "se", "account": "fr", "accept_language": "en"}, "fr"),
        ({"account": "fr_CA"}, "fr"),
        ({"accept_language": "fr-FR,fr;q=0.9,en;q=0.8"}, "fr"),
        ({"accept_language": "en;q=0.2, fr;q=0.7"}, "fr"),
        ({"accept_language": "fr;q=0, en"}, "en"),
        ({"accept_language": "*"}, "en"),
        ({"accept_language": "de"}, "de-AT"),
        ({"accept_language": "de-CH"}, "de-AT"),
        ({"accept_language": "DE-at"}, "de-AT"),
        ({"accept_language": "fr;q=many, ;;, =, en;q=0.1"}, "en"),
        ({"accept_language": "x" * 500_000 + ",fr"}, "en"),
        ({"choice": "<script>", "cookie": "../../etc", "accept_language": "fr"}, "fr"),
    ],
)
def test_the_nearest_wish_decides(wishes: dict[str, str], language: str) -> None:
    assert choose_locale(offered=OFFERED, default="en", **wishes) == language


@given(st.text(), st.text(), st.text())
def test_any_wish_ends_in_a_language_that_we_offer(choice: str, ui_locales: str, header: str) -> None:
    language = choose_locale(
        offered=OFFERED, default="en", choice=choice, ui_locales=ui_locales, accept_language=header
    )
    assert language in OFFERED


def test_a_message_says_numbers_times_and_messages_as_the_language_does(catalogues: Catalogues) -> None:
    words = Message(
        "We could not check your password yet. Wait %(wait)s, then try again.", {"wait": timedelta(minutes=2)}
    )
    assert "Wait 2 minutes, then" in catalogues.say(words, "en")
    assert "Attendez 2 minutes, puis" in catalogues.say(words, "fr")
    assert "12,345" in catalogues.say(Message("Back to %(application)s", {"application": 12_345}), "en")
    nested = Message("Back to %(application)s", {"application": Message("Sign in")})
    assert catalogues.say(nested, "fr") == "Retour à Se connecter"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (45, "45 seconds"), (91, "2 minutes"), (900, "15 minutes"), (5_401, "2 hours")],
)
def test_a_wait_is_never_said_shorter_than_it_is(catalogues: Catalogues, seconds: int, words: str) -> None:
    said = catalogues.say(Message("Wait %(wait)s", {"wait": timedelta(seconds=seconds)}), "en")
    assert said == f"Wait {words}"


def test_a_percent_sign_without_places_is_left_alone(catalogues: Catalogues) -> None:
    assert catalogues.say(Message("100% yours"), "fr") == "100% yours"


def test_a_brand_changes_one_word_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "idp.po"
    file.parent.mkdir(parents=True)
    file.write_text('msgid "Sign in"\nmsgstr "Entrer"\n')
    folders = [folder / "locale" for folder in template_folders(str(tmp_path))]
    words = Catalogues(folders, ["fr"])
    assert words.say(Message("Sign in"), "fr") == "Entrer"
    assert words.say(Message("Sign out"), "fr") == "Se déconnecter"


def test_a_language_without_words_refuses_the_start() -> None:
    with pytest.raises(ValueError, match=r"language\.offered: no catalogue for 'eo'"):
        Catalogues([LOCALE], ["eo"])
