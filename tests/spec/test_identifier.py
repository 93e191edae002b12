"""What people type finds the account that they mean, or none."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idp.spec.identifier import (
    CustomerIdKey,
    EmailKey,
    canonical_customer_id,
    canonical_email,
    read_identifier,
)

_CUSTOMER_IDS = st.from_regex(r"[a-z]{2}[0-9]{5,15}(-[a-z0-9]{1,16})?", fullmatch=True)
_LOCAL_PARTS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}(\.[a-z0-9-]{1,10})?", fullmatch=True)
_DOMAINS = st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,10}){0,2}\.[a-z]{2,6}", fullmatch=True)
_FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(
    "typed",
    [
        "aa11111-ovh",
        "AA11111-OVH",
        "  Aa 11111-ovh \n",
        "aa11111",
        "AA11111-ovh".translate(_FULL_WIDTH),
        "aa11111\u2011ovh",
        "aa11111\u2013ovh",
        "\ufeffaa11111-ovh\u200b",
        "aa\u00ad11111-ovh",
        "\u202aaa11111-ovh\u202c",
    ],
)
def test_customer_id_in_any_spelling(typed: str) -> None:
    assert read_identifier(typed, suffix="-ovh") == CustomerIdKey("aa11111-ovh")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "aa1111-ovh",
        "a11111-ovh",
        "aaa11111-ovh",
        "11111-ovh",
        "aa11111-",
        "aa11111-o-vh",
        "aa11111ovh",
        "aa1111\u0661-ovh",
        "\u0430\u043011111-ovh",
        "aa11111-ovh\x00",
        "aa11111\n\x1b-ovh",
        "aa11111-ovh\ud800",
        "aa" + "1" * 16,
    ],
)
def test_what_is_no_customer_id(typed: str) -> None:
    assert canonical_customer_id(typed, suffix="-ovh") is None


def test_suffix_of_old_stays_part_of_an_old_customer_id() -> None:
    assert canonical_customer_id("AA11111-OVH", suffix="-new") == "aa11111-ovh"
    assert canonical_customer_id("AA11111", suffix="-new") == "aa11111-new"
    assert canonical_customer_id("AA11111", suffix="") == "aa11111"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Alice@Demo.Test", "alice@demo.test"),
        (" alice@demo.test\t", "alice@demo.test"),
        ("alice\uff20demo\uff0etest", "alice@demo.test"),
        ("ali\u200bce@demo.test", "alice@demo.test"),
        ("O'Hara+x@demo.test", "o'hara+x@demo.test"),
        ("anna@straße.de", "anna@xn--strae-oqa.de"),
        ("anna@STRASSE.de", "anna@strasse.de"),
        ("anna@XN--STRAE-OQA.de", "anna@xn--strae-oqa.de"),
        ("用户@例え。jp", "用户@xn--r8jz45g.jp"),
        ("É@x.fr", "é@x.fr"),
        ("e\u0301@x.fr", "é@x.fr"),
    ],
)
def test_address_in_one_form(typed: str, key: str) -> None:
    assert read_identifier(typed, suffix="-ovh") == EmailKey(key)


@pytest.mark.parametrize(
    "typed",
    [
        "alice",
        "@demo.test",
        "alice@",
        "alice@localhost",
        "alice@demo..test",
        "alice@demo.test.",
        "alice@-demo.test",
        "alice@de_mo.test",
        "alice@192.0.2.1",
        "alice@[192.0.2.1]",
        "a@b@demo.test",
        "a b@demo.test",
        ".a@demo.test",
        "a..b@demo.test",
        '"a b"@demo.test',
        "a<b>@demo.test",
        "a,b@demo.test",
        "a\x00@demo.test",
        "a\r\nBcc: x@demo.test",
        "a\u200db@demo.test",
        "a@de\ue000mo.test",
        "a" * 65 + "@demo.test",
        "é" * 33 + "@demo.test",
        "a@" + "b." * 120 + "test.de.long.enough",
        "a" * 500,
    ],
)
def test_what_is_no_address(typed: str) -> None:
    assert canonical_email(typed) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mike@demo.test", "m\u0131ke@demo.test"),
        ("anna@strasse.de", "anna@straße.de"),
        ("strasse@demo.test", "straße@demo.test"),
        ("alice@demo.test", "\u0430lice@demo.test"),
        ("alice@demo.test", "alice@demo\u0455.test"),
        ("a.lice@gmail.com", "alice@gmail.com"),
        ("alice+x@demo.test", "alice@demo.test"),
    ],
)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    assert canonical_email(one) != canonical_email(other)


@given(_CUSTOMER_IDS)
def test_every_spelling_of_a_customer_id_is_one(customer_id: str) -> None:
    key = canonical_customer_id(customer_id, suffix="-ovh")
    for spelling in (
        customer_id.upper(),
        f" {customer_id}\n",
        customer_id.translate(_FULL_WIDTH),
        " ".join(customer_id),
    ):
        assert canonical_customer_id(spelling, suffix="-ovh") == key


@given(_LOCAL_PARTS, _DOMAINS)
def test_every_spelling_of_an_address_is_one(local_part: str, domain: str) -> None:
    address = f"{local_part}@{domain}"
    key = canonical_email(address)
    for spelling in (address.upper(), f"\u200b{address} ", address.translate(_FULL_WIDTH)):
        assert canonical_email(spelling) == key


@given(st.text(max_size=60) | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)))
@example("\u1e9e@x.fr")
@example("\u0130@x.fr")
@example("\u03a3@x.fr")
@example("\u01c4@\u212a.fr")
def test_canonical_forms_are_their_own_canonical_form(typed: str) -> None:
    match read_identifier(typed, suffix="-ovh"):
        case CustomerIdKey(value):
            assert canonical_customer_id(value, suffix="-ovh") == value
            assert value.isascii()
        case EmailKey(value):
            assert canonical_email(value) == value
            assert unicodedata.is_normalized("NFKC", value)
            assert value.count("@") == 1
            assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in value)
        case None:
            pass
