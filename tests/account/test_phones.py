"""Phone numbers: with a country code, or not at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.phones import read_number


@pytest.mark.parametrize(
    "typed",
    ["+33612345678", "0033612345678", " +33 6 12 34 56 78 ", "+33 (6) 12.34-56/78", "\uff0b33612345678"],
)
def test_a_number_is_typed_as_people_write_it(typed: str) -> None:
    assert read_number(typed) == "+33612345678"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0612345678",
        "612345678",
        "+0612345678",
        "+336",
        "+1234567890123456",
        "+33612345678,+33600000000",
        "tel:+33612345678",
        "+33612345678;ext=1",
        "+33612345678\n+33600000000",
        "+",
        "00",
        "٣٣",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    assert read_number(typed) is None


@given(st.text(max_size=300))
def test_nothing_else_than_a_number_comes_out(typed: str) -> None:
    number = read_number(typed)
    assert number is None or re.fullmatch(r"\+[1-9][0-9]{6,14}", number, re.ASCII)
