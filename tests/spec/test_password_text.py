import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.password_text import password_text

GRAVE, BELOW, COMMA = (
    "\N{COMBINING GRAVE ACCENT}",
    "\N{COMBINING GRAVE ACCENT BELOW}",
    "\N{COMBINING COMMA ABOVE RIGHT}",
)


@given(st.text())
def test_text_as_people_type_it_is_in_nfkc(text: str) -> None:
    assert password_text(text) == unicodedata.normalize("NFKC", text)


@given(st.text(alphabet=st.sampled_from("aé\u0301\u0316\u0315ﬁ\u1e69")))
def test_canonically_equal_texts_are_equal(text: str) -> None:
    assert password_text(unicodedata.normalize("NFD", text)) == password_text(
        unicodedata.normalize("NFC", text)
    )


@pytest.mark.parametrize("length", [30, 31, 1_000])
def test_the_normal_form_is_stable_and_nothing_is_lost(length: int) -> None:
    text = "a" + GRAVE * length
    assert password_text(password_text(text)) == password_text(text)
    assert password_text(text) != password_text(text + GRAVE)
    assert ("\N{COMBINING GRAPHEME JOINER}" in password_text(text)) == (length > 30)


def test_marks_without_end_take_time_in_proportion() -> None:
    """Plain NFKC takes 15 s of processor for this text, with every other request waiting."""
    text = "a" + COMMA * 32_000 + GRAVE * 32_000 + BELOW * 32_000
    began = time.process_time()
    assert len(password_text(text)) > 96_000
    assert time.process_time() - began < 2
