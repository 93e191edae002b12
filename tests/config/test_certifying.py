"""Who may show us certificates, and where: pairs of settings that would let anybody do it, or nobody."""

from pathlib import Path

import pytest

from idp.config.reading import read_configuration
from tests.config.test_safety import HTTPS, problems_of, warnings_of

PROXIED = HTTPS + "[server]\ntrusted_proxies = ['10.0.0.1/32']\n[mtls]\n"


@pytest.mark.requirement("S82")
@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("header = 'Authorization'", "mtls.header", "means something else"),
        ("header = 'cookie'", "mtls.header", "means something else"),
        ("header = 'X-Forwarded-For'", "mtls.header", "means something else"),
        ("header = 'DPoP'", "mtls.header", "means something else"),
        ("header = 'Client Cert'", "mtls.header", "is no name of a header"),
        ("header = 'Client-Cert:'", "mtls.header", "is no name of a header"),
        ("origin = 'https://mtls.example.com'", "mtls.origin", "is of no use without mtls.header"),
        ("trust_anchors = '/a.pem'", "mtls.trust_anchors", "is of no use without mtls.header"),
        ("header = 'a'\norigin = 'https://mtls.example.com/'", "mtls.origin", "is not an origin"),
        ("header = 'a'\norigin = 'mtls.example.com'", "mtls.origin", "is not an origin"),
        ("header = 'a'\norigin = 'http://mtls.example.com'", "mtls.origin", "is plain http"),
        ("header = 'a'\norigin = 'https://login.example.com'", "mtls.origin", "is the issuer's own"),
        ("header = 'a'\nformat = 'pem'", "mtls.format", "must be one of"),
    ],
)
def test_what_refuses_the_start(lines: str, key: str, message: str) -> None:
    found = problems_of(PROXIED + lines)
    assert [one.key for one in found] == [key]
    assert message in found[0].message
    assert found[0].fix


@pytest.mark.requirement("S82")
def test_somebody_has_to_be_the_proxy() -> None:
    (problem,) = problems_of(HTTPS + "[mtls]\nheader = 'Client-Cert'")
    assert problem.key == "mtls.header"
    assert "there is none" in problem.message


@pytest.mark.parametrize("network", ["10.0.0.0/16", "2001:db8::/32"])
def test_a_large_network_of_proxies_warns(network: str) -> None:
    text = HTTPS + f"[server]\ntrusted_proxies = ['{network}']\n[mtls]\nheader = 'Client-Cert'"
    assert "any client's certificate" in warnings_of(text)["server.trusted_proxies[0]"]


@pytest.mark.parametrize("name", ["missing.pem", ""])
def test_authorities_that_are_no_file_warn(tmp_path: Path, name: str) -> None:
    text = f"{PROXIED}header = 'Client-Cert'\ntrust_anchors = '{tmp_path / name}'"
    assert "does not start" in warnings_of(text)["mtls.trust_anchors"]
    (tmp_path / "authorities.pem").touch()
    there = text.replace(str(tmp_path / name), str(tmp_path / "authorities.pem"))
    assert "mtls.trust_anchors" not in warnings_of(there)


def test_the_page_s_configuration_is_well_kept() -> None:
    text = PROXIED + "header = 'Client-Cert'\nformat = 'rfc9440'\norigin = 'https://mtls.login.example.com'"
    settings = read_configuration(text, {}).settings
    assert settings.mtls.is_on
    assert set(warnings_of(text)) == {"mail.host"}


def test_without_a_header_there_are_no_certificates() -> None:
    assert not read_configuration(HTTPS, {}).settings.mtls.is_on
