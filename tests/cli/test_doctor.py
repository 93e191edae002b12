"""`idp doctor`: what is well, what is not, and what to do."""

import json
import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idp.cli.checks.finding import Finding, Level
from idp.cli.checks.hashing import check_hashing
from idp.cli.checks.issuer import check_issuer, check_synchronization, check_tls
from idp.config.settings import Password, Settings
from tests.cli.conftest import Commands
from tests.support.processes import free_port, running


def _levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.subject: finding.level for finding in findings}


def test_installation_without_a_server_is_told(idp: Commands) -> None:
    idp.text(
        "client",
        "create",
        "shop",
        "--name",
        "Shop",
        "--redirect-uri",
        "http://localhost:1/cb",
        "--first-party",
    )
    result = idp("doctor")
    assert result.exit_code == 1
    assert "!!  issuer" in result.stdout
    assert "ok  keys" in result.stdout
    assert "Client shop skips consent, redirects to plain http (http://localhost:1/cb)." in result.stdout
    told = json.loads(idp("doctor", "--json").stdout)
    assert {finding["subject"] for finding in told} >= {
        "configuration",
        "issuer",
        "mail",
        "database",
        "keys",
        "backup",
    }


def test_exceptions_that_are_on_are_told(idp: Commands) -> None:
    text = idp.config.read_text()
    idp.config.write_text(f"{text}\n[exceptions]\nrequire_pkce = false\nallow_unsigned = true\n")
    result = idp("doctor")
    for key in ("require_pkce = false", "allow_unsigned = true"):
        assert re.search(rf"\?\?  configuration .*exceptions\.{key}", result.stdout), result.stdout
    idp.config.write_text(f'profile = "strict"\n{idp.config.read_text()}')
    refused = idp("doctor")
    assert refused.exit_code == 1
    assert refused.stdout.count('is refused by profile = "strict"') == 2


def test_broken_configuration_is_all_there_is(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('issuer = "http://login.example.com"\n')
    result = Commands(config=config)("doctor")
    assert result.exit_code == 1
    assert result.stdout.startswith("!!  configuration")


def test_database_without_schema_fails_once(idp: Commands, tmp_path: Path) -> None:
    (tmp_path / "idp.db").unlink()
    lines = [line for line in idp("doctor").stdout.splitlines() if line.startswith("!!")]
    assert list(dict.fromkeys(line.split()[1] for line in lines)) == ["issuer", "database", "keys"]


@pytest.mark.parametrize("name", ["key folder", "key file"])
def test_keys_that_others_read_fail(idp: Commands, tmp_path: Path, name: str) -> None:
    idp.text("account", "create")
    folder = tmp_path / "keys"
    path = folder if name == "key folder" else next(folder.glob("*.key"))
    path.chmod(0o777)
    assert "!!  keys" in idp("doctor").stdout


def test_authorities_that_can_not_be_read_fail(idp: Commands, tmp_path: Path) -> None:
    text = idp.config.read_text()
    anchors = tmp_path / "authorities.pem"
    idp.config.write_text(
        f"{text}\n[server]\ntrusted_proxies = ['127.0.0.1/32']\n"
        f"[mtls]\nheader = 'Client-Cert'\ntrust_anchors = '{anchors}'\n"
    )
    assert re.search(r"!!  certificates +mtls\.trust_anchors: .* can't be read", idp("doctor").stdout)
    assert "can't be read" in idp.refused(
        "client", "create", "shop", "--name", "Shop", "--redirect-uri", "https://a.example"
    )
    anchors.write_text("nonsense")
    assert "holds no certificate" in idp("doctor").stdout


def test_running_server_is_well(idp: Commands) -> None:
    port = free_port()
    text = idp.config.read_text().replace("21510", str(port))
    idp.config.write_text(
        text.replace("[database]", f"[server]\nport = {port}\ndrain_seconds = 0\n[database]")
    )
    serve = [sys.executable, "-m", "idp", "serve", "--config", str(idp.config)]
    with running(serve, ready=f"ready http://localhost:{port}"):
        result = idp("doctor")
    assert result.exit_code == 0, result.output
    assert "ok  issuer" in result.stdout
    assert "ok  clock         The issuer's clock is ours" in result.stdout
    assert "ok  database" in result.stdout


@contextmanager
def _answering(answer: bytes) -> Iterator[Settings]:
    """An issuer that gives one answer, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Settings(issuer=f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize(
    ("answer", "subject", "message"),
    [
        (b"HTTP/1.0 400 x\r\n\r\n", "proxy", "Host header"),
        (b"HTTP/1.0 302 x\r\nLocation: https://else\r\n\r\n", "proxy", "redirects to https://else"),
        (b"HTTP/1.0 502 x\r\n\r\n", "issuer", "answers 502"),
        (b"HTTP/1.0 200 x\r\n\r\n<html>", "issuer", "something else than metadata"),
        (b"HTTP/1.0 200 x\r\n\r\n[]", "issuer", "something else than metadata"),
        (b'HTTP/1.0 200 x\r\n\r\n{"issuer":"https://else"}', "issuer", "names the issuer https://else"),
    ],
)
def test_wrong_answer_names_its_cause(answer: bytes, subject: str, message: str) -> None:
    with _answering(answer) as settings:
        finding = next(check_issuer(settings))
    assert (finding.subject, finding.level) == (subject, Level.FAILURE)
    assert message in finding.message


def test_wrong_clock_is_told() -> None:
    answer = b"HTTP/1.0 200 x\r\nDate: Sun, 22 Nov 2020 10:00:00 GMT\r\n\r\n{}"
    with _answering(answer) as settings:
        findings = list(check_issuer(settings))
    assert findings[1].level is Level.WARNING
    assert "differs from ours" in findings[1].message


def test_synchronization_is_known_or_not() -> None:
    [finding] = check_synchronization()
    assert finding.subject == "clock"


@pytest.mark.parametrize(("answer", "level"), [("yes", Level.FINE), ("no", Level.WARNING), ("", Level.NOTE)])
def test_synchronization_is_what_the_system_says(
    answer: str, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\necho {answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    [finding] = check_synchronization()
    assert finding.level is level


def test_plain_issuer_has_no_certificate() -> None:
    assert list(check_tls(Settings(issuer="http://localhost:1"))) == []


@pytest.mark.parametrize(("days", "level"), [(90, Level.FINE), (5, Level.WARNING)])
def test_certificate_that_ends_soon_is_told(
    days: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with _tls_server(certificate) as port:
        [finding] = check_tls(Settings(issuer=f"https://127.0.0.1:{port}"))
    assert finding.level is level
    assert f"{days - 1} days" in finding.message


def test_untrusted_certificate_fails(tmp_path: Path) -> None:
    with _tls_server(_certificate(tmp_path, 90)) as port:
        [finding] = check_tls(Settings(issuer=f"https://127.0.0.1:{port}"))
    assert finding.level is Level.FAILURE


def test_a_private_authority_is_trusted_alike_by_every_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, 90)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with _tls_server(certificate) as port:
        [finding] = check_issuer(Settings(issuer=f"https://127.0.0.1:{port}"))
    # That server says nothing after the handshake, which is what this is about.
    assert "does not answer" in finding.message
    assert "CERTIFICATE" not in finding.message


@contextmanager
def _tls_server(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def _certificate(folder: Path, days: int) -> Path:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


def test_hash_cost_is_told_with_a_suggestion() -> None:
    [quick] = check_hashing(Password(time_cost=1, memory_cost_kib=8), processors=2)
    assert quick.level is Level.NOTE
    assert "memory_cost_kib =" in quick.message
    [usual] = check_hashing(Password(time_cost=2, memory_cost_kib=131_072, threads=1), processors=2)
    assert usual.level in {Level.FINE, Level.WARNING}
    assert "on 1 threads" in usual.message
