"""What rules of exchange and trusted issuers name has to exist, and nobody is trusted for our own tokens."""

import pytest

from idp.config.problem import ConfigurationProblems
from idp.config.reading import read_configuration

_HEAD = """
issuer = "https://login.example"
[[resources]]
identifier = "https://api.example"
scopes = ["read"]
"""
_RULE = {
    "name": '"one"',
    "clients": '["api"]',
    "subject_audiences": '["https://api.example"]',
    "audiences": '["https://api.example"]',
}
_ISSUER = {"issuer": '"https://ci.example"', "jwks_uri": '"https://ci.example/jwks"'}


def _table(name: str, usual: dict[str, str], /, **changes: str) -> str:
    keys = {**usual, **changes}
    return f"[[{name}]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def _problems(*tables: str) -> list[str]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_configuration(_HEAD + "".join(tables), {})
    return [f"{problem.key} {problem.message}" for problem in caught.value.problems]


def test_a_rule_and_an_issuer_are_read() -> None:
    tables = _table("exchanges", _RULE, subject_issuers='["https://ci.example"]')
    settings = read_configuration(_HEAD + tables + _table("trusted_issuers", _ISSUER), {}).settings

    (rule,), (issuer,) = settings.exchanges, settings.trusted_issuers
    assert (rule.mode, rule.subject_types, rule.actors) == ("delegation", ("access_token",), ("client",))
    assert (issuer.subject, issuer.subject_claim, issuer.algorithms) == ("sub", "sub", ("RS256", "ES256"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": '"a b"'}, "exchanges[0].name is not 1 to 64 letters"),
        ({"clients": '["a b"]'}, "exchanges[0].clients[0] is not a client ID"),
        ({"subject_clients": '[""]'}, "exchanges[0].subject_clients[0] is not a client ID"),
        ({"subject_audiences": '["https://x.example"]'}, "exchanges[0].subject_audiences[0] is no API"),
        ({"subject_issuers": '["https://x.example"]'}, "exchanges[0].subject_issuers[0] is none of"),
        ({"subject_types": '["saml2"]'}, "exchanges[0].subject_types[0] must be one of"),
        ({"audiences": '["https://x.example"]'}, "exchanges[0].audiences[0] is no API"),
        ({"scopes": '["write"]'}, "exchanges[0].scopes[0] is no scope here."),
        ({"scopes": '["offline_access"]'}, "exchanges[0].scopes holds offline_access"),
        ({"mode": '"both"'}, "exchanges[0].mode must be one of"),
        ({"actor_issuers": '["https://x.example"]'}, "exchanges[0].actor_issuers[0] is none of"),
        (
            {"acts_for_others": "true"},
            "exchanges[0].acts_for_others is true, but delegation.enabled is false",
        ),
        ({"lifetime_seconds": "0"}, "exchanges[0].lifetime_seconds must be at least 1."),
    ],
)
def test_rules_that_refuse_the_start(changes: dict[str, str], told: str) -> None:
    problems = _problems(_table("exchanges", _RULE, **changes))
    assert any(problem.startswith(told) for problem in problems), problems


@pytest.mark.parametrize("key", ["clients", "subject_audiences", "subject_types", "audiences"])
def test_a_rule_that_never_allows_anything_is_warned_about(key: str) -> None:
    configuration = read_configuration(_HEAD + _table("exchanges", _RULE, **{key: "[]"}), {})
    assert f"exchanges[0].{key}" in {warning.key for warning in configuration.warnings}


def test_a_rule_on_apis_is_not_about_other_tokens() -> None:
    """Refresh and ID tokens are for no API, whatever else the rule says."""
    changes = {"subject_types": '["access_token", "refresh_token", "id_token"]', "subject_clients": '["one"]'}
    both = read_configuration(_HEAD + _table("exchanges", _RULE, **changes), {})
    (warning,) = [one for one in both.warnings if one.key == "exchanges[0].subject_types"]
    assert "holds id_token and refresh_token" in warning.message
    alone = read_configuration(_HEAD + _table("exchanges", _RULE, **changes, subject_audiences="[]"), {})
    assert not [one for one in alone.warnings if one.key.startswith("exchanges")]


def test_issuers_of_actors_need_a_rule_that_takes_them() -> None:
    rule = _table("exchanges", _RULE, actor_issuers='["https://ci.example"]')
    problems = _problems(rule, _table("trusted_issuers", _ISSUER))
    assert problems == ['exchanges[0].actor_issuers names some, but actors lacks "issuer".']


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"issuer": '""'}, "trusted_issuers[0].issuer is empty"),
        ({"issuer": '"https://login.example"'}, "trusted_issuers[0].issuer is ours"),
        ({"jwks_uri": '"http://ci.example/jwks"'}, "trusted_issuers[0].jwks_uri is not https."),
        ({"jwks_uri": '""'}, "trusted_issuers[0].jwks_uri "),
        ({"algorithms": "[]"}, "trusted_issuers[0].algorithms names none."),
        ({"algorithms": '["none"]'}, "trusted_issuers[0].algorithms[0] must be one of"),
        ({"algorithms": '["HS256"]'}, "trusted_issuers[0].algorithms[0] must be one of"),
        ({"subject": '"service"'}, "trusted_issuers[0].service is not a client ID"),
        ({"service": '"api"'}, "trusted_issuers[0].service names one, but subject"),
        ({"subject_claim": '"a b"'}, "trusted_issuers[0].subject_claim is not the name of a claim."),
        ({"clients": '["*"]'}, "trusted_issuers[0].clients[0] is not a client ID"),
        ({"scopes": '["write"]'}, "trusted_issuers[0].scopes[0] is no scope here."),
    ],
)
def test_issuers_that_refuse_the_start(changes: dict[str, str], told: str) -> None:
    problems = _problems(_table("trusted_issuers", _ISSUER, **changes))
    assert any(problem.startswith(told) for problem in problems), problems


def test_names_are_there_once() -> None:
    assert len(_problems(_table("exchanges", _RULE) * 2)) == 2
    (problem,) = _problems(_table("trusted_issuers", _ISSUER) * 2)
    assert problem.startswith("trusted_issuers[1].issuer is empty, holds a space, or is there twice.")
