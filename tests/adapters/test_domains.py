"""Looking for a proof on a domain: real DNS messages and real TLS on loopback, and never a neighbour's server."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from idp.adapters.domains import PublishedProofs, SystemRecords
from idp.records.ports import ProofFound
from tests.support.listening import listening

DOMAIN, TOKEN = "bakery.example", "0123456789abcdef"
TEXT = b"idp-case=0123456789abcdef"


@dataclass(kw_only=True)
class Zone:
    """Records that a test wrote down."""

    txt: dict[str, list[bytes]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def texts(self, name: str) -> list[bytes]:
        return self.txt.get(name, [])

    async def addresses(self, name: str) -> list[str]:
        self.asked.append(name)
        return self.hosts.get(name, [])


def is_loopback(address: str) -> bool:
    return address.startswith("127.")


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ([TEXT], ProofFound.DNS),
        ([b"v=spf1 -all", TEXT], ProofFound.DNS),
        ([TEXT + b"0"], None),
        ([b"idp-case=" + b"f" * 16], None),
        ([], None),
    ],
)
async def test_a_text_record_proves_if_it_says_just_that(
    published: list[bytes], found: ProofFound | None
) -> None:
    zone = Zone(txt={f"_idp-challenge.{DOMAIN}": published})
    assert await PublishedProofs(records=zone).find(DOMAIN, TOKEN) is found


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_no_neighbour_is_asked_even_beside_a_public_address(tmp_path: Path, address: str) -> None:
    async with website(tmp_path, TEXT) as site:
        for hosts in ([address], ["9.9.9.9", address]):
            zone = Zone(hosts={DOMAIN: hosts})
            proofs = PublishedProofs(records=zone, port=site.port, trusted=site.trusted, seconds=1)
            assert await proofs.find(DOMAIN, TOKEN) is None
        assert site.requests == []


async def test_a_file_proves_at_the_address_that_was_checked(tmp_path: Path) -> None:
    async with website(tmp_path, TEXT + b"\n") as site:
        zone = Zone(hosts={DOMAIN: ["127.0.0.1"]})
        assert await site.proofs(zone).find(DOMAIN, TOKEN) is ProofFound.FILE
        [request] = site.requests
        assert request.startswith(b"GET /.well-known/idp-case.txt HTTP/1.1\r\n")
        assert b"host: bakery.example:%d\r\n" % site.port in request.lower()
        assert zone.asked == [DOMAIN], "a name is resolved once, so it can't change between two looks"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 25\r\n\r\n" + TEXT,
        b"HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/secret\r\ncontent-length: 25\r\n\r\n" + TEXT,
        b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n" + TEXT + b" " * 8_975,
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong",
        b"not even HTTP",
        b"",
    ],
)
async def test_what_answers_otherwise_proves_nothing(tmp_path: Path, response: bytes) -> None:
    async with website(tmp_path, b"", response) as site:
        assert await site.proofs(Zone(hosts={DOMAIN: ["127.0.0.1"]})).find(DOMAIN, TOKEN) is None


async def test_another_names_certificate_proves_nothing(tmp_path: Path) -> None:
    async with website(tmp_path, TEXT, name="other.example") as site:
        assert await site.proofs(Zone(hosts={DOMAIN: ["127.0.0.1"]})).find(DOMAIN, TOKEN) is None
        assert site.requests == []


async def test_a_server_that_says_nothing_is_left_alone(tmp_path: Path) -> None:
    async with website(tmp_path, b"", None) as site:
        proofs = site.proofs(Zone(hosts={DOMAIN: ["127.0.0.1"]}), seconds=0.2)
        assert await proofs.find(DOMAIN, TOKEN) is None


async def test_a_real_resolver_is_asked_and_its_silence_is_no_proof() -> None:
    async with nameserver() as port:
        records = SystemRecords()
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], port
        records.__dict__["_resolver"] = resolver
        assert await records.texts(f"_idp-challenge.{DOMAIN}") == [TEXT]
        assert await records.addresses(DOMAIN) == ["127.0.0.1"]
        assert await records.texts("nowhere.example") == []
        assert await PublishedProofs(records=records).find(DOMAIN, TOKEN) is ProofFound.DNS


@dataclass(kw_only=True)
class Site:
    """A web server on loopback that somebody calls bakery.example."""

    port: int
    trusted: ssl.SSLContext
    requests: list[bytes]

    def proofs(self, zone: Zone, *, seconds: float = 5) -> PublishedProofs:
        return PublishedProofs(
            records=zone, is_allowed=is_loopback, port=self.port, trusted=self.trusted, seconds=seconds
        )


@asynccontextmanager
async def website(
    folder: Path, content: bytes, response: bytes | None = b"-", *, name: str = DOMAIN
) -> AsyncIterator[Site]:
    """Answers everything with `content`, or with a whole response; with None, with nothing at all."""
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(content), content)
    answer = whole if response == b"-" else response
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if answer is None:
            await asyncio.Event().wait()
        else:
            writer.write(answer)

    ours, trusted = certificates(folder, name)
    async with listening(serve, tls=ours) as port:
        yield Site(port=port, trusted=trusted, requests=requests)


def certificates(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "certificate", folder / "key")
    return ours, ssl.create_default_context(cafile=str(folder / "certificate"))


class _Nameserver(asyncio.DatagramProtocol):
    """Knows one zone."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        [question] = query.question
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
        if (name, kind) == (f"_idp-challenge.{DOMAIN}", "TXT"):
            halves = f'"{TEXT[:10].decode()}" "{TEXT[10:].decode()}"'
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", halves))
        elif (name, kind) == (DOMAIN, "A"):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
        self._transport.sendto(response.to_wire(), addr)


@asynccontextmanager
async def nameserver() -> AsyncIterator[int]:
    make: Callable[[], _Nameserver] = _Nameserver
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        make, local_addr=("127.0.0.1", 0)
    )
    yield int(transport.get_extra_info("sockname")[1])
    transport.close()
