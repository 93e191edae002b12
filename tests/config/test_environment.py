"""Overrides from the environment."""

import pytest

from idp.config.environment import overrides
from idp.config.problem import ConfigurationProblems, Problem
from idp.config.reading import read_settings

ISSUER = 'issuer = "https://login.example.com"\n'


def problems_of(text: str, environ: dict[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_settings(text, environ)
    return caught.value.problems


def test_the_environment_wins_over_the_file() -> None:
    environ = {
        "IDP_SERVER__PORT": "9001",
        "IDP_DATABASE__URL": "postgresql://idp@localhost/idp",
        "PATH": "/bin",
    }
    settings = read_settings(ISSUER + "[server]\nport = 9000\nworkers = 4\n", environ)
    assert settings.server.port == 9001
    assert settings.server.workers == 4
    assert settings.database.url == "postgresql://idp@localhost/idp"


def test_a_configuration_can_be_environment_alone() -> None:
    assert (
        read_settings("", {"IDP_ISSUER": "https://login.example.com"}).issuer == "https://login.example.com"
    )


def test_lists_are_separated_by_commas_or_written_as_toml() -> None:
    environ = {
        "IDP_ISSUER": "https://login.example.com",
        "IDP_SERVER__HOSTS": "a.example, b.example",
        "IDP_SERVER__TRUSTED_PROXIES": '["10.0.0.0/8"]',
        "IDP_LANGUAGE__OFFERED": "en",
        "IDP_RESOURCES": '[{ identifier = "https://api.example.com", default = true }]',
    }
    settings = read_settings("", environ)
    assert settings.server.hosts == ("a.example", "b.example")
    assert settings.server.trusted_proxies == ("10.0.0.0/8",)
    assert settings.resources[0].identifier == "https://api.example.com"
    assert read_settings(ISSUER, {"IDP_SERVER__HOSTS": " "}).server.hosts == ()


def test_a_wrong_value_names_its_variable_instead_of_a_line() -> None:
    (problem,) = problems_of(ISSUER + "[server]\nport = 9000\n", {"IDP_SERVER__PORT": "many"})
    assert (problem.key, problem.value, problem.line) == ("server.port", '"many"', None)
    assert str(problem).startswith(
        'environment variable IDP_SERVER__PORT: server.port = "many": must be a whole'
    )


@pytest.mark.parametrize("value", ["true", "1.0", "", "1\nx = 2", "1 # one\n[x]", "9" * 5_000, "[" * 5_000])
def test_no_text_passes_for_a_whole_number(value: str) -> None:
    (problem,) = problems_of(ISSUER, {"IDP_SERVER__PORT": value})
    assert problem.variable == "IDP_SERVER__PORT"


def test_an_unknown_variable_is_a_problem_with_a_suggestion() -> None:
    typed, foreign, section = problems_of(
        ISSUER, {"IDP_DATABASE_URL": "postgresql://idp:hunter2@db/idp", "IDP_QUUX": "1", "IDP_SERVER": "x"}
    )
    assert typed.fix == "Did you mean IDP_DATABASE__URL?"
    assert "hunter2" not in str(typed)
    assert foreign.fix == "Unset it: IDP_… is for IDP_SECTION__KEY alone."
    assert section.message == "names no setting."


def test_an_override_does_not_hide_that_its_section_is_no_table() -> None:
    (problem,) = problems_of("server = 3\n" + ISSUER, {"IDP_SERVER__PORT": "9000"})
    assert (problem.key, problem.line) == ("server", 1)


def test_undecodable_bytes_in_the_environment_are_a_problem() -> None:
    (problem,) = problems_of(ISSUER, {"IDP_BRAND__NAME": "caf\udce9"})
    assert problem.message == "must not hold control characters."
    assert str(problem).encode()


def test_only_our_prefix_is_read() -> None:
    assert overrides({"XIDP_ISSUER": "x", "idp_issuer": "x", "IDPX": "x"}) == ([], [])
