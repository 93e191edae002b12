"""`web/redirect.py`: nothing but our own paths."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.redirect import is_local_path

pytestmark = pytest.mark.requirement("S71")


@pytest.mark.parametrize(
    "value",
    ["/", "/account", "/account/sessions?page=2&x=%C3%A9", "/a/b-c_d.e~f", "/sign-in/abc?next=//evil.test"],
)
def test_our_own_paths_are_local(value: str) -> None:
    assert is_local_path(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "account",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "\\\\evil.test",
        "https://evil.test",
        "http:evil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "?x",
        "#x",
        "/a#b",
        "/%2fevil.test",
        "/%2Fevil.test",
        "/%5cevil.test",
        "/%255cevil.test",
        "/%252fevil.test",
        "%2f/evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:a=b",
        "/%00",
        "/%0",
        "/%zz",
        " //evil.test",
        "/ /evil.test",
        "/\u2028/evil.test",
        "/é",
        "/a/..//evil.test",
        "/..",
        "/a/%2e%2e/%2e%2e",
        "/a//evil.test",
        "/" + "a" * 3000,
        "/[::1]",
        "/<script>",
        '/"',
    ],
)
def test_everything_else_is_not(value: str) -> None:
    assert not is_local_path(value)


def as_a_browser_reads(value: str) -> str:
    """URL Standard: tabs and line ends vanish, surrounding blanks too, and a backslash is a slash."""
    without = "".join(character for character in value if character not in "\t\r\n")
    return without.strip("".join(map(chr, range(33)))).replace("\\", "/")


FRAGMENTS = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "%2f",
        "%5c",
        "%252f",
        "%09",
        "\t",
        "\n",
        "\r",
        "\x00",
        " ",
        ".",
        "..",
        "@",
        ":",
        "?",
        "#",
        "evil.test",
        "https:",
        "javascript:",
        "account",
        "%",
        "é",
        "\u202e",
        "\uff05\uff12\uff46",
    ]
)


@given(
    st.one_of(st.text(max_size=30), st.lists(FRAGMENTS, max_size=8).map("".join)).map(lambda rest: "/" + rest)
)
def test_a_local_path_stays_with_us_in_any_browser(value: str) -> None:
    if is_local_path(value):
        there = urlsplit(urljoin("https://id.example/sign-in", as_a_browser_reads(value)))
        assert (there.scheme, there.netloc) == ("https", "id.example")
        assert value.isascii()
        assert value.isprintable()


@given(st.text(max_size=40))
def test_an_encoded_segment_is_local_unless_it_hides_a_separator(text: str) -> None:
    try:
        value = "/a" + quote(text, safe="")
    except UnicodeEncodeError:
        return
    if not set(text) & set("/\\%") and text.isprintable():
        assert is_local_path(value)
