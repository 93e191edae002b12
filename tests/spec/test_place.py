"""Places are read as every browser reads them, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.place import read_place

HOME = "http://localhost:8001/"


@pytest.mark.requirement("S71")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "https:evil.test",
        "https:/evil.test",
        "https:///evil.test",
        "http:\\\\localhost:8001/",
        "http://localhost:8001\\@evil.test/",
        "http://localhost:8001@evil.test/",
        "http://localhost%3A8001@evil.test/",
        "http://localhost:80@evil.test",
        "http://user:secret@localhost:8001/",
        "http://localhost:8001 .evil.test/",
        "http://localhost:8001%2eevil.test/",
        "http://localhost。evil.test:8001/",  # An ideographic full stop, which browsers read as a dot.
        "http://ⓛocalhost:8001/",
        "http://localhost:8001/\r\nLocation: https://evil.test",
        "http://localhost:8001/\t",
        " http://localhost:8001/",
        "http://localhost:08001/",
        "http://localhost:65536/",
        "http://localhost:8001/..//evil.test",
        "http://localhost:8001//evil.test",
        "http://localhost:8001/%2e%2e/secret",
        "http://localhost:8001/%252e%252e/secret",
        "http://localhost:8001/%5cevil.test",
        "http://localhost:8001/%0d%0a",
        "http://localhost:8001/%zz",
        "HTTP://localhost:8001/",
        "javascript:alert(1)//http://localhost:8001/",
        "data:text/html,http://localhost:8001/",
        "http://localhost:8001/" + "a" * 2_048,
    ],
)
def test_what_somebody_could_read_otherwise_is_no_place(text: str) -> None:
    assert read_place(text) is None


@pytest.mark.parametrize(
    ("text", "home", "is_within"),
    [
        ("http://localhost:8001", HOME, True),
        ("http://localhost:8001/a/b?c=d#/e", HOME, True),
        ("http://LOCALHOST:8001/", HOME, True),
        ("https://localhost:8001/", HOME, False),
        ("http://localhost:80/", HOME, False),
        ("http://localhost/", "http://localhost:80/", True),
        ("http://localhost.evil.test:8001/", HOME, False),
        ("http://evil.test/http://localhost:8001", HOME, False),
        ("https://www.example.com/shop/a", "https://www.example.com/shop", True),
        ("https://www.example.com/shop", "https://www.example.com/shop", True),
        ("https://www.example.com/shopping", "https://www.example.com/shop", False),
        ("https://www.example.com/shop", "https://www.example.com/shop/", False),
        ("https://[::1]:8001/", "https://[::1]:8001/", True),
    ],
)
def test_a_place_is_within_another_by_origin_and_path(text: str, home: str, is_within: bool) -> None:
    place, other = read_place(text), read_place(home)
    if place is None or other is None:
        assert not is_within
    else:
        assert place.is_within(other) == is_within


@given(st.text(max_size=60))
def test_no_text_gets_out_of_its_origin(rest: str) -> None:
    home = read_place(HOME)
    assert home is not None
    place = read_place("http://localhost:8001" + rest)
    assert place is None or (place.is_within(home) == (place.origin == home.origin))
    if place is not None and place.origin == home.origin:
        assert not rest or rest[0] in "/?#"
