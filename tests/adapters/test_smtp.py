"""Mail by SMTP: to whom it goes, what is encrypted, and what each refusal means."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

import pytest

from idp.adapters.smtp import Relay, SmtpTransport, relays_of
from idp.config.settings import Mail
from idp.records.ports import NotDelivered
from tests.interop.authority import Authority, make_authority
from tests.support.listening import listening
from tests.support.processes import free_port
from tests.support.smtp import LocalRelay, open_relay

SENDER = "no-reply@idp.test"
MESSAGE = b"Subject: Hello\r\n\r\n.A line that begins with a point\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


def _server(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / "certificate.pem", authority.folder / "key.pem")
    return context


def _client(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.bundle)


def plain(relay: LocalRelay) -> Relay:
    return Relay(host="127.0.0.1", port=relay.port, security="none")


def nobody() -> Relay:
    return Relay(host="127.0.0.1", port=free_port(), security="none")


def transport(*relays: Relay, trusted: ssl.SSLContext | None = None, patience: float = 10) -> SmtpTransport:
    return SmtpTransport(
        relays, sender=SENDER, trusted=trusted, connect_seconds=patience, answer_seconds=patience
    )


async def refused(transport: SmtpTransport, recipient: str = "alice@demo.test") -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        await transport.send(recipient=recipient, message=MESSAGE)
    return caught.value


async def test_a_message_arrives_as_it_is() -> None:
    async with open_relay() as relay:
        reply = await transport(plain(relay)).send(recipient="alice@demo.test", message=MESSAGE)
    assert reply == "250 2.0.0"
    assert relay.taken == [("alice@demo.test", MESSAGE)]
    assert set(relay.greetings) == {"idp.test"}


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_relay_with_a_good_certificate_gets_name_password_and_mail(
    authority: Authority, security: str
) -> None:
    login = ("idp", "a relay’s password")
    tls = _server(authority)
    async with open_relay(tls=tls, is_starttls=security == "starttls", login=login) as relay:
        known = Relay(host="localhost", port=relay.port, security=security, user=login[0], password=login[1])  # type: ignore[arg-type]
        await transport(known, trusted=_client(authority)).send(recipient="alice@demo.test", message=MESSAGE)
        assert [recipient for recipient, _ in relay.taken] == ["alice@demo.test"]
        wrong = Relay(host="localhost", port=relay.port, security=security, user="idp", password="wrong")  # type: ignore[arg-type]
        refusal = await refused(transport(wrong, trusted=_client(authority)))
    assert refusal.reply.startswith("authentication 535")
    assert not refusal.is_final, "the operator mends it meanwhile"
    assert len(relay.taken) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_relay_with_a_foreign_certificate_gets_nothing(
    authority: Authority, security: str, host: str
) -> None:
    async with open_relay(tls=_server(authority), is_starttls=security == "starttls") as relay:
        foreign = Relay(host=host, port=relay.port, security=security)  # type: ignore[arg-type]
        refusal = await refused(transport(foreign))
    assert (refusal.reply, refusal.is_final) == ("tls", False)
    assert relay.taken == []


async def test_a_certificate_for_another_name_is_a_foreign_one(authority: Authority) -> None:
    async with open_relay(tls=_server(authority)) as relay:
        # It is good for localhost and 127.0.0.1; the whole of 127/8 is this machine.
        other = Relay(host="127.0.0.2", port=relay.port, security="tls")
        refusal = await refused(transport(other, trusted=_client(authority)))
    assert not refusal.is_final
    assert relay.taken == []


async def test_a_relay_that_cannot_encrypt_gets_nothing() -> None:
    async with open_relay() as relay:
        refusal = await refused(transport(Relay(host="127.0.0.1", port=relay.port, security="starttls")))
    assert (refusal.reply, refusal.is_final) == ("unsupported", False)
    assert relay.taken == []


@asynccontextmanager
async def _saying(*lines: bytes) -> AsyncIterator[Relay]:
    """Something on a port that isn't a relay, and says `lines` to whoever comes, then nothing."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(lines)
        await asyncio.Event().wait()

    async with listening(answer) as port:
        yield Relay(host="127.0.0.1", port=port, security="none")


async def test_the_second_relay_serves_while_the_first_cannot_be_reached() -> None:
    async with open_relay() as second:
        await transport(nobody(), plain(second)).send(recipient="alice@demo.test", message=MESSAGE)
        assert len(second.taken) == 1
        async with _saying(b"421 4.3.2 closing\r\n") as closing:
            await transport(closing, plain(second)).send(recipient="bob@demo.test", message=MESSAGE)
        async with _saying() as silent:
            patient = transport(silent, plain(second), patience=0.2)
            await patient.send(recipient="carol@demo.test", message=MESSAGE)
    assert [recipient for recipient, _ in second.taken] == [
        "alice@demo.test",
        "bob@demo.test",
        "carol@demo.test",
    ]


async def test_what_the_first_relay_says_of_a_recipient_counts() -> None:
    async with open_relay() as first, open_relay() as second:
        first.replies = {"recipient": ["550 5.1.1 <alice@demo.test>: no such user"]}
        refusal = await refused(transport(plain(first), plain(second)))
    assert (refusal.reply, refusal.is_final) == ("550 5.1.1", True)
    assert refusal.details == {"stage": "recipient", "words": "5.1.1 <alice@demo.test>: no such user"}
    assert second.sessions == 0


@pytest.mark.parametrize(
    ("stage", "reply", "told", "is_final"),
    [
        ("recipient", "450 4.2.0 greylisted", "450 4.2.0", False),
        ("recipient", "451 later", "451", False),
        ("recipient", "550 unknown user", "550", True),
        ("recipient", "552 5.2.2 full", "552 5.2.2", True),
        ("message", "452 4.3.1 no room", "452 4.3.1", False),
        ("message", "554 5.7.1 spam", "554 5.7.1", True),
        ("sender", "451 4.3.0 later", "451 4.3.0", False),
        ("sender", "553 5.1.8 who are you", "553 5.1.8", False),
    ],
)
async def test_a_refusal_is_final_when_trying_again_is_of_no_use(
    stage: str, reply: str, told: str, is_final: bool
) -> None:
    async with open_relay() as relay:
        relay.replies = {stage: [reply]}
        refusal = await refused(transport(plain(relay)))
        assert (refusal.reply, refusal.is_final) == (told, is_final)
        assert relay.taken == []
        assert await transport(plain(relay)).send(recipient="alice@demo.test", message=MESSAGE)


@pytest.mark.parametrize("stage", ["sender", "recipient", "message"])
async def test_a_relay_that_falls_silent_is_left(stage: str) -> None:
    async with open_relay() as relay:
        relay.replies = {stage: [""]}
        refusal = await refused(transport(plain(relay), patience=0.3))
        assert (refusal.reply, refusal.is_final) == ("timeout", False)


@pytest.mark.parametrize("stage", ["sender", "recipient", "message"])
async def test_a_relay_that_hangs_up_is_asked_again_later(stage: str) -> None:
    async with open_relay() as relay:
        relay.hangs_up_at = stage
        refusal = await refused(transport(plain(relay)))
        assert (refusal.reply, refusal.is_final) == ("disconnected", False)


async def test_what_a_relay_took_is_sent_however_it_says_goodbye() -> None:
    async with open_relay() as relay:
        relay.hangs_up_at = "goodbye"
        assert await transport(plain(relay)).send(recipient="alice@demo.test", message=MESSAGE)
        assert len(relay.taken) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
        [b"\xff\xfe\x00\r\n"],
        [b"220 " + b"x" * 100_000 + b"\r\n"],
        [b"220-endless\r\n"] * 10_000,
        [b"220 hello\r\n250 early\r\n"],
    ],
)
async def test_whatever_answers_instead_of_a_relay_is_only_out_of_reach(lines: list[bytes]) -> None:
    async with _saying(*lines) as something:
        refusal = await refused(transport(something, patience=0.3))
    assert not refusal.is_final
    assert len(refusal.reply) < 40


async def test_nobody_there_is_told_as_unreachable() -> None:
    refusal = await refused(transport(nobody()))
    assert (refusal.reply, refusal.is_final) == ("unreachable", False)
    assert (await refused(transport())).reply == "no relay"


async def test_an_address_beyond_ascii_needs_a_relay_that_passes_it_on() -> None:
    message = EmailMessage()
    message.set_content("Bonjour")
    async with open_relay() as relay, open_relay(takes_utf8=False) as older:
        await transport(plain(relay)).send(recipient="élise@demo.test", message=message.as_bytes())
        assert relay.taken[0][0] == "élise@demo.test"
        assert "SMTPUTF8" in relay.options
        refusal = await refused(transport(plain(older)), "élise@demo.test")
    assert (refusal.reply, refusal.is_final) == ("5.6.7", True)


def test_relays_are_those_of_the_settings() -> None:
    assert relays_of(Mail()) == ()
    both = Mail(host="mx1.test", second_host="mx2.test", second_port=465, second_security="tls")
    assert [(relay.host, relay.port, relay.security) for relay in relays_of(both)] == [
        ("mx1.test", 587, "starttls"),
        ("mx2.test", 465, "tls"),
    ]
    assert "secret" not in repr(relays_of(Mail(host="mx.test", user="idp", password="secret")))
