"""`web/csrf.py`: which forms are ours."""

import pytest
from starlette.datastructures import Headers

from idp.web.csrf import FormRejected, check_form, form_token

pytestmark = pytest.mark.requirement("S65")
KEY, ORIGIN = b"k" * 32, "https://id.example"
TOKEN = form_token(KEY, browser="b1", purpose="login")


def check(headers: dict[str, str], *, browser: str | None = "b1", token: str | None = TOKEN) -> None:
    check_form(Headers(headers), key=KEY, browser=browser, purpose="login", token=token, origin=ORIGIN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ORIGIN},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": ORIGIN, "sec-fetch-site": "same-origin"},
    ],
)
def test_our_own_form_passes(headers: dict[str, str]) -> None:
    check(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://id.example"},
        {"origin": "https://id.example:444"},
        {"origin": "https://id.example.evil.test"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": ""},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_foreign_form_is_refused_even_with_our_token(headers: dict[str, str]) -> None:
    with pytest.raises(FormRejected, match="foreign"):
        check(headers)


def test_a_second_origin_is_refused() -> None:
    headers = Headers(raw=[(b"origin", ORIGIN.encode()), (b"origin", b"https://evil.test")])
    with pytest.raises(FormRejected):
        check_form(headers, key=KEY, browser="b1", purpose="login", token=TOKEN, origin=ORIGIN)


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "é",
        TOKEN[:-1],
        TOKEN + "=",
        form_token(KEY, browser="b2", purpose="login"),
        form_token(KEY, browser="b1", purpose="consent"),
        form_token(b"x" * 32, browser="b1", purpose="login"),
    ],
)
def test_another_browsers_purposes_or_keys_token_is_refused(token: str | None) -> None:
    with pytest.raises(FormRejected, match="wrong form token"):
        check({"origin": ORIGIN}, token=token)


def test_without_the_browser_cookie_no_form_is_ours() -> None:
    with pytest.raises(FormRejected, match="no browser cookie"):
        check({}, browser=None)


def test_purpose_and_browser_do_not_run_together() -> None:
    assert form_token(KEY, browser="c", purpose="ab") != form_token(KEY, browser="bc", purpose="a")
