"""`web/forms.py`: strict parameters."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from idp.web.forms import MOST_FIELDS, MalformedForm, Parameters, parse, query_parameters, read_parameters

FORM = b"application/x-www-form-urlencoded"


async def read(body: bytes, content_type: bytes | None = FORM) -> Parameters:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    headers = [] if content_type is None else [(b"content-type", content_type)]
    return await read_parameters(Request({"type": "http", "method": "POST", "headers": headers}, receive))


async def test_fields_are_decoded_once() -> None:
    parameters = await read(b"a=1+2&b=%C3%A9%2541&c=%zz")

    assert dict(parameters) == {"a": "1 2", "b": "é%41", "c": "%zz"}


async def test_a_name_without_a_value_counts_as_left_out() -> None:
    parameters = await read(b"a=&b&c=1&=x")

    assert parameters.get("a") is None
    assert "b" not in parameters
    assert parameters.pairs == (("a", ""), ("b", ""), ("c", "1"), ("", "x"))


@pytest.mark.requirement("S27")
async def test_repeats_are_seen_even_when_blank() -> None:
    assert (await read(b"a=1&b=2")).repeated() is None
    assert (await read(b"a=1&b=&a=2")).repeated() == "a"
    assert (await read(b"a=1&a=")).repeated() == "a"
    assert (await read(b"a=&b=2")).repeated() is None
    assert (await read(b"=1&=2")).repeated() is None  # What has no name is no parameter.
    assert (await read(b"=1&=2&a=1&a=2")).repeated() == "a"


@pytest.mark.requirement("S27")
async def test_a_parameter_may_be_allowed_to_repeat() -> None:
    parameters = await read(b"resource=x&resource=y&a=1&resource=")

    assert parameters.repeated(allowed=frozenset(["resource"])) is None
    assert parameters.all("resource") == ["x", "y"]
    assert parameters["resource"] == "x"


@pytest.mark.parametrize(
    "content_type", [FORM, FORM.upper(), FORM + b"; charset=UTF-8", FORM + b';charset="utf-8"']
)
async def test_our_content_type_is_read(content_type: bytes) -> None:
    assert (await read(b"a=1", content_type))["a"] == "1"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        b"",
        b"application/json",
        b"multipart/form-data; boundary=x",
        b"text/plain",
        FORM + b"x",
        FORM + b"; charset=utf-16",
        b"\xff",
    ],
)
async def test_another_content_type_gets_415(content_type: bytes | None) -> None:
    with pytest.raises(MalformedForm) as refused:
        await read(b"a=1", content_type)

    assert refused.value.status_code == 415


async def test_an_empty_body_needs_no_type() -> None:
    assert dict(await read(b"", None)) == {}


@pytest.mark.parametrize("body", [b"a=%00", b"a\0=1", b"a=%ff", b"%C3=1", b"a=\xff", b"a=%ED%A0%80"])
async def test_what_no_text_column_holds_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedForm) as refused:
        await read(body)

    assert refused.value.status_code == 400


@pytest.mark.requirement("S87")
async def test_fields_are_counted_before_they_are_read() -> None:
    assert len((await read(b"&".join(b"a%d=1" % n for n in range(MOST_FIELDS)))).pairs) == MOST_FIELDS
    with pytest.raises(MalformedForm):
        await read(b"&" * MOST_FIELDS)


def test_a_query_is_read_alike() -> None:
    assert query_parameters(Request({"type": "http", "query_string": b"a=1&a=2"})).repeated() == "a"
    assert dict(query_parameters(Request({"type": "http", "query_string": b""}))) == {}


@given(st.binary(max_size=300))
def test_no_body_is_an_error_of_ours(body: bytes) -> None:
    try:
        parameters = parse(body)
    except MalformedForm:
        return
    assert all(value and "\0" not in value for value in parameters.values())
    assert len(parameters) <= len(parameters.pairs)


@given(
    st.lists(
        st.tuples(st.text(min_size=1), st.text(min_size=1)).filter(lambda pair: "\0" not in "".join(pair))
    )
)
def test_what_was_encoded_is_read_back(pairs: list[tuple[str, str]]) -> None:
    try:
        encoded = urlencode(pairs).encode()
    except UnicodeEncodeError:  # Lone surrogates have no encoding.
        return
    if len(pairs) <= MOST_FIELDS:
        assert parse(encoded).pairs == tuple(pairs)
