"""Exceptions: each warns while it is on, the strict profile refuses it, and a page says what it relaxes."""

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from idp.cli import main
from idp.config.exceptions import EXCEPTIONS, Exceptions
from idp.config.exceptions_page import page
from idp.config.problem import ConfigurationProblems, Problem
from idp.config.reading import read_configuration

_DOCS = Path(__file__).parents[2] / "docs"
_SECTION = (_DOCS / "conformance.example.toml").read_text(encoding="utf-8")
_HEAD = 'issuer = "https://login.example.com"\n'
_TAIL = "[server]\ntrusted_proxies = ['10.0.0.0/8']\n[mail]\nhost = 'mx.example'\nsender = 'a@b.example'\n"
_ON = {
    "exceptions.require_pkce": "false",
    "exceptions.legacy_response_types": "true",
    "exceptions.allow_unsigned": "true",
    "exceptions.assertion_audiences": '["issuer", "endpoint"]',
    "exceptions.fetch_private_networks": '["10.1.0.0/16"]',
    "risk.observed_accounts": '["ab12345-ovh"]',
    "login.unthrottled_networks": '["10.1.0.0/16"]',
}


def _text(key: str, value: str, *, profile: str = "standard") -> str:
    section, _, name = key.partition(".")
    return f'{_HEAD}profile = "{profile}"\n[{section}]\n{name} = {value}\n{_TAIL}'


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_configuration(text, {})
    return caught.value.problems


def test_the_page_is_the_one_that_the_code_writes() -> None:
    written = (_DOCS / "exceptions.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m idp.config.exceptions_page > docs/exceptions.md"


def test_every_exception_has_its_place_there() -> None:
    assert [one.key for one in EXCEPTIONS] == [item.name for item in fields(Exceptions)]
    assert {f"exceptions.{one.key}" for one in EXCEPTIONS} < _ON.keys()


@pytest.mark.parametrize("key", _ON)
def test_each_warns_while_it_is_on(key: str) -> None:
    [warning] = read_configuration(_text(key, _ON[key]), {}).warnings
    assert (warning.key, warning.value, warning.line) == (key, _ON[key], 4)


@pytest.mark.parametrize("key", _ON)
def test_the_strict_profile_refuses_each(key: str) -> None:
    [problem] = _problems(_text(key, _ON[key], profile="strict"))
    assert (problem.key, problem.value, problem.line) == (key, _ON[key], 4)
    assert 'is refused by profile = "strict"' in problem.message
    assert 'profile = "standard"' in problem.fix


def test_the_strict_profile_is_content_with_the_defaults() -> None:
    assert read_configuration(f'{_HEAD}profile = "strict"\n{_TAIL}', {}).warnings == ()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("exceptions.assertion_audiences", '["endpoint"]', "does not name the issuer"),
        ("exceptions.assertion_audiences", "[]", "does not name the issuer"),
        ("exceptions.assertion_audiences", '["anybody"]', "must be one of"),
        ("exceptions.fetch_private_networks", '["10.0.0.1/8"]', "is not a network"),
        ("exceptions.fetch_private_networks", '["0.0.0.0/0"]', "strangers are in it"),
        ("exceptions.fetch_private_networks", '["::/0"]', "strangers are in it"),
        ("login.unthrottled_networks", '["suite.example"]', "is not a network"),
        ("login.unthrottled_networks", '["128.0.0.0/1"]', "strangers are in it"),
        ("risk.observed_accounts", '["*"]', "is not a customer ID"),
        ("risk.observed_accounts", '["alice@example.com"]', "is not a customer ID"),
        ("discovery.domains", '["https://example.com"]', "is not a host name"),
        ("discovery.domains", '["*.example.com"]', "is not a host name"),
        ("discovery.terms_url", '"http://example.com/terms"', "is not an https URL"),
        ("discovery.policy_url", '"javascript:alert(1)"', "is not an https URL"),
        ("discovery.documentation_url", '"https://u:p@example.com/"', "is not an https URL"),
    ],
)
def test_what_is_no_exception_of_ours_is_refused(key: str, value: str, message: str) -> None:
    problems = _problems(_text(key, value))
    assert any(message in problem.message and problem.key.startswith(key) for problem in problems), problems


def test_the_conformance_section_turns_on_just_these() -> None:
    configuration = read_configuration(_HEAD + _SECTION + _TAIL, {})
    warned = {warning.key for warning in configuration.warnings}
    assert warned == {*_ON, "registration.mode"}
    fence = "```toml\n" + _SECTION.partition("\n\n")[2] + "```"
    assert fence in (_DOCS / "conformance-setup.md").read_text(encoding="utf-8")


def test_the_commands_tell_them(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(_HEAD + _SECTION + _TAIL)
    checked = CliRunner().invoke(main, ["config", "check", str(file)])
    assert checked.exit_code == 0
    for key in _ON:
        assert f"{key} = " in checked.stdout
    file.write_text(f'{_HEAD}profile = "strict"\n{_SECTION}{_TAIL}')
    refused = CliRunner().invoke(main, ["config", "check", str(file)])
    assert refused.exit_code == 1
    assert refused.stdout.count('is refused by profile = "strict"') == len(_ON)
