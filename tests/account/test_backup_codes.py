"""Backup codes: how they are made, and how they are typed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.backup_codes import canonical_code, digest_of_code, looks_like_backup_code, new_codes
from idp.adapters.entropy import SystemEntropy


class SameEntropy:
    """Gives each value twice."""

    def __init__(self) -> None:
        self._calls = 0

    def token_bytes(self, length: int) -> bytes:
        self._calls += 1
        return (self._calls // 2).to_bytes(length, "big")

    def uuid7(self, now: int) -> str:
        return f"{now:032x}"


@pytest.mark.requirement("S46")
def test_codes_hold_eighty_bits_and_differ() -> None:
    codes = new_codes(SystemEntropy())
    assert len(set(codes)) == 10
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    letters = "".join("".join(new_codes(SystemEntropy())) for _ in range(40)).replace("-", "")
    assert len(set(letters)) == 32


def test_no_code_is_given_twice() -> None:
    assert len(set(new_codes(SameEntropy()))) == 10


@pytest.mark.parametrize(
    "typed",
    [
        "7K3F-92QD-M0X1-5T8W",
        "7k3f92qdm0x15t8w",
        " 7K3F 92QD MOXI 5T8W ",
        "7K3F–92QD–M0XL–5T8W",  # noqa: RUF001
        "\uff17\uff2b3f-92QD-m0x1-5T8W",
    ],
)
def test_a_code_is_typed_as_people_read_it(typed: str) -> None:
    assert digest_of_code(typed) == hashlib.sha256(b"7K3F92QDM0X15T8W").digest()
    assert looks_like_backup_code(typed)


@pytest.mark.parametrize(
    "typed", ["", "123456", "7K3F-92QD-M0X1", "7K3F-92QD-M0X1-5T8WX", "UUUU-UUUU-UUUU-UUUU"]
)
def test_other_texts_are_told_apart(typed: str) -> None:
    assert not looks_like_backup_code(typed)


@given(st.text(max_size=5_000))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    assert len(digest_of_code(typed)) == 32
    assert len(canonical_code(typed)) <= 128 * 18
