"""What a request asks of the authentication context: wishes, demands, and things that are neither."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.spec import acr_request as module
from idp.spec.acr_request import AcrRequest
from idp.spec.assurance import Acr, reaches
from idp.spec.claims_request import read_claims_request
from idp.spec.errors import InvalidRequest, ProtocolError, UnmetAuthenticationRequirements


def acr_request(acr_values: list[str], claims: str) -> AcrRequest:
    return module.acr_request(acr_values, read_claims_request(claims))


def _claims(**acr: Any) -> str:
    return json.dumps({"id_token": {"acr": acr}})


@pytest.mark.parametrize(
    ("acr_values", "claims", "asked"),
    [
        pytest.param("", "", AcrRequest(), id="nothing"),
        pytest.param("2", "", AcrRequest(wished="2", named=("2",)), id="a wish"),
        pytest.param("3 2", "", AcrRequest(wished="3", named=("3", "2")), id="wishes in their order"),
        pytest.param("urn:x 2", "", AcrRequest(wished="2", named=("2",)), id="unknown ones are ignored"),
        pytest.param("urn:x 0", "", AcrRequest(), id="nothing that is offered"),
        pytest.param(
            "", _claims(essential=True, value="2"), AcrRequest(essential="2", named=("2",)), id="a demand"
        ),
        pytest.param(
            "",
            _claims(essential=True, values=["3", "2"]),
            AcrRequest(essential="2", named=("3", "2")),
            id="any of the demanded will do",
        ),
        pytest.param(
            "",
            _claims(essential=True, values=["urn:x", "3"]),
            AcrRequest(essential="3", named=("3",)),
            id="the demanded that are known",
        ),
        pytest.param(
            "1",
            _claims(essential=True, value="2"),
            AcrRequest(essential="2", named=("2",)),
            id="a demand comes before a wish",
        ),
        pytest.param("", _claims(value="2"), AcrRequest(wished="2", named=("2",)), id="voluntary"),
        pytest.param("3", _claims(value="2"), AcrRequest(wished="2", named=("2", "3")), id="the claim first"),
        pytest.param("2", _claims(essential=True), AcrRequest(wished="2", named=("2",)), id="of any value"),
        pytest.param("", _claims(essential="true", value="2"), AcrRequest(wished="2", named=("2",)), id="no flag"),
        pytest.param("", '{"id_token": {"acr": null}}', AcrRequest(), id="null"),
        pytest.param("", '{"id_token": null, "userinfo": {"acr": {"value": "3"}}}', AcrRequest(), id="userinfo"),
        pytest.param("", "{}", AcrRequest(), id="no claim"),
    ],
)  # fmt: skip
def test_what_is_asked_for(acr_values: str, claims: str, asked: AcrRequest) -> None:
    assert acr_request(acr_values.split(), claims) == asked


@pytest.mark.parametrize("values", [["urn:x"], ["0"], ["4", ""], ["2 "]])
def test_demand_that_nobody_meets_here_is_refused(values: list[str]) -> None:
    """OpenID Connect Core Unmet Authentication Requirements: unmet_authentication_requirements."""
    with pytest.raises(UnmetAuthenticationRequirements):
        acr_request([], _claims(essential=True, values=values))


@pytest.mark.parametrize(
    "claims",
    [
        "[",
        "[]",
        '"x"',
        "1",
        "9" * 5_000,
        "[" * 4_000,
        '{"id_token": []x}',
        '{"id_token": ["acr"]}',
        '{"id_token": {"acr": "2"}}',
        '{"id_token": {"acr": ["2"]}}',
        '{"id_token": {"acr": {"values": "2"}}}',
        '{"id_token": {"acr": {"values": [2]}}}',
        '{"x": "' + "y" * 9_000 + '"}',
    ],
)
def test_malformed_claims_are_refused(claims: str) -> None:
    with pytest.raises(InvalidRequest):
        acr_request([], claims)


@given(
    essential=st.booleans(),
    values=st.lists(st.sampled_from(["0", "1", "2", "3", "urn:x"]), max_size=4),
    wishes=st.lists(st.sampled_from(["0", "1", "2", "3", "urn:x"]), max_size=4),
    reached=st.sampled_from(list(Acr)),
)
def test_report_never_overstates(essential: bool, values: list[str], wishes: list[str], reached: Acr) -> None:
    with suppress(UnmetAuthenticationRequirements):
        asked = acr_request(wishes, _claims(essential=essential, values=values))
        reported = asked.reported(reached)
        assert reaches(reached, reported)
        assert reported == reached or reported in (*values, *wishes)
        if asked.essential and reaches(reached, asked.essential):
            assert reported in values


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id_token", "acr", "essential", "value", "values"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["id_token", "userinfo"]), _JSON, max_size=2))
def test_whatever_claims_hold_they_are_read_or_refused(document: Any) -> None:
    with suppress(ProtocolError):
        asked = acr_request(["2"], json.dumps(document))
        assert asked.essential in ("", "1", "2", "3")
