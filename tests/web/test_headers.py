"""`web/headers.py`: what a browser is told of each page."""

import re

import pytest

from idp.web.headers import Posture, base_headers, page_headers

EVERY = pytest.mark.parametrize("posture", list(Posture))


def directives(posture: Posture) -> dict[str, str]:
    policy = page_headers(posture, nonce="n0nce", https=True)["Content-Security-Policy"]
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}


@EVERY
@pytest.mark.requirement("S66", "S72")
def test_only_our_own_assets_and_scripts_with_the_nonce_load(posture: Posture) -> None:
    policy = directives(posture)

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'nonce-n0nce'"
    assert policy["style-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in " ".join(policy.values())
    assert "http" not in " ".join(policy.values())


@EVERY
@pytest.mark.requirement("S67")
def test_no_page_is_frameable(posture: Posture) -> None:
    assert directives(posture)["frame-ancestors"] == "'none'"
    assert page_headers(posture, nonce="n", https=True)["X-Frame-Options"] == "DENY"


@pytest.mark.requirement("S66", "S69")
def test_pages_that_lead_to_a_client_restrict_neither_its_redirect_nor_its_popup() -> None:
    headers = page_headers(Posture.INTERACTION, nonce="n", https=True)

    assert "form-action" not in directives(Posture.INTERACTION)
    assert "Cross-Origin-Opener-Policy" not in headers


@pytest.mark.requirement("S66", "S69")
def test_portal_pages_post_only_to_us_and_share_no_opener() -> None:
    headers = page_headers(Posture.PORTAL, nonce="n", https=True)

    assert directives(Posture.PORTAL)["form-action"] == "'self'"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.requirement("S69")
def test_pages_with_forms_send_their_own_origin_and_others_send_nothing() -> None:
    policies = {
        posture: page_headers(posture, nonce="n", https=True)["Referrer-Policy"] for posture in Posture
    }

    assert policies == {
        Posture.INTERACTION: "same-origin",
        Posture.PORTAL: "same-origin",
        Posture.PLAIN: "no-referrer",
    }


@EVERY
@pytest.mark.requirement("S69", "S70")
def test_pages_are_neither_sniffed_nor_stored(posture: Posture) -> None:
    headers = page_headers(posture, nonce="n", https=False)

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.requirement("S68")
def test_https_alone_is_made_permanent_for_a_year_and_subdomains() -> None:
    secure = page_headers(Posture.PLAIN, nonce="n", https=True)["Strict-Transport-Security"]
    age = re.fullmatch(r"max-age=(\d+); includeSubDomains", secure)

    assert age
    assert int(age[1]) >= 365 * 86_400
    assert "Strict-Transport-Security" not in page_headers(Posture.PLAIN, nonce="n", https=False)
    assert (b"strict-transport-security", secure.encode()) in base_headers(https=True)
    assert b"strict-transport-security" not in dict(base_headers(https=False))
