"""`web/cookies.py`: names, attributes, and what is read back."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from idp.web.cookies import Cookie, Cookies
from tests.web.asking import settings

pytestmark = pytest.mark.requirement("S63")
SECURE = Cookies.of(settings("https://id.example"))
PLAIN = Cookies.of(settings())


def request(*headers: bytes) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", header) for header in headers]})


def set_cookie(cookies: Cookies, cookie: Cookie, value: str = "v", **options: int) -> str:
    response = Response()
    cookies.set(response, cookie, value, **options)
    return response.headers["set-cookie"]


_OURS_ALONE = [cookie for cookie in Cookie if cookie is not Cookie.STATE]
"""`STATE` is for scripts in frames; `tests/oidc/logout/test_session_state.py` has it."""


@pytest.mark.parametrize("cookie", _OURS_ALONE)
def test_on_https_a_cookie_is_bound_to_host_and_scheme(cookie: Cookie) -> None:
    name, *attributes = set_cookie(SECURE, cookie).split("; ")

    assert name == f"__Host-idp-{cookie}=v"
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}.issubset(attributes)
    assert not any(attribute.startswith("Domain") for attribute in attributes)


@pytest.mark.parametrize("cookie", _OURS_ALONE)
def test_on_plain_loopback_it_has_another_name_and_no_secure(cookie: Cookie) -> None:
    header = set_cookie(PLAIN, cookie)

    assert header.startswith(f"idp-{cookie}=v; Path=/; HttpOnly; SameSite=Lax")
    assert "Secure" not in header


def test_each_kind_has_its_lifetime() -> None:
    assert "Max-Age" not in set_cookie(SECURE, Cookie.BROWSER)
    assert "Max-Age" not in set_cookie(SECURE, Cookie.SESSION)
    assert "Max-Age=86400" in set_cookie(SECURE, Cookie.SESSION, max_age_seconds=86_400)
    assert f"Max-Age={180 * 86_400}" in set_cookie(SECURE, Cookie.DEVICE)
    assert f"Max-Age={365 * 86_400}" in set_cookie(SECURE, Cookie.LANGUAGE)


def test_expiring_names_the_same_cookie() -> None:
    response = Response()
    SECURE.expire(response, Cookie.SESSION)

    assert response.headers["set-cookie"] == (
        "__Host-idp-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure"
    )


@pytest.mark.parametrize("value", ["", "a b", "a;b", "a\r\nSet-Cookie: x=y", "é", "a" * 513])
def test_a_value_that_could_not_be_read_back_is_not_set(value: str) -> None:
    with pytest.raises(ValueError, match="at most 512"):
        set_cookie(SECURE, Cookie.SESSION, value)


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([], None),
        ([b"idp-session=abc"], "abc"),
        ([b"other=1; idp-session=abc; idp-device=d"], "abc"),
        ([b"other=1", b" idp-session=abc"], "abc"),
        ([b"idp-session=abc; idp-session=abc"], "abc"),
        # Another application's, tossed in under our name.
        ([b"idp-session=abc; idp-session=xyz"], None),
        ([b"idp-session=abc", b"idp-session=xyz"], None),
        ([b"xidp-session=abc"], None),
        ([b"__Host-idp-session=abc"], None),
        ([b'idp-session="abc"'], None),
        ([b"idp-session="], None),
        ([b"idp-session"], None),
        ([b"idp-session=\xff"], None),
        ([b"idp-session=" + b"a" * 5000], None),
        ([b";;; = ;=;idp-session=abc;;"], "abc"),
    ],
)
def test_only_what_we_can_have_set_is_read(headers: Sequence[bytes], value: str | None) -> None:
    assert PLAIN.read(request(*headers), Cookie.SESSION) == value


@given(st.binary(max_size=200))
def test_no_header_is_an_error(header: bytes) -> None:
    assert PLAIN.read(request(header), Cookie.SESSION) is None or b"idp-session=" in header


@given(st.text(alphabet=st.sampled_from("abcXYZ019-_.~"), min_size=1, max_size=512))
def test_what_is_set_is_read_back(value: str) -> None:
    pair = set_cookie(SECURE, Cookie.DEVICE, value).partition(";")[0]

    assert SECURE.read(request(pair.encode()), Cookie.DEVICE) == value
