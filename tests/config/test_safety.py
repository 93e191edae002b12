"""Well-formed settings that must not serve, and those that only warn."""

import re
from pathlib import Path

import pytest

from idp.config.problem import ConfigurationProblems, Problem
from idp.config.reading import read_configuration

HTTPS = 'issuer = "https://login.example.com"\n'
LOOPBACK = 'issuer = "http://localhost:8000"\n'


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_configuration(text, {})
    return caught.value.problems


def warnings_of(text: str) -> dict[str, str]:
    return {warning.key: warning.message for warning in read_configuration(text, {}).warnings}


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example.com",
        "https://login.example.com:8443",
        "https://xn--bcher-kva.example",
        "https://[2001:db8::1]",
        "http://localhost:8000",
        "http://localhost",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
    ],
)
def test_an_origin_is_an_issuer(issuer: str) -> None:
    assert read_configuration(f'issuer = "{issuer}"', {}).settings.issuer == issuer


@pytest.mark.parametrize(
    ("issuer", "fix"),
    [
        ("https://login.example.com/", "Write https://login.example.com."),
        ("https://login.example.com/idp", "Write https://login.example.com."),
        ("https://login.example.com?a=b", "Write https://login.example.com."),
        ("https://login.example.com#a", "Write https://login.example.com."),
        ("https://login.example.com?", "Write https://login.example.com."),
        ("https://user@login.example.com", "Write https://login.example.com."),
        ("https://Login.Example.COM", "Write https://login.example.com."),
        ("HTTPS://login.example.com", "Write https://login.example.com."),
        ("https://login.example.com:443", "Write https://login.example.com."),
        ("https://login.example.com:", "Write https://login.example.com."),
        ("http://localhost:08000", "Write http://localhost:8000."),
        ("http://login.example.com", "Use https://login.example.com."),
        ("http://127.0.0.2", "Use https://127.0.0.2."),
        ("http://localhost.example.com", "Use https://localhost.example.com."),
        ("https://login.example.com.", "Write it as https://login.example.com."),
        ("https://*.example.com", "Write it as https://login.example.com."),
        ("https://bücher.example", "Write it as https://login.example.com."),
        ("https://1.2.3", "Write it as https://login.example.com."),
        ("https://127.1", "Write it as https://login.example.com."),
        ("https://[::0:1]", "Write it as https://login.example.com."),
        ("https://[::1", "Write it as https://login.example.com."),
        ("https://a.example:99999", "Write it as https://login.example.com."),
        ("https://a.example:0", "Write it as https://login.example.com."),
        ("https:login.example.com", "Write it as https://login.example.com."),
        ("ftp://login.example.com", "Write it as https://login.example.com."),
        ("login.example.com", "Write it as https://login.example.com."),
        ("", "Write it as https://login.example.com."),
    ],
)
def test_anything_but_an_https_origin_is_refused(issuer: str, fix: str) -> None:
    (problem,) = problems_of(f'issuer = "{issuer}"')
    assert (problem.key, problem.line, problem.fix) == ("issuer", 1, fix)


UNSAFE = [
    ("server", "hosts = ['*']", "server.hosts[0]", "is a wildcard"),
    ("server", "hosts = ['*.example.com']", "server.hosts[0]", "is a wildcard"),
    ("server", "hosts = ['ok.example', 'https://a.example']", "server.hosts[1]", "is not a host name"),
    ("server", "hosts = ['A.example']", "server.hosts[0]", "is not a host name"),
    ("server", "hosts = ['a.example:']", "server.hosts[0]", "is not a host name"),
    ("server", "trusted_proxies = ['0.0.0.0/0']", "server.trusted_proxies[0]", "trusts nearly everybody"),
    ("server", "trusted_proxies = ['::/0']", "server.trusted_proxies[0]", "trusts nearly everybody"),
    ("server", "trusted_proxies = ['128.0.0.0/1']", "server.trusted_proxies[0]", "trusts nearly everybody"),
    ("server", "trusted_proxies = ['10.0.0.1/8']", "server.trusted_proxies[0]", "is not a network"),
    ("server", "trusted_proxies = ['nginx']", "server.trusted_proxies[0]", "is not a network"),
    ("server", "workers = 2", "server.workers", 'database.url is "sqlite:///data/idp.db"'),
    ("database", "url = 'sqlite://'", "database.url", "is neither SQLite nor PostgreSQL"),
    ("database", "url = 'sqlite:///'", "database.url", "names no file"),
    ("database", "url = 'sqlite:///:memory:'", "database.url", "names no file"),
    ("database", "url = 'sqlite:///a?mode=ro'", "database.url", "names no file"),
    ("database", "url = 'postgres://db/idp'", "database.url", "is neither SQLite nor PostgreSQL"),
    ("database", "url = 'postgresql://db'", "database.url", "names no host or no database"),
    ("database", "url = 'postgresql://[db/idp'", "database.url", "names no host or no database"),
    ("mail", "host = 'mx.example'\nsecurity = 'none'\nsender='a@b.example'", "mail.security", "readable"),
    ("mail", "host = 'mx.example'", "mail.sender", "is not an address"),
    ("mail", "host = 'MX.example'\nsender = 'a@b.example'", "mail.host", "is not a host name"),
    ("mail", "second_host = 'mx.example'", "mail.second_host", "there is no first"),
    (
        "mail",
        "host = 'mx.example'\nsender = 'a@b.example'\nsecond_host = 'mx2.example'\nsecond_security = 'none'",
        "mail.second_security",
        "readable to mx2.example",
    ),
    (
        "mail",
        "host = 'localhost'\nsender = 'a@b.example'\nsecurity = 'none'\nuser = 'u'\npassword = 'p'",
        "mail.security",
        "password readable",
    ),
    ("mail", "host = 'mx.example'\nsender = 'a@b.example'\nuser = 'u'", "mail.password", "belong together"),
    ("mail", "host = 'mx.example'\nsender = 'a@b.example'\npassword = 'p'", "mail.user", "belong together"),
    ("password", "breach_url = 'http://api.example/range/'", "password.breach_url", "beginnings of passwords"),
    ("password", "breach_url = 'api.example'", "password.breach_url", "is not an http or https URL"),
    ("factors", "sms_url = 'http://gateway.example/sms'", "factors.sms_url", "readable"),
    ("factors", "sms_url = 'gateway.example'", "factors.sms_url", "is not an http or https URL"),
    ("factors", "sms_url = 'ftp://gateway.example/'", "factors.sms_url", "is not an http or https URL"),
    ("factors", "sms_url = 'https://u:p@gateway.example/'", "factors.sms_url", "is not an http or https URL"),
    (
        "factors",
        "sms_url = 'https://gateway.example/'\nsms_authorization = 'Bearer é'",
        "factors.sms_authorization",
        "holds what no header can",
    ),
    ("mail", "host = 'mx.example'\nsender = 'a b@c.example'", "mail.sender", "is not an address"),
    ("metrics", "host = '8.8.8.8'\nport = 9100", "metrics.host", "is a public address"),
    ("metrics", "port = 8000", "metrics.port", "is the port of the pages"),
    ("password", "memory_cost_kib = 19455", "password.memory_cost_kib", "cheap to guess"),
    ("password", "time_cost = 1", "password.time_cost", "cheap to guess"),
    ("password", "parallelism = 64\nmemory_cost_kib = 500", "password.memory_cost_kib", "own minimum"),
    ("customer_id", "suffix = '_ovh'", "customer_id.suffix", "a hyphen"),
    ("customer_id", "suffix = '-OVH'", "customer_id.suffix", "a hyphen"),
    ("keys", "directory = ' '", "keys.directory", "names no folder"),
    ("keys", "rotation_days = 1\njwks_max_age_seconds = 86400", "keys.rotation_days", "faster than others learn"),
    ("session", "idle_seconds = 86401", "session.idle_seconds", "longer than session.absolute_seconds"),
    ("session", "absolute_seconds = 600\nidle_seconds = 600\nstaff_idle_seconds = 600",
     "session.shared_idle_seconds", "longer than session.absolute_seconds"),
    ("tokens", "refresh_absolute_seconds = 3600", "tokens.refresh_idle_seconds", "longer than"),
    ("tokens", "refresh_idle_seconds = 60", "tokens.access_token_lifetime_seconds", "no client refreshes"),
    ("brand", "name = ''", "brand.name", "is not one line of 1 to 64 characters"),
    ("brand", 'name = "Demo\\nBcc: all@example.com"', "brand.name", "must not hold control"),
    ("brand", "accent = '#1b3fa0; } * { display: none'", "brand.accent", "is not a colour"),
    ("brand", "accent = 'red'", "brand.accent", "is not a colour"),
    ("brand", "accent_dark = '#12345g'", "brand.accent_dark", "is not a colour"),
    ("brand", "accent = '#9db7ff'", "brand.accent", "is hard to read on our pages: 1.8 : 1"),
    ("brand", "accent_dark = '#1b3fa0'", "brand.accent_dark", "is hard to read"),
    ("brand", "help_url = 'javascript:alert(1)'", "brand.help_url", "is not an http or https URL"),
    ("brand", "legal_url = '/legal'", "brand.legal_url", "is not an http or https URL"),
    ("brand", "privacy_url = 'https://'", "brand.privacy_url", "is not an http or https URL"),
    ("brand", "logo = 'logo.gif'", "brand.logo", "is neither SVG nor PNG"),
    ("brand", "[[brand.support_phones]]\ncountry = 'fr'\nnumber = '10 07'", "brand.support_phones[0].country",
     "country code"),
    ("brand", "[[brand.support_phones]]\ncountry = '*'\nnumber = 'call us'", "brand.support_phones[0].number",
     "telephone number"),
    ("language", "offered = ['en', 'tlh']", "language.offered[1]", "has no catalogue"),
    ("language", "default = 'nl'", "language.default", "is not among language.offered"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "lines", "key", "message"), UNSAFE)
def test_an_unsafe_setting_is_refused_by_name(section: str, lines: str, key: str, message: str) -> None:
    found = problems_of(f"{HTTPS}[{section}]\n{lines}\n")
    assert (found[0].key, message in found[0].message) == (key, True), found
    assert found[0].value
    assert found[0].fix


def test_a_value_that_is_unsafe_only_beside_another_is_told_once_both_can_be_read() -> None:
    (problem,) = problems_of(HTTPS + "[server]\nworkers = 'two'\n[database]\nurl = 'sqlite:///idp.db'")
    assert problem.key == "server.workers"
    (problem,) = problems_of("issuer = 3\n[password]\ntime_cost = 1")
    assert problem.key == "issuer"


def test_several_workers_are_fine_on_postgresql_even_through_a_socket() -> None:
    for url in ("postgresql://idp@db/idp?sslmode=verify-full", "postgresql:///idp?host=/run/postgresql"):
        text = f"{HTTPS}[server]\nworkers = 8\ntrusted_proxies = ['10.0.0.0/8']\n[database]\nurl = '{url}'"
        assert list(warnings_of(text)) == ["mail.host"]


def test_cheap_hashes_are_fine_on_a_loopback_issuer() -> None:
    password = read_configuration(
        f"{LOOPBACK}[password]\nmemory_cost_kib = 8\ntime_cost = 1", {}
    ).settings.password
    assert password.time_cost == 1


def test_hosts_may_name_a_port_and_an_address() -> None:
    text = HTTPS + "[server]\nhosts = ['a.example:8443', '[::1]:8000', '10.0.0.1']"
    assert len(read_configuration(text, {}).settings.server.hosts) == 3


@pytest.mark.parametrize(
    ("lines", "fix_or_message"),
    [
        ("identifier = '/api'", "is not an absolute URI"),
        ("identifier = 'https://api.example.com#x'", "is not an absolute URI"),
        ("identifier = 'https://api.example.com/ x'", "is not an absolute URI"),
        ("identifier = 'https://login.example.com'", "is ours"),
        ("identifier = 'https://login.example.com/api/v1'", "is ours"),
        ("identifier = 'urn:a'\nscopes = ['a b']", "is not a scope"),
        ("identifier = 'urn:a'\nscopes = ['openid']", "is a scope of OpenID Connect"),
        ("identifier = 'urn:a'\nscopes = ['a', 'b', 'a']", "is listed twice"),
        (
            "identifier = 'urn:a'\n[[resources]]\nidentifier = 'urn:a'",
            "is the identifier of another resource too",
        ),
        (
            "identifier = 'urn:a'\ndefault = true\n[[resources]]\nidentifier = 'urn:b'\ndefault = true",
            "is a second default",
        ),
        (f"identifier = 'urn:a'\nname = '{'x' * 65}'", "is longer than 64"),
        ("identifier = 'urn:a'\nclient = 'a b'", "is not a client ID"),
        (
            "identifier = 'urn:a'\ntoken_format = 'opaque'\nsigning_algorithm = 'ES256'",
            "signs nothing",
        ),
        ("identifier = 'urn:a'\nsigning_algorithm = 'HS256'", "must be one of"),
        ("identifier = 'urn:a'\ntoken_format = 'saml'", "must be one of"),
        ("identifier = 'urn:a'\ntoken_lifetime_seconds = 86401", "86400"),
        (
            "identifier = 'urn:a'\ntoken_lifetime_seconds = 900\n[tokens]\nrefresh_idle_seconds = 600",
            "no client refreshes",
        ),
    ],
)
def test_resource_servers_are_told_apart(lines: str, fix_or_message: str) -> None:
    (problem,) = problems_of(f"{HTTPS}[[resources]]\n{lines}")
    assert fix_or_message in problem.message


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("[[brands]]\nkey = 'a b'", "brands[0].key", "is not 1 to 32"),
        ("[[brands]]\nkey = '../../etc/idp'", "brands[0].key", "is not 1 to 32"),
        (f"[[brands]]\nkey = 'a'\nname = '{'x' * 65}'", "brands[0].name", "is not one line"),
        ("[[brands]]\nkey = 'a'\n[[brands]]\nkey = 'a'", "brands[1].key", "names another brand too"),
        ("[[brands]]\nkey = 'a'\naccent = 'red'", "brands[0].accent", "is not a colour"),
        ("[[brands]]\nkey = 'a'\naccent = '#eeeeee'", "brands[0].accent", "is hard to read"),
        ("[[brands]]\nkey = 'a'\nhelp_url = 'javascript:x'", "brands[0].help_url", "is not an http"),
        ("[[brands]]\nkey = 'a'\nlogo = 'a.gif'", "brands[0].logo", "is neither SVG nor PNG"),
        (
            "[[brands]]\nkey = 'a'\n[[brands.support_phones]]\ncountry = 'FRA'\nnumber = '1099'",
            "brands[0].support_phones[0].country",
            "country code",
        ),
        ("[[subsidiaries]]\ncode = 'F R'\nlanguage = 'fr'", "subsidiaries[0].code", "is not 2 to 16"),
        (
            "[[subsidiaries]]\ncode = 'FR'\nlanguage = 'fr'\n[[subsidiaries]]\ncode = 'fr'\nlanguage = 'fr'",
            "subsidiaries[1].code",
            "is there twice",
        ),
        (
            "[[subsidiaries]]\ncode = 'FR'\nlanguage = '?'",
            "subsidiaries[0].language",
            "is not a language tag",
        ),
        (
            "[[subsidiaries]]\ncode = 'FR'\nlanguage = 'fr'\ncountry = 'France'",
            "subsidiaries[0].country",
            "country code",
        ),
        (
            "[[subsidiaries]]\ncode = 'FR'\nlanguage = 'fr'\nbrand = 'b'",
            "subsidiaries[0].brand",
            "is the key of no brand",
        ),
    ],
)
def test_brands_and_subsidiaries_are_checked_like_the_main_brand(lines: str, key: str, message: str) -> None:
    (problem,) = problems_of(f"{HTTPS}{lines}")
    assert (problem.key, message in problem.message) == (key, True), problem


def test_another_brand_says_only_what_differs() -> None:
    text = HTTPS + "[brand]\nname = 'One'\naccent = '#1b3fa0'\n[[brands]]\nkey = 'two'\nname = 'Two'"
    settings = read_configuration(text, {}).settings
    two = settings.brands[0].over(settings.brand)
    assert (two.name, two.accent, two.templates) == ("Two", "#1b3fa0", "")


def test_accents_are_measured_on_the_grounds_of_the_stylesheet() -> None:
    style = (Path(__file__).parents[2] / "templates/static/css/idp.css").read_text()
    found = re.findall(r"--(?:ground|surface):\s*(#[0-9a-f]{6})", style)
    assert found == ["#f3f4f7", "#ffffff", "#0e1014", "#171a20"]


def test_a_language_may_come_with_the_templates_of_the_brand(tmp_path: Path) -> None:
    catalogue = tmp_path / "locale/nl/LC_MESSAGES/idp.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()
    text = f"{HTTPS}[brand]\ntemplates = '{tmp_path}'\n[language]\noffered = ['nl', 'en']"
    assert read_configuration(text, {}).settings.language.offered == ("nl", "en")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (HTTPS, "server.trusted_proxies"),
        (LOOPBACK + "[server]\nhost = '0.0.0.0'", "server.host"),
        (HTTPS + "[database]\nurl = 'postgresql://idp@db/idp'", "database.url"),
        (HTTPS + "[metrics]\nhost = '0.0.0.0'\nport = 9100", "metrics.host"),
        (HTTPS, "mail.host"),
        (HTTPS + "[session]\nstaff_idle_seconds = 1800\nidle_seconds = 900", "session.staff_idle_seconds"),
    ],
)
def test_a_doubtful_setting_warns_and_serves(text: str, key: str) -> None:
    assert key in warnings_of(text)


def test_a_well_kept_configuration_warns_of_nothing() -> None:
    text = (
        HTTPS
        + "[server]\ntrusted_proxies = ['10.0.0.0/8']\n[mail]\nhost = 'mx.example'\nsender = 'a@b.example'"
    )
    assert warnings_of(text) == {}
