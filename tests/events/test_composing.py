"""Words: every template in every language, and nothing that a person or a client chose can pretend to be ours."""

import re
from email import message_from_bytes, message_from_string
from email.policy import default
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.config.settings import Brand, Language, Settings
from idp.events.changes import CHANGES
from idp.events.composing import Composed
from idp.events.mails import TEMPLATES, Channel
from idp.events.message import mail_bytes, wire_address
from idp.spec.visible_text import one_line
from tests.events.posting import SAMPLES, composer
from tests.support.mail import Mail, parsed

ACCOUNT = {"customer_id": "aa11111-ovh", "name": "Alice Martin"}
MAILS = [
    (template.name, sample)
    for template in TEMPLATES
    if template.channel is Channel.MAIL
    for sample in template.samples
]


def composed(template: str, locale: str = "en", **more: object) -> Composed:
    return composer().mail(template, locale, {**SAMPLES[template], **ACCOUNT, **more})


def as_mail(words: Composed, *, to: str = "alice@demo.test", brand: str = "Demo Hosting") -> Mail:
    content = mail_bytes(
        words, to=to, sender="no-reply@idp.test", brand=brand, message_id="0" * 32, at=1_800_000_000
    )
    return parsed(to, content)


def _visible(html: str) -> str:
    """The words of an HTML part, without the title."""
    found: list[str] = []

    class Reader(HTMLParser):
        hidden = 0

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.hidden += tag in {"title", "style"}

        def handle_endtag(self, tag: str) -> None:
            self.hidden -= tag in {"title", "style"}

        def handle_data(self, data: str) -> None:
            if not self.hidden:
                found.append(data)

    Reader().feed(html)
    return " ".join(" ".join(found).split())


_WITHOUT_ID = frozenset({"address-code", "read-back-code"})
"""To mailboxes of people whom we don't know yet, or whose request has a name of its own."""


def _links(html: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="([^"]*)"', html)}


def _our_links(text: str) -> set[str]:
    return set(re.findall(r"^https://\S+$", text, re.MULTILINE))


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize(("template", "sample"), MAILS)
def test_every_mail_says_the_same_in_both_parts(
    template: str, sample: dict[str, object], locale: str
) -> None:
    words = composer().mail(template, locale, {**sample, **ACCOUNT})
    text, html = " ".join(words.text.split()), _visible(words.html)
    choices = next(known for known in TEMPLATES if known.name == template).choices
    for name, value in sample.items():
        if isinstance(value, str) and name not in {"what", *choices} and not name.endswith("_url"):
            assert value in f"{words.subject} {text}"
            assert value in f"{words.subject} {html}"
    assert _links(words.html) == _our_links(words.text)
    assert words.text.rstrip().endswith(ACCOUNT["customer_id"])
    assert html.rstrip().endswith(ACCOUNT["customer_id"])
    assert "aa11111-ovh" in words.subject or template in _WITHOUT_ID or template.startswith("case-")
    assert words.locale == locale
    assert "{" not in text + html and "None" not in text + html  # noqa: PT018
    assert "\n\n\n" not in words.text


@pytest.mark.parametrize(("template", "sample"), MAILS)
def test_a_mail_loads_nothing_and_runs_nothing(template: str, sample: dict[str, object]) -> None:
    html = composer().mail(template, "en", {**sample, **ACCOUNT}).html
    assert not re.search(r"<(img|script|link|iframe|object|video|svg|form)|url\(|@import|\son\w+=", html)
    links = re.findall(r'href="([^"]*)"', html)
    assert set(links) <= {str(value) for name, value in sample.items() if name.endswith("_url")}
    assert ("not_me_url" not in sample) or str(sample["not_me_url"]) in links
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("template", ["email-code", "address-code"])
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_the_code_is_in_the_first_line_of_both_parts(template: str, locale: str) -> None:
    words = composed(template, locale)
    assert words.text.startswith("1234 5678 ")
    assert _visible(words.html).startswith("1234 5678 ")
    assert "1234" not in words.subject


@pytest.mark.parametrize("what", list(CHANGES))
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_change_is_told(what: str, locale: str) -> None:
    words = composed("security-changed", locale, what=what, detail="")
    title, _, rest = words.text.partition("\n")
    assert words.subject == f"{title} \N{EN DASH} aa11111-ovh"
    assert title in _visible(words.html)
    assert "Demo Hosting" in rest


def test_what_nobody_knows_is_left_out() -> None:
    words = composed("new-sign-in", browser="", place="", application="")
    for label in ("Browser", "Place", "Application"):
        assert label not in words.text + words.html
    assert "Time: 15 January 2027 at 08:00 UTC" in words.text


def test_somebody_without_an_account_has_no_customer_id() -> None:
    words = composer().mail("address-code", "en", {**SAMPLES["address-code"], "customer_id": "", "name": ""})
    assert "Customer ID" not in words.text + words.html


def test_another_language_falls_back_to_one_that_is_offered() -> None:
    assert composed("email-code", "nl").locale == "en"
    french = Settings(issuer="https://a.test", language=Language(default="fr", offered=("fr",)))
    words = composer(french).mail("email-code", "en", {**SAMPLES["email-code"], **ACCOUNT})
    assert words.locale == "fr"


HOSTILE = [
    "Robot\r\nBcc: victim@demo.test\r\n\r\nYour account is closed",
    "Robot\nSubject: other",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '"><a href="https://evil.test">here</a>',
    "\u202egnp.elif\u202c",
    "\u2028new line\u2029paragraph\x85next\x0bvertical\x0cform\x00null",
    "{{ 7 * 7 }}{% raw %}%(code)s",
    "=?utf-8?q?Bcc=3A_victim=40demo=2Etest?=",
    "x" * 5_000,
    "عبد الله \u200f",
    "Zoë “the\N{ZERO WIDTH NO-BREAK SPACE} boss” \N{SMILING FACE WITH SUNGLASSES}",
]


@pytest.mark.requirement("S84")
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    ("template", "field"),
    [("email-code", "application"), ("email-code", "browser"), ("security-changed", "detail")],
)
def test_what_others_chose_stays_one_harmless_line(template: str, field: str, hostile: str) -> None:
    plain, words = composed(template), composed(template, **{field: hostile})
    assert words.text.count("\n") == plain.text.count("\n")
    assert re.findall("<[a-z]+", words.html) == re.findall("<[a-z]+", plain.html)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", words.text)
    assert max(map(len, words.text.splitlines())) < 400
    mail = as_mail(words)
    assert mail.headers.keys() == as_mail(plain).headers.keys()
    assert "49" not in mail.text


@pytest.mark.requirement("S84")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_headers_cannot_be_added_by_a_customer_id_or_a_brand(hostile: str) -> None:
    words = composed("email-code", customer_id=hostile)
    mail = as_mail(words, brand=one_line(hostile))
    assert mail.headers.keys() == as_mail(composed("email-code")).headers.keys()
    assert mail.headers["To"] == "alice@demo.test"
    assert "\n" not in mail.subject


@pytest.mark.requirement("S84")
@pytest.mark.parametrize(
    "to",
    [
        "alice@demo.test\r\nBcc: victim@demo.test",
        "alice@demo.test\nBcc: victim@demo.test",
        "alice\r@demo.test",
        "alice@",
        "@",
        "",
        "alice@demo .test",
        "alice@demo.test, victim@demo.test",
        "alice@demo.test>\r\nRCPT TO:<victim@demo.test",
    ],
)
def test_an_address_that_is_none_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        as_mail(composed("address-code"), to=to)
    with pytest.raises(ValueError, match="not an address"):
        wire_address(to)


@pytest.mark.parametrize(
    ("to", "on_the_wire"),
    [
        ("alice@école.fr", "alice@xn--cole-9oa.fr"),
        ("élise@école.fr", "élise@xn--cole-9oa.fr"),
        ("o'brien+tag@demo.test", "o'brien+tag@demo.test"),
        ("a.very.long.name.that.fills.a.header.line@and.a.very.long.domain.that.does.too.demo.test",) * 2,
    ],
)
def test_addresses_of_any_script_can_be_written_to(to: str, on_the_wire: str) -> None:
    assert wire_address(to) == on_the_wire
    content = mail_bytes(
        composed("address-code"), to=to, sender="no-reply@idp.test", brand="Démo", message_id="0" * 32, at=0
    )
    message = message_from_string(content.decode(), policy=default)
    assert [address.addr_spec for address in message["To"].addresses] == [on_the_wire]
    assert message["From"].addresses[0].display_name == "Démo"


@pytest.mark.parametrize(
    "brand", ['Ha"ck, Inc. <x@y.test>', "Société d’Hébergement", "איחסון", "A\\B", "a@b"]
)
def test_a_brand_of_any_letters_is_the_name_of_the_sender(brand: str) -> None:
    message = message_from_bytes(as_mail(composed("address-code"), brand=brand).source, policy=default)
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (brand, "no-reply@idp.test")


def test_a_brand_has_its_own_accent_with_ink_that_reads() -> None:
    settings = Settings(issuer="https://a.test", brand=Brand(name="Other", accent="#ffdd00"))
    html = composer(settings).mail("email-code", "en", {**SAMPLES["email-code"], **ACCOUNT}).html
    assert "background-color: #ffdd00; color: #0b0d12" in html


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_is_written_and_read_back_as_one_line(application: str, browser: str) -> None:
    mail = as_mail(composed("email-code", application=application, browser=browser))
    assert mail.text.startswith("1234 5678 is your code")
    assert len(mail.text.splitlines()) <= 19


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
