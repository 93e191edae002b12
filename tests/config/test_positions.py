"""Lines of keys, through everything that TOML allows."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from idp.config.positions import KeyPath, key_lines

TEXT = '''\
# a comment with [brackets] and = signs
title = """
[server]
port = 1 ""quoted""
"""
literal = \'\'\'
x = 1
\'\'\'
a.b . "c.d" = 1
[server] # why
"ho\\u0073t" = "x # y"
when = 1979-05-27 07:32:00
list = [ # one
  "a]",
  [1, 2],
  { k = "}", l = [
    3 ] },
]
[[resources]]
identifier = "a"
[resources.more]
deep = 1
[[resources]]
identifier = "b"
[[resources.inner]]
x = 1
[[resources.inner]]
x = 2
'''


def test_every_way_to_write_a_key_is_found() -> None:
    lines = key_lines(TEXT)
    assert lines == {
        ("title",): 2,
        ("literal",): 6,
        ("a",): 9,
        ("a", "b"): 9,
        ("a", "b", "c.d"): 9,
        ("server",): 10,
        ("server", "host"): 11,
        ("server", "when"): 12,
        ("server", "list"): 13,
        ("server", "list", 0): 14,
        ("server", "list", 1): 15,
        ("server", "list", 1, 0): 15,
        ("server", "list", 1, 1): 15,
        ("server", "list", 2): 16,
        ("server", "list", 2, "k"): 16,
        ("server", "list", 2, "l"): 16,
        ("server", "list", 2, "l", 0): 17,
        ("resources",): 19,
        ("resources", 0): 19,
        ("resources", 0, "identifier"): 20,
        ("resources", 0, "more"): 21,
        ("resources", 0, "more", "deep"): 22,
        ("resources", 1): 23,
        ("resources", 1, "identifier"): 24,
        ("resources", 1, "inner"): 25,
        ("resources", 1, "inner", 0): 25,
        ("resources", 1, "inner", 0, "x"): 26,
        ("resources", 1, "inner", 1): 27,
        ("resources", 1, "inner", 1, "x"): 28,
    }
    assert lines.keys() == set(paths(tomllib.loads(TEXT)))


def test_windows_line_ends_count_once() -> None:
    assert key_lines("a = 1\r\n\r\nb = 2\r\n") == {("a",): 1, ("b",): 3}


FRAGMENTS = st.sampled_from(
    [
        *"[]{}=,.\"'#\n\\ ",
        "\r\n",
        '"""',
        "'''",
        "a",
        "b",
        "a.b",
        "[a]\n",
        "[[a]]\n",
        "a = 1\n",
        '"a b"',
        "1",
        "true",
    ]
)


@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_whatever_toml_accepts_has_a_line_for_each_key(text: str) -> None:
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert key_lines(text).keys() == set(paths(read))


def paths(value: Any, path: KeyPath = ()) -> list[KeyPath]:
    """Every path that a reader of `value` could ask for."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    below = [inner for name, member in members for inner in paths(member, (*path, name))]
    return [path, *below] if path else below
