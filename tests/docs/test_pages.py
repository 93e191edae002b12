"""What our pages name exists: links, commands with their options, configuration keys, variables, files, tests."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
import pytest
from click.testing import CliRunner

from idp.cli import main
from idp.cli.options import CONFIG_VARIABLE
from idp.config.environment import PREFIX, overrides
from idp.config.reading import read_configuration
from idp.config.settings import Settings
from idp.records.event import EventType
from idp.web.cookies import Cookie, Cookies
from tests.docs.markdown import anchors, commands, fences, links, pages, prose, spans, table
from tests.support.processes import ROOT

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
_RUN_BY = {
    "connect.md": "test_connect.py",
    "delegation.md": "test_delegation_page.py",
    "devices.md": "test_devices.py",
    "operations.md": "test_operations.py",
    "proof-of-possession.md": "test_proof_of_possession.py",
    "pushed-requests.md": "test_pushed_requests.py",
    "resource-servers.md": "test_resource_servers.py",
    "service-accounts.md": "test_service_accounts.py",
    "token-exchange.md": "test_token_exchange.py",
}
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z_]+\b")
_PATH = re.compile(r"(?:idp|tests|templates|docs|requirements)/[\w./{}-]*|[\w.-]+\.(?:md|toml)")
_MAKE = re.compile(r"\bmake ([a-z]+)")
_TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@PAGES
def test_links_resolve(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        target, _, anchor = link.partition("#")
        file = page.parent / target if target else page
        assert file.is_file(), link
        assert not anchor or anchor in anchors(file), link


@PAGES
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in commands(page):
        command, rest = _resolved(words)
        known = {name for parameter in command.params for name in parameter.opts} | {"--help", "--version"}
        assert {word for word in rest if word.startswith("--")} <= known, words


@PAGES
def test_configuration_keys_exist(page: Path) -> None:
    known = set(_keys(Settings))
    sections = {key.partition(".")[0] for key in known if "." in key}
    named = {span for span in spans(page) if re.fullmatch(r"[a-z_]+\.[a-z_]+", span)}
    if page.name != "schema.md":  # Its names are columns.
        assert {span for span in named if span.partition(".")[0] in sections} <= known | _ALIKE
    for fence in fences(page):
        if fence.language == "toml":
            assert set(_named_in(tomllib.loads(fence.text))) <= known


@PAGES
def test_environment_variables_exist(page: Path) -> None:
    text = prose(page) + "".join(fence.text for fence in fences(page))
    for variable in set(_VARIABLE.findall(text)) - {CONFIG_VARIABLE, "IDP_SECTION__KEY"}:
        _, unknown = overrides({variable: "1"})
        assert unknown == [], variable


@PAGES
def test_files_and_make_targets_exist(page: Path) -> None:
    for span in spans(page):
        if _PATH.fullmatch(span):
            assert (ROOT / span).exists(), span
        for target in _MAKE.findall(span):
            assert target in _TARGETS, span


@PAGES
def test_only_pages_with_a_test_mark_what_is_run(page: Path) -> None:
    marked = [fence.name for fence in fences(page) if fence.mark]

    assert not marked or (ROOT / "tests" / "docs" / _RUN_BY[page.name]).is_file()


def test_every_command_is_told_and_helps() -> None:
    told = {" ".join(_path(words)) for page in pages() for words in commands(page)}

    assert {" ".join(path) for path in _leaves(main)} <= told
    for path in _leaves(main):
        assert CliRunner().invoke(main, [*path, "--help"]).exit_code == 0


def test_the_cookies_of_the_security_page_are_ours() -> None:
    cookies = Cookies(https=True, device_days=1)

    told = {row[0].strip("`") for row in table(ROOT / "docs" / "security.md", "Cookies")}

    assert told == {cookies.name(cookie) for cookie in Cookie}


def test_the_example_configuration_can_be_used_as_it_stands() -> None:
    configuration = read_configuration(ROOT / "config.example.toml", {})

    assert {warning.key for warning in configuration.warnings} == {"server.trusted_proxies", "mail.host"}


# Audit events are written like keys, and so is one file.
_ALIKE = {"database.py", *EventType}


def _resolved(words: str) -> tuple[click.Command, list[str]]:
    """The command that a line calls, and what follows its name."""
    path = _path(words)
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    rest = words.split()[len(path) :]
    group = isinstance(command, click.Group) and rest and not rest[0].startswith("-")
    assert not group, f"no such command: idp {words}"
    return command, rest


def _path(words: str) -> list[str]:
    path: list[str] = []
    command: click.Command = main
    for word in words.split():
        found = (
            command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        )
        if found is None:
            break
        path, command = [*path, word], found
    return path


def _leaves(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _leaves(found, *path, name)


def _keys(table_type: type, prefix: str = "") -> Iterator[str]:
    """Every key as `section.key`; a list of tables is a section too."""
    hints = get_type_hints(table_type)
    for item in fields(table_type):
        hint = hints[item.name]
        inner = next(
            (one for one in (hint, *get_args(hint)) if isinstance(one, type) and is_dataclass(one)), None
        )
        yield f"{prefix}{item.name}"
        if inner is not None:
            yield from _keys(inner, f"{prefix}{item.name}.")


def _named_in(read: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in read.items():
        yield f"{prefix}{name}"
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from _named_in(inner, f"{prefix}{name}.")
