"""The authorization request by itself, before its client is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec.authorization_request import (
    KEPT_PARAMETERS,
    AuthorizationRequest,
    read_authorization_request,
)
from idp.spec.errors import ProtocolError


def _read(**parameters: str) -> AuthorizationRequest:
    return read_authorization_request({"response_type": "code", **parameters})


def test_what_is_absent_is_empty() -> None:
    request = _read()

    assert (request.scopes, request.prompts, request.max_age, request.resource) == ((), frozenset(), None, ())
    assert not request.is_openid
    assert not request.is_silent


def test_what_is_there_is_typed() -> None:
    request = _read(
        scope="openid email", prompt="none", max_age="007", resource="a b", acr_values="1 2", display="popup"
    )

    assert request.is_openid
    assert request.is_silent
    assert request.max_age == 7
    assert request.resource == ("a", "b")
    assert (request.acr.named, request.acr.wished) == (("1", "2"), "1")
    assert request.display == "popup"


@given(
    st.dictionaries(st.sampled_from((*KEPT_PARAMETERS, "request", "registration", "x")), st.text(max_size=40))
)
def test_whatever_it_holds_it_is_read_or_refused(parameters: dict[str, str]) -> None:
    try:
        request = read_authorization_request(parameters)
    except ProtocolError:
        return
    assert request.response_type == "code"
    assert request.state == parameters.get("state", "")


@pytest.mark.parametrize("name", ["login_hint", "ui_locales"])
def test_hints_are_no_longer_than_anybody_needs(name: str) -> None:
    assert len(getattr(_read(**{name: "x" * 5_000}), name)) == 256
