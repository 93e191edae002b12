"""One line of ours out of anybody's text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.visible_text import is_plain_name, one_line, tidy_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Marie   Claire ", "Marie Claire"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eNina\u202c", "Nina"),
        ("two\r\nlines", "two lines"),
        ("\u0645\u06cc\u200c\u0646", "\u0645\u06cc\u200c\u0646"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("x" * 10, "x" * 10),
        ("x" * 11, None),
        ("e\u0301" * 10, "é" * 10),
        ("\ue000", None),
        ("\U000e0fff", None),
        ("", ""),
    ],
)
def test_it_is_kept_as_it_is_read(typed: str, kept: str | None) -> None:
    assert (
        tidy_line(typed, longest=12 if "line" in typed or "soft" in typed or "Marie" in typed else 10) == kept
    )


@given(st.text(max_size=60))
def test_no_text_makes_two_lines_or_turns_what_follows(text: str) -> None:
    for line in (one_line(text), tidy_line(text, longest=30)):
        assert line is None or not {unicodedata.category(letter) for letter in line} & {
            "Cc",
            "Zl",
            "Zp",
            "Cs",
        }
        assert line is None or "\u202e" not in line


@pytest.mark.parametrize(
    "name",
    [
        "Invoice download",
        "Jürgens Rechner 2",
        "請求書",
        "Back-up v1.2",
        "Tom & Co. - invoices",
        "My YubiKey 5 NFC",
    ],
)
def test_names_stand_in_mails(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Your account is blocked, call +33 1 99 00 00 00",
        "Call \uff10\uff19\uff17\uff12\uff11\uff10\uff11\uff10\uff10\uff17",
        "Secure it at https://evil.example",
        "Go to evil.example",
        "evil\uff0eexample",
        "evil\u3002example",
        "www evil",
        "help@evil.example",
        "//evil",
        "x" * 61,
    ],
)
def test_what_says_where_to_go_or_to_call_does_not(name: str) -> None:
    assert not is_plain_name(name)
