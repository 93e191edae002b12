"""The `claims` parameter by itself: OpenID Connect Core §5.5."""

import json

import pytest

from idp.spec.acr_request import acr_request, claimed_subjects
from idp.spec.claims_request import ClaimRequest, ClaimsRequest, read_claims_request
from idp.spec.errors import InvalidRequest


def test_the_example_of_the_specification_is_understood() -> None:
    asked = read_claims_request(
        """{
        "userinfo": {
            "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
            "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null
        },
        "id_token": {
            "auth_time": {"essential": true},
            "acr": {"values": ["urn:mace:incommon:iap:silver"]}
        }
    }"""
    )
    assert asked.userinfo["given_name"] == ClaimRequest(is_essential=True)
    assert asked.userinfo["nickname"] == ClaimRequest()
    assert asked.id_token["acr"].values == ("urn:mace:incommon:iap:silver",)
    assert len(asked.names) == 8
    assert read_claims_request(asked.text()) == asked


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("null", ClaimRequest()),
        ("{}", ClaimRequest()),
        ('{"essential": false}', ClaimRequest()),
        ('{"essential": "true"}', ClaimRequest()),
        ('{"value": "x"}', ClaimRequest(values=("x",))),
        ('{"value": null}', ClaimRequest()),
        ('{"value": false}', ClaimRequest(values=(False,))),
        ('{"values": []}', ClaimRequest()),
        ('{"value": 1, "values": ["x", 2]}', ClaimRequest(values=(1, "x", 2))),
        ('{"unknown": 1, "purpose": "x"}', ClaimRequest()),
    ],
)
def test_members_that_nobody_knows_mean_nothing(member: str, expected: ClaimRequest) -> None:
    assert (
        read_claims_request(f'{{"userinfo": {{"name": {member}}}, "other": 1}}').userinfo["name"] == expected
    )


@pytest.mark.parametrize(
    "text", ["", "{}", '{"userinfo": null}', '{"userinfo": {}, "id_token": {}}', '{"x": []}']
)
def test_nothing_may_be_asked_for(text: str) -> None:
    assert read_claims_request(text) == ClaimsRequest()
    assert read_claims_request(text).text() == ""


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "[]",
        "1",
        "null",
        '"userinfo"',
        '{"userinfo": []}',
        '{"userinfo": "name"}',
        '{"id_token": 1}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": []}}',
        '{"userinfo": {"name": "essential"}}',
        '{"userinfo": {"name": {"values": "x"}}}',
        '{"userinfo": {"name": {"values": {"x": 1}}}}',
        "[" * 8_000,
        "{" * 8_000,
        '{"userinfo": {"name": {"value": "' + "x" * 9_000 + '"}}}',
        json.dumps({"userinfo": dict.fromkeys(map(str, range(101)))}),
    ],
)
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^claims "):
        read_claims_request(text)


def test_language_tags_are_part_of_a_name() -> None:
    """§5.2: a claim in a language is another claim; who has none ignores it."""
    asked = read_claims_request('{"userinfo": {"name#fr": {"essential": true}, "name": null}}')
    assert asked.names == {"name#fr", "name"}
    assert asked.only({"name"}).names == {"name"}


@pytest.mark.parametrize(
    "claims",
    [
        '{"id_token": {"sub": {"value": 5}}}',
        '{"id_token": {"sub": {"values": ["a", 5]}}}',
        '{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}}',
        '{"id_token": {"sub": {"values": ["a", "b"]}}, "userinfo": {"sub": {"values": ["c", "d"]}}}',
        json.dumps({"id_token": {"sub": {"values": [*map(str, range(21))]}}}),
    ],
)
def test_subjects_are_few_texts_that_can_be_met(claims: str) -> None:
    with pytest.raises(InvalidRequest):
        claimed_subjects(read_claims_request(claims))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ("", set()),
        ('{"id_token": {"sub": null}, "userinfo": {"sub": {"essential": true}}}', set()),
        ('{"id_token": {"sub": {"values": []}}}', set()),
        ('{"id_token": {"sub": {"value": ""}}}', {""}),
        ('{"userinfo": {"sub": {"value": "a"}}}', {"a"}),
        ('{"id_token": {"sub": {"values": ["a", "b"]}}}', {"a", "b"}),
        ('{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": null}}', {"a"}),
        ('{"id_token": {"sub": {"values": ["a", "b"]}}, "userinfo": {"sub": {"values": ["c", "b"]}}}', {"b"}),
    ],
)
def test_each_subject_that_is_named_will_do(claims: str, expected: set[str]) -> None:
    """§5.5.1: whoever is one of `values`, in both members where both name some."""
    assert claimed_subjects(read_claims_request(claims)) == expected


def test_acr_values_are_texts() -> None:
    with pytest.raises(InvalidRequest):
        acr_request([], read_claims_request('{"id_token": {"acr": {"values": [1]}}}'))
