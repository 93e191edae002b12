"""Scopes, prompts, errors and opaque values: what they are as texts."""

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.errors import InvalidRequest
from idp.spec.prompt import Prompt, prompts_of
from idp.spec.redirect_response import with_query
from idp.spec.scope import is_well_formed, scope_of, scopes_of
from idp.spec.token_value import digest_of, make_token, read_token

_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@given(st.text(max_size=30))
def test_a_scope_is_tokens_with_single_spaces_between(value: str) -> None:
    """RFC 6749 §3.3."""
    assert is_well_formed(value) == all(_TOKEN.fullmatch(token) for token in value.split(" "))


@given(st.lists(st.from_regex(_TOKEN, fullmatch=True), max_size=6))
def test_scopes_keep_their_order_and_lose_their_repeats(tokens: list[str]) -> None:
    scopes = scopes_of(" ".join(tokens))

    assert scopes == tuple(dict.fromkeys(tokens))
    assert scopes_of(scope_of(scopes)) == scopes


def test_a_set_of_scopes_has_one_spelling() -> None:
    assert scope_of(frozenset({"b", "a"})) == "a b"


@given(st.lists(st.sampled_from(list(Prompt)), max_size=5))
def test_prompts_combine_except_none_and_create(prompts: list[Prompt]) -> None:
    if {Prompt.NONE, Prompt.CREATE} & set(prompts) and len(set(prompts)) > 1:
        with pytest.raises(InvalidRequest):
            prompts_of(" ".join(prompts))
    else:
        assert prompts_of("  ".join(prompts)) == set(prompts)


@given(st.text(max_size=600))
def test_a_description_keeps_to_its_characters(text: str) -> None:
    """RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E."""
    described = InvalidRequest(text).body().get("error_description", "")

    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", described)
    assert len(described) == min(len(text), 500)


def test_the_log_may_know_more_than_the_answer() -> None:
    error = InvalidRequest("told", log_reason="known")

    assert (error.body()["error_description"], error.log_reason) == ("told", "known")
    assert InvalidRequest("told").log_reason == "told"
    assert InvalidRequest().body() == {"error": "invalid_request"}


@given(identifier=st.binary(min_size=16, max_size=16), secret=st.binary(min_size=32, max_size=32))
def test_a_value_is_read_as_it_was_made(identifier: bytes, secret: bytes) -> None:
    made = make_token(identifier.hex(), secret)

    assert read_token(made.value) == made
    assert made.digest == digest_of(made.value) == sha256(made.value.encode()).digest()
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", made.value)


@given(st.text(max_size=70))
def test_what_has_not_the_shape_is_no_value(value: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{64}", value):
        assert read_token(value) is None


def test_a_trailing_line_break_is_not_the_shape() -> None:
    assert read_token("A" * 64) is not None
    assert read_token("A" * 64 + "\n") is None
    assert read_token("A" * 63 + "\N{FULLWIDTH DIGIT ONE}") is None


def test_a_query_grows_and_is_never_rewritten() -> None:
    """RFC 6749 §3.1.2."""
    assert with_query("https://c.example/cb", {"code": "a b"}) == "https://c.example/cb?code=a+b"
    assert with_query("https://c.example/cb?x=%41", {"code": "c"}) == "https://c.example/cb?x=%41&code=c"
    assert with_query("https://c.example/cb?", {"code": "c"}) == "https://c.example/cb?code=c"
    assert with_query("https://c.example/cb?a&", {"code": "c"}) == "https://c.example/cb?a&code=c"
    assert with_query("com.example:/cb", {"state": "é"}) == "com.example:/cb?state=%C3%A9"
