"""`idp doctor` on mail and texts: relays and gateway are asked, and nothing is sent."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from idp.cli.checks.finding import Level
from idp.cli.checks.mail import check_mail, check_outbox, check_sender, check_sms
from idp.config.settings import Database, Factors, Mail, Settings
from idp.store.outbox import INSERT_MESSAGE
from tests.cli.conftest import Commands
from tests.interop.authority import make_authority
from tests.support.processes import free_port
from tests.support.rooms import open_rooms

SENDER = "no-reply@demo.test"


class Counter:
    """A relay that counts what it is given, and refuses one sender."""

    def __init__(self) -> None:
        self.mails = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "250 OK" if address == SENDER else "553 5.1.8 not you"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"


@pytest.fixture
def relay() -> Iterator[Controller]:
    controller = Controller(Counter(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    assert controller.handler.mails == 0
    controller.stop()


def _mail(port: int, **more: object) -> Mail:
    return Mail(host="127.0.0.1", port=port, sender=SENDER, security="none", **more)  # type: ignore[arg-type]


def test_a_relay_that_answers_is_well(relay: Controller) -> None:
    [finding] = check_mail(_mail(relay.port))
    assert finding.level is Level.FINE


def test_each_relay_is_asked(relay: Controller) -> None:
    away = free_port()
    both = _mail(relay.port, second_host="127.0.0.1", second_port=away, second_security="none")
    assert [(one.level, str(away) in one.message) for one in check_mail(both)] == [
        (Level.FINE, False),
        (Level.FAILURE, True),
    ]


def test_a_relay_that_cannot_encrypt_or_refuses_us_fails(relay: Controller) -> None:
    [unsafe] = check_mail(Mail(host="127.0.0.1", port=relay.port, sender=SENDER, security="starttls"))
    [stranger] = check_mail(Mail(host="127.0.0.1", port=relay.port, sender="x@demo.test", security="none"))
    [unknown] = check_mail(_mail(relay.port, user="idp", password="wrong"))
    assert "STARTTLS" in unsafe.message
    assert "553" in stranger.message
    assert "AUTH" in unknown.message
    assert {one.level for one in (unsafe, stranger, unknown)} == {Level.FAILURE}


def test_a_relay_that_is_away_fails() -> None:
    for security in ("none", "tls"):
        [finding] = check_mail(Mail(host="127.0.0.1", port=free_port(), security=security))
        assert finding.level is Level.FAILURE
    assert next(check_mail(Mail())).level is Level.WARNING


@pytest.mark.parametrize(
    ("sender", "notes"),
    [("a@example.com", 0), ("a@login.example.com", 0), ("a@ample.com", 1), ("a@other.example", 1)],
)
def test_mail_from_another_domain_is_noted(sender: str, notes: int) -> None:
    settings = Settings(issuer="https://login.example.com", mail=Mail(host="mx.example", sender=sender))
    assert len(list(check_sender(settings))) == notes


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side, with a certificate that this machine trusts."""
    authority = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


def test_a_relay_is_signed_in_to_over_tls(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        is_right = given == LoginPassword(login=b"idp", password=b"right")
        return AuthResult(success=is_right, handled=is_right)

    relay = Controller(
        Counter(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=tls,
        require_starttls=True,
        authenticator=authenticate,
    )
    relay.start()
    known = Mail(host="127.0.0.1", port=relay.port, sender=SENDER, user="idp", password="right")
    try:
        [well] = check_mail(known)
        [wrong] = check_mail(replace(known, password="wrong"))
        monkeypatch.delenv("SSL_CERT_FILE")
        [foreign] = check_mail(known)
    finally:
        relay.stop()
    assert well.level is Level.FINE
    assert (wrong.level, "535" in wrong.message) == (Level.FAILURE, True)
    assert (foreign.level, "CERTIFICATE_VERIFY_FAILED" in foreign.message) == (Level.FAILURE, True)


def test_a_gateway_shows_its_certificate(tls: ssl.SSLContext) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_shake_hands, args=(server, tls))
        answering.start()
        [finding] = check_sms(Factors(sms_url=f"https://127.0.0.1:{server.getsockname()[1]}/sms"))
        answering.join()
    assert finding.level is Level.FINE


def _shake_hands(server: socket.socket, tls: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    tls.wrap_socket(connection, server_side=True).close()


async def test_without_a_database_nothing_is_said_of_what_waits(tmp_path: Path) -> None:
    settings = Settings(issuer="http://localhost:1", database=Database(url=f"sqlite:///{tmp_path}/none.db"))
    assert [one async for one in check_outbox(settings)] == []


def test_the_gateway_is_reached_and_not_asked() -> None:
    assert list(check_sms(Factors())) == []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        [plain] = check_sms(Factors(sms_url=f"http://127.0.0.1:{port}/sms"))
        server.accept()[0].close()
    [away] = check_sms(Factors(sms_url=f"https://127.0.0.1:{port}/sms"))
    assert (plain.level, away.level) == (Level.FINE, Level.FAILURE)


async def test_messages_that_wait_for_long_are_told(sqlite_url: str) -> None:
    settings = Settings(issuer="http://localhost:1", database=Database(url=sqlite_url))
    assert [one async for one in check_outbox(settings)] == []
    async with open_rooms(sqlite_url) as rooms:
        effect = INSERT_MESSAGE.effect(
            message_id="1",
            channel="mail",
            template="email-code",
            recipient="•••",
            created_at=1_000_000_000,
            due_at=1_000_000_000,
            expires_at=2_000_000_000,
        )
        assert await rooms.db.apply([effect])
    [finding] = [one async for one in check_outbox(settings)]
    assert finding.level is Level.WARNING
    assert "idp mail list --status queued" in finding.message


def test_the_doctor_asks_about_mail(idp: Commands) -> None:
    assert "??  mail" in idp("doctor").stdout
