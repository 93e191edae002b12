"""Redirect URIs are registered strictly and matched exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.redirect_uri import check_page, check_registrable, matches

pytestmark = [pytest.mark.requirement("S1", "S3")]

_WEB = (
    "https://app.example/cb",
    "https://app.example",
    "https://app.example:8443/cb?x=1&y",
    "https://[2001:db8::1]/cb",
)
_NATIVE = (
    "com.example.app:/cb",
    "com.example.app://cb/path",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:8123/cb",
    "http://[::1]/cb",
    "https://claimed.example/cb",
)


@pytest.mark.parametrize("uri", _WEB)
def test_web_client_may_register(uri: str) -> None:
    assert check_registrable(uri, "web") is None


@pytest.mark.parametrize("uri", _NATIVE)
def test_native_client_may_register(uri: str) -> None:
    assert check_registrable(uri, "native") is None


@pytest.mark.parametrize(
    "uri", ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb", "http://[::1]:3000/cb"]
)
def test_plain_loopback_is_for_development(uri: str) -> None:
    assert check_registrable(uri, "web") is not None
    assert check_registrable(uri, "web", is_loopback_issuer=True) is None


def test_localhost_is_not_for_native_clients_in_production() -> None:
    assert "127.0.0.1" in str(check_registrable("http://localhost/cb", "native"))
    assert check_registrable("http://localhost/cb", "native", is_loopback_issuer=True) is None


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("", "character"),
        ("/cb", "not absolute"),
        ("//app.example/cb", "not absolute"),
        ("app.example/cb", "not absolute"),
        ("https:app.example", "no host"),
        ("https:///cb", "no valid host"),
        ("https://app.example/cb#", "fragment"),
        ("https://app.example/#x", "fragment"),
        ("https://user@app.example/", "user name"),
        ("https://user:pw@app.example/", "user name"),
        ("https://*.app.example/", "wildcard"),
        ("https://app.example/*", "wildcard"),
        ("https://app.example\\@evil.example/", "character"),
        ("https://app.example/ cb", "character"),
        ("https://app.example/\ncb", "character"),
        ("https://app.example/\x00", "character"),
        ("https://app.example/é", "character"),
        ("https://app.example/%zz", "character"),
        ("https://app%2eexample/", "no valid host"),
        ("https://app.example:0/", "no valid host"),
        ("https://app.example:65536/", "no valid host"),
        ("https://app.example:/", "no valid host"),
        ("https://app..example/", "no valid host"),
        ("https://-app.example/", "no valid host"),
        ("https://1.2.3/", "no valid host"),
        ("https://256.1.1.1/", "no valid host"),
        ("https://[::g]/", "no valid host"),
        ("https://app.example/a/../b", "dot segments"),
        ("https://app.example/a/%2e%2E/b", "dot segments"),
        ("https://app.example/?code=1", "parameter code"),
        ("https://app.example/?%73tate=1", "parameter state"),
        ("https://app.example/" + "a" * 2_048, "longer"),
        ("http://app.example/", "not https"),
        ("http://127.0.0.1.evil.example/", "not https"),
        ("javascript:alert(1)", "not https"),
        ("data:text/html,x", "not https"),
        ("vbscript:x", "not https"),
        ("file:///etc/passwd", "not https"),
        ("com.example.app:/cb", "not https"),
        ("urn:ietf:wg:oauth:2.0:oob", "not https"),
    ],
)
def test_web_client_may_not_register(uri: str, problem: str) -> None:
    assert problem in str(check_registrable(uri, "web"))
    assert check_page(uri) is not None


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:/x",
        "data:/x",
        "myapp:/cb",
        "Com.Example:/cb",
        "com.example.app:cb",
        "com.example.app://user@host/cb",
        "com.example.app:/a/../b",
        "com.example.app:/cb?state=x",
        "http://app.example/cb",
        "http://127.0.0.2/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1@evil.example/",
    ],
)
def test_native_client_may_not_register(uri: str) -> None:
    assert check_registrable(uri, "native") is not None


@pytest.mark.parametrize("uri", [*_WEB, *_NATIVE])
def test_registered_uri_matches_itself(uri: str) -> None:
    assert matches(uri, uri, is_native=False)


@pytest.mark.parametrize(
    ("requested", "registered"),
    [
        ("http://127.0.0.1:51234/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:51234/cb", "http://127.0.0.1:8000/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8000/cb"),
        ("http://[::1]:51234/cb?x=1", "http://[::1]/cb?x=1"),
    ],
)
def test_port_of_a_native_loopback_varies(requested: str, registered: str) -> None:
    assert matches(requested, registered, is_native=True)
    assert not matches(requested, registered, is_native=False)


@pytest.mark.parametrize(
    ("requested", "registered"),
    [
        ("http://127.0.0.1:1/other", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:1/cb?x=1", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:1/cb#x", "http://127.0.0.1/cb"),
        ("http://[::1]:1/cb", "http://127.0.0.1/cb"),
        ("http://localhost:1/cb", "http://localhost/cb"),
        ("https://127.0.0.1:1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1.evil.example/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:0/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:99999/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:1/cb\n", "http://127.0.0.1/cb"),
        ("HTTP://127.0.0.1:1/cb", "http://127.0.0.1/cb"),
        ("com.example.app:/CB", "com.example.app:/cb"),
        ("https://app.example/cb/", "https://app.example/cb"),
        ("https://APP.example/cb", "https://app.example/cb"),
        ("https://app.example:443/cb", "https://app.example/cb"),
        ("https://app.example/c%62", "https://app.example/cb"),
    ],
)
def test_nothing_else_matches(requested: str, registered: str) -> None:
    assert not matches(requested, registered, is_native=True)
    assert not matches(requested, registered, is_native=False)


@given(st.text(max_size=80) | st.text(alphabet="htps:/127.0[]@#?*\\%a", max_size=60))
def test_what_may_be_registered_is_safe_for_a_browser(uri: str) -> None:
    for application_type in ("web", "native"):
        if check_registrable(uri, application_type, is_loopback_issuer=True) is None:
            assert uri.isascii()
            assert uri.isprintable()
            assert not set(uri) & set(' \\#*"<>')


@given(st.sampled_from(_NATIVE + _WEB), st.text(max_size=8), st.integers(0, 40))
def test_changed_uri_matches_only_by_its_port(registered: str, inserted: str, at: int) -> None:
    requested = registered[:at] + inserted + registered[at:]
    if requested != registered and matches(requested, registered, is_native=True):
        assert registered.startswith(("http://127.0.0.1", "http://[::1]"))
        assert requested.startswith(("http://127.0.0.1:", "http://[::1]:"))
        assert inserted.strip("0123456789") in {"", ":"}
