"""Passwords that are on everybody's list."""

import pytest

from idp.risk.common_passwords import password_is_common


@pytest.mark.parametrize(
    "password", ["password", "PASSWORD", "123456", "qwertyuiop", "Iloveyou", "\uff50assword"]
)
def test_what_everybody_guesses_is_common(password: str) -> None:
    assert password_is_common(password)


@pytest.mark.parametrize("password", ["correct horse battery", "", "x" * 5_000, "zhfr-8841-mmwq"])
def test_what_nobody_guesses_is_not(password: str) -> None:
    assert not password_is_common(password)
