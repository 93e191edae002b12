"""Names of devices: whatever their owner types, but short and on one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.device_name import LONGEST_NAME, free_name, read_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        (" \t\r\n ", ""),
        ("Alice’s phone", "Alice’s phone"),
        ("a\x00b\x7fc", "a b c"),
        ("x" * 60, "x" * 60),
        ("x" * 61, None),
        ("x" * 10_000, None),
        ("👩‍💻", "👩‍💻"),
        ("\u202etxt.exe\u202c", "txt.exe"),
    ],
)
def test_a_name_is_kept_as_it_was_typed(typed: str, kept: str | None) -> None:
    assert read_name(typed) == kept


@given(st.text(max_size=400))
def test_a_name_fits_on_a_line_of_a_page_and_of_a_mail(typed: str) -> None:
    name = read_name(typed)
    if name is not None:
        assert len(name) <= LONGEST_NAME
        assert not {unicodedata.category(letter) for letter in name} & {"Cc"}
        assert name == name.strip()
        assert read_name(name) == name


def test_names_that_we_give_differ() -> None:
    names: list[str] = []
    for _ in range(3):
        names.append(free_name("Passkey", names))
    assert names == ["Passkey", "Passkey 2", "Passkey 3"]
