"""How pages are sent: headers, nonces, and whose wish decides the language."""

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.web.headers import Posture
from idp.web.pages import Pages
from tests.web.markup import Markup
from tests.web.samples import SETTINGS, FixedEntropy, sample_application


@pytest.fixture(scope="module")
def application() -> Starlette:
    return sample_application()


@pytest.fixture
def client(application: Starlette) -> TestClient:
    """A browser that was never here."""
    return TestClient(application)


def test_each_answer_has_a_nonce_of_its_own(client: TestClient) -> None:
    first, second = client.get("/login"), client.get("/login")
    nonces = [re.findall(r'nonce="([^"]+)"', response.text) for response in (first, second)]
    assert nonces[0] != nonces[1]
    assert f"'nonce-{nonces[0][0]}'" in first.headers["content-security-policy"]


def test_a_page_is_not_stored_and_names_its_language(client: TestClient) -> None:
    headers = client.get("/login", headers={"Accept-Language": "fr"}).headers
    assert (headers["cache-control"], headers["content-language"]) == ("no-store", "fr")
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_the_posture_decides_the_policy(client: TestClient) -> None:
    assert "form-action" not in client.get("/login").headers["content-security-policy"]
    assert client.get("/home").headers["cross-origin-opener-policy"] == "same-origin"


def test_a_language_chosen_in_the_footer_is_remembered() -> None:
    client = TestClient(sample_application())
    page = Markup(client.get("/login?step=2&ui_locales=en").text)
    link = next(a["href"] for a in page.all("a") if a.get("hreflang") == "fr")
    assert link == "?step=2&language=fr"
    response = client.get("/login" + link, headers={"Accept-Language": "en"})
    assert (
        "idp-language=fr; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000" in response.headers["set-cookie"]
    )
    assert client.get("/login?ui_locales=en").headers["content-language"] == "fr"


def test_an_applications_wish_is_followed_and_not_remembered() -> None:
    client = TestClient(sample_application())
    response = client.get("/login?ui_locales=se fr-CA", headers={"Accept-Language": "en"})
    assert response.headers["content-language"] == "fr"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("choice", ["xx", "fr-CA", "<b>", "../en"])
def test_only_a_language_that_we_offer_is_remembered(client: TestClient, choice: str) -> None:
    assert "set-cookie" not in client.get("/login", params={"language": choice}).headers


def test_status_headers_and_preference_come_from_the_room() -> None:
    pages = Pages(SETTINGS, entropy=FixedEntropy())

    def show(request: Request) -> Response:
        return pages.render(
            request,
            "busy.html",
            status=503,
            posture=Posture.PLAIN,
            locale="se fr",
            headers={"Retry-After": "5"},
            retry_seconds=5,
        )

    response = TestClient(Starlette(routes=[Route("/", show)])).get("/")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.headers["content-language"] == "fr"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "Attendez 5\N{NO-BREAK SPACE}secondes" in response.text
