"""What an operator sees of a wrong configuration: every problem, where it stands, and what to write instead."""

from pathlib import Path

import pytest

from idp.config.problem import ConfigurationProblems, Problem
from idp.config.reading import read_configuration, read_settings
from idp.config.settings import Settings

ISSUER = 'issuer = "https://login.example.com"\n'


def problems_of(source: Path | str, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_settings(source, environ or {})
    return caught.value.problems


def only_problem(source: Path | str, environ: dict[str, str] | None = None) -> Problem:
    problems = problems_of(source, environ)
    assert len(problems) == 1, problems
    return problems[0]


def test_an_issuer_is_all_that_must_be_said() -> None:
    assert read_settings(ISSUER, {}) == Settings(issuer="https://login.example.com")


def test_a_file_is_read_with_its_sections_and_lists(tmp_path: Path) -> None:
    file = tmp_path / "idp.toml"
    file.write_text(
        ISSUER
        + """
        [server]
        port = 9000
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [[brand.support_phones]]
        country = "FR"
        number = "+33 1 99 00 00 00"
        [[resources]]
        identifier = "https://api.example.com"
        scopes = ["invoices:read"]
        default = true
        """,
        encoding="utf-8-sig",
    )
    settings = read_settings(file, {})
    assert settings.server.port == 9000
    assert settings.server.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.brand.support_phones[0].number == "+33 1 99 00 00 00"
    assert settings.resources[0].default


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        'issuer = "http://login.example.com/"\n'
        "[server]\n"
        "prot = 8000\n"
        "workers = 2\n"
        "[tokens]\n"
        "code_lifetime_seconds = 600\n"
        "refresh_grace_seconds = true\n"
    )
    assert [(problem.key, problem.line) for problem in problems_of(text)] == [
        ("issuer", 1),
        ("server.prot", 3),
        ("server.workers", 4),
        ("tokens.code_lifetime_seconds", 6),
        ("tokens.refresh_grace_seconds", 7),
    ]


def test_a_problem_names_key_value_line_and_fix() -> None:
    problem = only_problem(ISSUER + "[tokens]\ncode_lifetime_seconds = 600\n")
    assert str(problem) == "line 3: tokens.code_lifetime_seconds = 600: must be at most 60. Use 60 or less."


def test_a_missing_issuer_is_named_with_its_meaning() -> None:
    problem = only_problem("")
    assert (problem.key, problem.line) == ("issuer", None)
    assert problem.fix == "Set it: Our own URL, as everybody sees it."


@pytest.mark.parametrize(
    ("line", "message", "fix"),
    [
        ("port = '8000'", "must be a whole number.", "Write digits alone, without quotes, point or unit."),
        ("port = 8000.0", "must be a whole number.", "Write digits alone, without quotes, point or unit."),
        ("port = true", "must be a whole number.", "Write digits alone, without quotes, point or unit."),
        ("port = -1", "must be at least 1.", "Use 1 or more."),
        ("port = 65536", "must be at most 65535.", "Use 65535 or less."),
        ("host = 127", "must be a text.", 'Write it in quotes, as "text".'),
        ("hosts = 'a.example'", "must be a list.", 'Write it as ["one", "two"].'),
        ("hosts = [1]", "must be a text.", 'Write it in quotes, as "text".'),
        ('host = "a\\nb"', "must not hold control characters.", "Write one line of plain text."),
        ("hots = []", "is not a setting.", 'Did you mean "hosts"?'),
        ('"po\\nrt" = 1', "is not a setting.", 'Did you mean "port"?'),
        ("level = 'info'", "is not a setting.", "It belongs to [log]."),
        ("directory = 'keys'", "is not a setting.", "It belongs to [keys]."),
        ("xyzzy = 1", "is not a setting.", "Remove it; config.example.toml has every key."),
    ],
)
def test_a_wrong_value_gets_a_message_of_its_own(line: str, message: str, fix: str) -> None:
    problem = only_problem(ISSUER + "[server]\n" + line)
    assert (problem.line, problem.message, problem.fix) == (3, message, fix)


def test_one_of_a_few_words_is_suggested() -> None:
    problem = only_problem(ISSUER + "[mail]\nsecurity = 'startls'")
    assert problem.message == 'must be one of "starttls", "tls", "none".'
    assert problem.fix == 'Did you mean "starttls"?'
    assert only_problem(ISSUER + "[mail]\nsecurity = 3").fix == "Use one of them."


def test_a_section_that_is_no_table_and_a_list_that_is_no_list_refuse() -> None:
    text = "server = 3\nresources = 'x'\nbrand = { support_phones = 'x' }\n" + ISSUER
    fixes = [problem.fix for problem in problems_of(text)]
    assert fixes == [
        "Write its keys under [server].",
        "Write [[resources]].",
        "Write [[brand.support_phones]].",
    ]


def test_an_element_of_a_list_of_tables_is_placed_on_its_own_line() -> None:
    text = ISSUER + "[[resources]]\nidentifier = 'https://a.example'\n[[resources]]\nscopes = ['x']\n"
    problem = only_problem(text)
    assert (problem.key, problem.line, problem.message) == ("resources[1].identifier", 4, "is missing.")


def test_a_syntax_error_has_its_line() -> None:
    assert only_problem(ISSUER + "\nport = \n").line == 3
    assert only_problem(ISSUER + "[server").line == 2
    assert only_problem("x = [\n").message.startswith("not valid TOML:")


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 5_000, "x = " + "9" * 5_000, "x = 1979-99-99", "\ufeff\ufeff"]
)
def test_text_that_breaks_parsers_is_a_problem_too(text: str) -> None:
    assert problems_of(text)


def test_a_huge_number_is_refused_without_being_printed() -> None:
    problem = only_problem(ISSUER + f"[server]\nport = 0x{'f' * 5_000}")
    assert problem.value == "(huge)"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert str(missing) in only_problem(missing).message
    assert "Is a directory" in only_problem(tmp_path).message
    assert only_problem(Path("a\0b")).fix == "Check the path and its permissions."


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"a = 1\nb = '\xe9'\n")
    assert (only_problem(latin).line, only_problem(latin).fix) == (2, "Save it as UTF-8.")
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 2_000_000)
    assert "larger than 1 MiB" in only_problem(large).message


@pytest.mark.parametrize(
    "text",
    [
        ISSUER + "[database]\nurl = 'mysql://idp:hunter2@db/idp'",
        ISSUER + "[database]\nurl = 'mysql://idp:p@hunter2/@db/idp'",
        ISSUER + "[database]\nurl = 'mysql://db/idp?user=a&password=hunter2'",
        ISSUER + "[database]\npassword = 'hunter2'",
        ISSUER + "[server]\nhost = { password = 'hunter2' }",
    ],
)
def test_no_problem_shows_a_password(text: str) -> None:
    told = str(only_problem(text))
    assert "•••" in told
    assert "hunter2" not in told


def test_a_safe_configuration_comes_with_its_warnings() -> None:
    warnings = read_configuration(ISSUER + "[server]\ntrusted_proxies = []\n", {}).warnings
    assert [(warning.key, warning.line) for warning in warnings] == [
        ("server.trusted_proxies", 3),
        ("mail.host", None),
    ]
