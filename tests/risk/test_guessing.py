"""What is guessed first, whatever letters it is written in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.risk.guessing import is_easily_guessed


@pytest.mark.parametrize(
    "password",
    [
        "",
        "password1234",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11\uff12\uff13\uff14",
        "\x00" * 12,
        "a" * 5_000,
    ],
)
def test_what_is_guessed_first(password: str) -> None:
    assert is_easily_guessed(password)


@pytest.mark.parametrize("password", ["correct horse battery", "kroiske8", "seven quiet herons"])
def test_what_is_not(password: str) -> None:
    assert not is_easily_guessed(password)


def test_words_of_the_person_are_guessed_for_them() -> None:
    assert not is_easily_guessed("zorbinski1990")
    assert is_easily_guessed("zorbinski1990", ["zorbinski"])


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_every_text_is_judged(password: str, words: list[str]) -> None:
    assert is_easily_guessed(password, words) in (True, False)
