"""Words of pages and mails: all of them are in the catalogues, and French says them as the customer guide does."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from idp.web.pages import template_folders

[TEMPLATES] = template_folders()
ROOT = TEMPLATES.parent
SPOKEN = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for folder in ("pages", "mail")
    for path in (TEMPLATES / folder).rglob("*.*")
    if path.name != "wordmark.html"  # The demo brand's name, drawn.
)
# What is read out or shown, beside the text between the tags.
_SAID = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title", "data-copied", "content"})
_UNSAID = frozenset({"viewport", "color-scheme", "supported-color-schemes", "robots"})
_CATALOGUE = frozenset({"_", "gettext", "ngettext"})
# A sentence, or a word with a capital letter: class names and values of forms are neither.
_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,} |^[A-Z][a-z]+")
_SENTENCE = re.compile(r"^[A-Z][a-z’']+ [a-z]+ [a-z]")
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"])


class Text(HTMLParser):
    """What a template says by itself, where its expressions say nothing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag == "style"
        if dict(attrs).get("name") not in _UNSAID:
            self.said += [value or "" for name, value in attrs if name in _SAID]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


def _own_text(source: str) -> str:
    """A template without its comments, statements and expressions."""
    source = re.sub(r"{% block shape %}[a-z ]+{% endblock %}", "", source)
    return "".join(value for _, kind, value in _ENVIRONMENT.lex(source) if kind == "data")


def _constants(node: nodes.Node) -> Iterator[str]:
    """Strings of an expression that no catalogue translates."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _CATALOGUE:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _constants(child)


@pytest.mark.parametrize("path", SPOKEN)
def test_no_word_of_a_template_bypasses_the_catalogues(path: str) -> None:
    source = (TEMPLATES / path).read_text()
    text = _own_text(source)
    said = Text(text).said if path.endswith(".html") else [text]
    without_attributes = [re.sub(r'[a-z-]+="[^"]*"', "", words) for words in said]
    assert [words for words in without_attributes if re.search(r"[^\W\d_]", words)] == []
    constants = _constants(_ENVIRONMENT.parse(source))
    assert [words for words in constants if _WORDS.search(words)] == []


def test_a_word_that_bypasses_the_catalogues_is_found() -> None:
    assert Text(_own_text('<p title="Hello">{{ name }}</p>{# Ours. #}')).said == ["Hello"]
    assert Text(_own_text("<p>{% if name %}Hello{% endif %}</p>")).said == ["Hello"]
    expression = _ENVIRONMENT.parse('{{ "Sign in" if name else _("Sign out") }}')
    assert [words for words in _constants(expression) if _WORDS.search(words)] == ["Sign in"]
    assert list(_sentences('show("You are signed in")')) == ["You are signed in"]
    assert list(_sentences('"""It is said in no page."""\nshow(Message("You are signed in"))')) == []


def _sentences(source: str) -> Iterator[str]:
    """Sentences of a module that are neither messages nor docstrings."""
    tree = ast.parse(source)
    unspoken: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Message")) | ast.Expr(value=ast.Constant()):
                unspoken.update(ast.walk(node))
            case _:
                pass
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in unspoken:
            yield from [node.value] if _SENTENCE.search(node.value) else []


@pytest.mark.parametrize("room", ["events", "login", "portal", "risk", "support"])
def test_no_sentence_of_a_room_bypasses_the_catalogues(room: str) -> None:
    modules = sorted((ROOT / "idp" / room).rglob("*.py"))
    assert modules
    assert {path: found for path in modules if (found := [*_sentences(path.read_text())])} == {}


# What the customer guide calls things. Nothing may be called otherwise, on any page and in any mail.
_GUIDE = [
    ("customer ID", "identifiants? client"),
    ("two-factor authentication", "double authentification"),
    ("backup codes?", "codes? de secours"),
    ("primary (e-mail )?address", "adresse (e-mail )?principale"),
    ("backup (e-mail )?address", "adresses? (e-mail )?de secours"),
    ("primary or backup e-mail address", "adresse e-mail principale ou de secours"),
    ("backup e-mail address", "adresse e-mail de secours"),
    ("control panel", "espace client"),
    ("(your|second|new|lost|another) devices?", "périphérique"),
]
# Shorter where the other word stands beside it.
_BESIDE = {
    "For example %(customer_id)s. The primary or the backup address.",
    "Primary or backup e-mail address",
}
# A computer or a telephone in the hand, not one that was set up to prove anything.
_IN_THE_HAND = re.compile("hold (it )?to your device|(stay on your|on any|on this) device|onnected a device")
# Nor one that is connected by the code that it shows.
_SHOWS_A_CODE = [*(TEMPLATES / "pages/device").glob("*.html"), ROOT / "idp/oauth/device/pages.py"]
_OTHERWISE = re.compile(
    r"numéro (de )?client|code client|\bNIC\b|(deux|2) facteurs|\b2FA\b|code de récupération"
    r"|courriel|\bmél\b|adresse mail\b|assistance|\btéléphone portable\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def french() -> dict[str, str]:
    """English → French, the forms of a plural in one."""
    with (TEMPLATES / "locale/fr/LC_MESSAGES/idp.po").open("rb") as file:
        catalogue: Catalog = read_po(file)
    return {
        _joined(message.id): _joined(message.string).replace("\N{NO-BREAK SPACE}", " ")
        for message in catalogue
        if message.id
    }


def _joined(forms: str | tuple[str, ...] | list[str] | None) -> str:
    return forms if isinstance(forms, str) else " ".join(forms or ())


@pytest.mark.parametrize(("english", "term"), _GUIDE)
def test_french_calls_things_as_the_guide_does(french: dict[str, str], english: str, term: str) -> None:
    concerned = {words: said for words, said in french.items() if re.search(english, words, re.IGNORECASE)}
    assert concerned
    wrong = {words for words, said in concerned.items() if not re.search(term, said, re.IGNORECASE)}
    assert {words for words in wrong - _BESIDE if not _IN_THE_HAND.search(words)} == set()


def test_french_has_one_word_for_a_thing(french: dict[str, str]) -> None:
    assert [said for said in french.values() if _OTHERWISE.search(said)] == []
    about_codes = "".join(file.read_text() for file in _SHOWS_A_CODE)
    devices = {
        words for words, said in french.items() if "appareil" in said.lower() and words not in about_codes
    }
    assert {words for words in devices if not _IN_THE_HAND.search(words)} == set()
