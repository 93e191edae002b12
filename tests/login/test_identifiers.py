"""Whom somebody means by what they typed."""

import pytest

from tests.support.world import World, answer


@pytest.mark.parametrize(
    "typed",
    [
        "aa11111-ovh",
        "AA11111-OVH",
        "aa11111",
        "  aa11111-ovh\t",
        "aa 11111-ovh",
        "ａａ１１１１１－ｏｖｈ",  # noqa: RUF001 - full width
        "aa11111\N{NON-BREAKING HYPHEN}ovh",
        "aa\N{ZERO WIDTH SPACE}11111-ovh\N{ZERO WIDTH NO-BREAK SPACE}",
        "alice@example.test",
        " Alice@EXAMPLE.Test ",
        "alice＠example.test",  # noqa: RUF001 - full width
        "al\N{ZERO WIDTH SPACE}ice@example.test",
    ],
)
async def test_every_spelling_of_an_identifier_signs_in(sqlite_world: World, typed: str) -> None:
    assert "code" in answer(await sqlite_world.browser().sign_in(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "аа11111-ovh",  # noqa: RUF001 - Cyrillic letters
        "alice@ex\N{CYRILLIC SMALL LETTER A}mple.test",
        "alice",
        "aa11111-other",
        "aa11111@example.test",
        "alice@example.test@example.test",
        "' OR 1=1 --",
        "%",
        "_a11111-ovh",
        "\N{ZERO WIDTH SPACE}",
        "\ud7ff" * 500,
    ],
)
async def test_lookalikes_and_nonsense_are_nobody(sqlite_world: World, typed: str) -> None:
    response = await sqlite_world.browser().sign_in(typed)
    assert response.status_code == 422
    assert "don’t match" in response.text
