"""Pages as people and their programs see them: hooks, words, escaping and weight."""

import re

import pytest
from jinja2 import Environment, UndefinedError, meta
from starlette.applications import Starlette
from starlette.testclient import TestClient

from idp.web.locale import Catalogues
from idp.web.pages import template_folders
from idp.web.writing import install
from tests.web.address_samples import ADDRESS_SPARE
from tests.web.case_samples import CASE_SPARE
from tests.web.code_samples import CODE_SPARE
from tests.web.demo_samples import DEMO_SAMPLES
from tests.web.factor_samples import FACTOR_SPARE
from tests.web.forgot_samples import FORGOT_PAGES, FORGOT_SPARE
from tests.web.markup import Markup, page_with
from tests.web.recovery_samples import RECOVERY_SPARE
from tests.web.samples import SAMPLES, sample_application
from tests.web.security_samples import SECURITY_SPARE
from tests.web.service_account_samples import SERVICE_ACCOUNT_SPARE
from tests.web.sign_up_samples import SIGN_UP_SPARE

PAGES = template_folders()[0] / "pages"
FRAME = {
    "brand",
    "csp_nonce",
    "customer_id_example",
    "direction",
    "languages",
    "locale",
    "logo_url",
    "offers_delegation",
    "static",
}
WITH_ERRORS = [name for name in SAMPLES if name.endswith("-errors")]


@pytest.fixture(scope="module")
def application() -> Starlette:
    return sample_application()


@pytest.fixture
def client(application: Starlette) -> TestClient:
    """A browser that was never here."""
    return TestClient(application)


def shown(client: TestClient, name: str, language: str = "en") -> Markup:
    response = client.get(f"/{name}", headers={"Accept-Language": language})
    assert response.status_code == 200
    return Markup(response.text)


def test_every_page_has_a_sample() -> None:
    pages = {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.html")}
    assert {template for template, _ in SAMPLES.values()} == {
        page for page in pages if not re.search(r"(^|/)(layout|parts/.*)\.html$|^parts/", page)
    }
    of_the_demo = {path.name for path in (PAGES.parent / "demo").glob("*.html")}
    assert {template for template, _ in DEMO_SAMPLES.values()} == of_the_demo - {
        "layout.html",
        "application.html",
    }


@pytest.mark.parametrize("path", sorted({template for template, _ in SAMPLES.values()}))
def test_the_first_lines_name_every_variable(path: str) -> None:
    source = (PAGES / path).read_text()
    environment = Environment(extensions=["jinja2.ext.i18n"])
    install(environment, Catalogues([PAGES.parent / "locale"], ["en"]))
    macros = set(re.findall(r"macro (\w+)", source)) | set(
        re.findall(r"\w+", " ".join(re.findall(r" import (.+?) with context", source)))
    )
    used = meta.find_undeclared_variables(environment.parse(source)) - macros
    header = source.partition("#}")[0]
    if path.startswith("account/"):
        header += (PAGES / "account/layout.html").read_text().partition("#}")[0]
    assert used - FRAME - {"_"} - set(re.findall(r"\w+", header)) == set()


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.requirement("S66", "S72")
def test_nothing_is_inline_or_from_elsewhere(client: TestClient, name: str) -> None:
    page = shown(client, name)
    assert page.all("style", "iframe", "object", "base") == []
    assert not [a for _, attrs in page.tags for a in attrs if a == "style" or a.startswith("on")]
    sources = [a.get("src", "") for a in page.all("script", "img")] + [a["href"] for a in page.all("link")]
    assert all(source.startswith(("/static/", "/logo/")) for source in sources)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_has_a_label_and_every_reference_an_aim(client: TestClient, name: str) -> None:
    page = shown(client, name)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    fields = [field for field in page.all("input", "select", "textarea") if field.get("type") != "hidden"]
    assert {field["id"] for field in fields} <= {label["for"] for label in page.all("label")}
    assert all("placeholder" not in field for field in fields)
    texts = [field for field in fields if field.get("type") not in ("checkbox", "radio")]
    assert all(field["autocomplete"] for field in texts)
    named = " ".join(
        attrs.get(key, "")
        for _, attrs in page.tags
        for key in ("for", "aria-describedby", "aria-labelledby", "data-reveals", "data-copies")
    )
    assert set(named.split()) <= set(ids)
    assert {a["href"][1:] for a in page.all("a") if re.match(r"#.", a["href"])} <= set(ids)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_has_one_heading_one_main_and_says_its_language(client: TestClient, name: str) -> None:
    for language in ("en", "fr"):
        page = shown(client, name, language)
        assert (len(page.all("h1")), len(page.all("main")), page.all("html")[0]["lang"]) == (1, 1, language)
        # What is sent on as it is gets no member from its button.
        is_ours = not any("data-submit" in form for form in page.all("form"))
        assert all(
            button.get("type") == "button" or button.get("name") == ("action" if is_ours else None)
            for button in page.all("button")
        )


@pytest.mark.parametrize(
    ("name", "form", "actions", "tokens"),
    [
        ("login", "login", {"continue"}, {"username webauthn", "current-password"}),
        ("second-factor", "second-factor", {"continue", "other-way"}, {"one-time-code"}),
        ("second-factor-key", "second-factor", {"continue", "other-way"}, set()),
        ("second-factor-backup-code", "second-factor", {"continue", "other-way"}, {"one-time-code"}),
        ("second-factor-sms", "second-factor", {"send", "other-way"}, set()),
        ("other-way", "other-way", {"security-key", "totp", "sms", "backup-code"}, set()),
        ("select-account", "select-account", {"continue", "other"}, set()),
        ("consent", "consent", {"allow", "deny"}, set()),
        ("logout", "logout", {"continue", "stay"}, set()),
        ("enrol", "enrol", {"continue"}, {"username", "new-password"}),
        ("home", "sign-out", {"continue"}, set()),
        ("applications", "revoke-application", {"continue", "revoke"}, set()),
        ("devices", "end-session", {"continue", "end", "end-trust", "end-others"}, set()),
        ("devices", "end-other-sessions", {"continue", "end", "end-trust", "end-others"}, set()),
        ("security", "notifications", {"continue", "notify"}, set()),
        ("turn-off", "turn-off", {"continue", "turn-off"}, set()),
        ("set-up", "set-up", {"continue", "existing", "passkey", "totp", "security-key", "sms"}, set()),
        ("set-up-totp", "set-up", {"continue"}, {"one-time-code", "off"}),
        ("set-up-phone", "set-up", {"continue"}, {"tel"}),
        ("backup-codes", "backup-codes", {"continue"}, set()),
    ],
)
def test_hooks_are_stable(
    client: TestClient, name: str, form: str, actions: set[str], tokens: set[str]
) -> None:
    page = shown(client, name)
    assert form in {attributes["id"] for attributes in page.all("form")}
    assert all(attributes["method"] == "post" for attributes in page.all("form"))
    assert {b["value"] for b in page.all("button") if b.get("name") == "action"} == actions
    assert {f["autocomplete"] for f in page.all("input") if "autocomplete" in f} == tokens
    hidden = [field["name"] for field in page.all("input") if field["type"] == "hidden"]
    assert hidden.count("csrf_token") == len(page.all("form"))


def test_the_sign_in_page_keeps_what_was_typed_but_the_password(client: TestClient) -> None:
    fields = {field["name"]: field for field in shown(client, "login-errors").all("input")}
    assert fields["username"]["value"] == "aa1111"
    assert "value" not in fields["password"]
    assert "checked" in fields["shared_computer"]
    assert fields["username"]["aria-describedby"] == "username-hint username-error"


def test_the_way_back_is_a_link_on_the_sign_in_page(client: TestClient) -> None:
    assert [a["href"] for a in shown(client, "login").all("a") if "/forgot" in a["href"]]


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_after_an_error_the_title_says_so_and_the_summary_takes_the_focus(
    client: TestClient, name: str
) -> None:
    assert "<title>Error: " in client.get(f"/{name}?language=en").text
    assert "<title>Erreur\N{NO-BREAK SPACE}: " in client.get(f"/{name}?language=fr").text
    focused = [attributes for _, attributes in shown(client, name).tags if "autofocus" in attributes]
    assert [attributes["class"] for attributes in focused] == ["summary"]


@pytest.mark.requirement("S73")
@pytest.mark.parametrize("name", ["login", "select-account", "consent", "logout", "signed-out", "expired"])
def test_a_hostile_client_name_stays_text(name: str) -> None:
    hostile = '"><script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}%(brand)s{{ brand }}'
    template, context = SAMPLES[name]
    html = page_with(template, **{**context, "application": hostile})
    assert "<script>alert" not in html
    assert "<bdi>&#34;&gt;&lt;script&gt;" in html
    assert "%(brand)s{{ brand }}</bdi>" in html


@pytest.mark.requirement("S73")
def test_an_address_that_would_run_a_script_is_no_link() -> None:
    template, context = SAMPLES["consent"]
    hostile = dict.fromkeys(["application_url", "policy_url", "terms_url"], "javascript:alert(1)")
    assert "javascript:" not in page_with(template, **{**context, **hostile})


@pytest.mark.requirement("S72")
@pytest.mark.parametrize("name", ["login", "consent"])
def test_a_logo_is_shown_only_from_our_own_address(name: str) -> None:
    template, context = SAMPLES[name]
    for elsewhere in ("https://robot.example/logo.png", "//robot.example/logo.png"):
        assert "logo.png" not in page_with(template, **{**context, "application_logo": elsewhere})
    page = page_with(template, **{**context, "application_logo": "/logo/robot.png"})
    assert '<img class="application" src="/logo/robot.png" alt=""' in page


# States of a page that have less to say than the one beside them.
_TERSE = {
    "addresses",
    "addresses-none",
    "applications-no-services",
    "applications-none",
    "backup-codes-in-sign-in",
    "consent",
    "delete-obstacle",
    "delete-planned",
    "history-none",
    "security",
    "set-up-key",
    "set-up-recommended",
    "set-up-totp-errors",
    "set-up-totp-over",
    "support-account",
    "support-account-own",
}


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in _TERSE])
def test_a_forgotten_variable_fails(name: str) -> None:
    template, context = SAMPLES[name]
    for variable in context:
        if variable in {"now", "next_label"}:  # Wanted only beside others.
            continue
        if variable in SECURITY_SPARE and template.startswith(
            ("set-up/", "account/security", "account/turn-off")
        ):
            continue
        if variable in FACTOR_SPARE and template in {"second-factor.html", "other-way.html"}:
            continue
        if variable in CASE_SPARE and template in {"case-cancel.html", "support/case.html"}:
            continue
        if variable in CODE_SPARE and template == "email-code.html":
            continue
        if variable in RECOVERY_SPARE and template.startswith(("recovery/", "case-status", "lost-mailbox")):
            continue
        if variable in FORGOT_SPARE and template in FORGOT_PAGES:
            continue
        if variable in SIGN_UP_SPARE and template.startswith("sign-up/"):
            continue
        if variable in ADDRESS_SPARE and template.startswith(
            ("account/address", "account/new-address", "account/profile", "address-change.")
        ):
            continue
        if variable in SERVICE_ACCOUNT_SPARE and template.startswith("account/service-account"):
            continue
        remaining = {key: value for key, value in context.items() if key != variable}
        with pytest.raises((UndefinedError, TypeError)):
            page_with(template, **remaining)


@pytest.mark.parametrize("name", ["email-code", "second-factor-sms-sent", "set-up-phone-code"])
def test_a_sent_code_is_asked_for_in_its_alphabet(name: str) -> None:
    template, context = SAMPLES[name]
    digits = page_with(template, **{**context, "is_numeric": True})
    letters = page_with(template, **{**context, "is_numeric": False})
    assert "Eight digits" in digits
    assert 'inputmode="numeric"' in digits
    assert "Eight letters" in letters
    assert 'inputmode="text"' in letters


@pytest.mark.parametrize(
    ("language", "day", "ago"),
    [("en", "18 January 2023", "10 minutes ago"), ("fr", "18 janvier 2023", "il y a 10 minutes")],
)
def test_dates_are_written_as_the_language_does(
    client: TestClient, language: str, day: str, ago: str
) -> None:
    assert day in shown(client, "home", language).text
    assert ago in shown(client, "devices", language).text


def test_a_developer_sees_what_differs(client: TestClient) -> None:
    html = client.get("/error-details").text
    assert "http://localhost:8001/<mark>call-back</mark>?from=here" in html
    assert "7K3F-92QD" in html


@pytest.mark.parametrize("name", SAMPLES)
def test_a_first_visit_is_light(client: TestClient, name: str) -> None:
    response = client.get(f"/{name}")
    page = Markup(response.text)
    linked = [a["src"] for a in page.all("script", "img")] + [a["href"] for a in page.all("link")]
    assert len(response.content) + sum(len(client.get(url).content) for url in linked) < 100_000


def test_support_can_be_called_from_anywhere(client: TestClient) -> None:
    page = shown(client, "blocked", "fr")
    assert {"tel:1099", "tel:+33199000000"} <= {a["href"] for a in page.all("a")}
    assert "Depuis l’étranger" in page.text
