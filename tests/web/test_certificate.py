"""`web/certificate.py`: the client certificate that a proxy hands on, and whoever pretends to be that proxy."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import MutualTls, Server
from idp.spec.errors import InvalidRequest
from idp.web.certificate import Format, HandedOn, certificate_of
from tests.support.certificates import issued
from tests.support.world import START
from tests.web.asking import HOST, ask, edge, settings

SERVICE = issued()
PROXY, STRANGER = "10.0.0.1", "192.0.2.1"
BEHIND = replace(
    settings(), server=Server(trusted_proxies=("10.0.0.0/24",)), mtls=MutualTls(header="Client-Cert")
)


def _read(value: str | bytes, form: Format = "escaped-pem", now: int = START, *more: bytes) -> str:
    raw = value if isinstance(value, bytes) else value.encode()
    scope = {"type": "http", "state": {"certificate": HandedOn(format=form, values=(raw, *more))}}
    found = certificate_of(Request(scope), now)
    return found.x5t_s256 if found else ""


def test_both_ways_of_writing_it_are_read() -> None:
    assert _read(SERVICE.escaped) == SERVICE.x5t_s256
    assert _read(SERVICE.byte_sequence, "rfc9440") == SERVICE.x5t_s256


def test_the_example_of_the_specification_is_read() -> None:
    """RFC 9440 appendix A, figure 1."""
    example = (
        ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludG"
        "VybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj"
        "0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQY"
        "DVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIw"
        "HQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOO"
        "B8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:"
    )
    assert _read(example, "rfc9440", 1_600_000_000)


def test_nothing_is_no_certificate() -> None:
    assert certificate_of(Request({"type": "http", "state": {}}), START) is None
    assert _read("") == ""
    assert _read("  ", "rfc9440") == ""


_GARBAGE = (
    "x",
    "%",
    "%FF%FE",
    "MIIB",
    SERVICE.byte_sequence,
    SERVICE.escaped[:-40],
    SERVICE.escaped.replace("BEGIN%20CERTIFICATE", "BEGIN%20PUBLIC%20KEY"),
    SERVICE.escaped + SERVICE.escaped,
    SERVICE.escaped + "%0A" + issued().escaped,
    SERVICE.escaped.replace("%0A", "%00"),
    "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
    "-----BEGIN CERTIFICATE-----%0AMAA%3D%0A-----END CERTIFICATE-----",
    b"-----BEGIN CERTIFICATE-----\xff",
    "A" * 20_000,
)


def test_garbage_is_refused(subtests: pytest.Subtests) -> None:
    for value in _GARBAGE:
        with subtests.test(value=value), pytest.raises(InvalidRequest, match=r"can't be read|too large"):
            _read(value)


@given(form=st.sampled_from(("escaped-pem", "rfc9440")), value=st.binary(max_size=200))
def test_whatever_a_proxy_hands_on_is_a_certificate_or_refused(form: Format, value: bytes) -> None:
    with suppress(InvalidRequest):
        assert _read(value, form) == ""


@given(st.data())
def test_a_damaged_certificate_is_another_one_or_refused(data: st.DataObject) -> None:
    der = bytearray(SERVICE.der)
    at = data.draw(st.integers(0, len(der) - 1))
    der[at] ^= data.draw(st.integers(1, 255))
    with suppress(InvalidRequest):
        found = _read(f":{b64encode(bytes(der)).decode()}:", "rfc9440")
        assert found != SERVICE.x5t_s256


_NO_SEQUENCE = (
    SERVICE.escaped,
    SERVICE.byte_sequence[1:],
    SERVICE.byte_sequence + ";a=1",
    f"{SERVICE.byte_sequence}, {SERVICE.byte_sequence}",
    "::",
    ":",
    ":MAA=:",
    ":%:",
)


def test_garbage_in_a_structured_field_is_refused(subtests: pytest.Subtests) -> None:
    for value in _NO_SEQUENCE:
        with subtests.test(value=value), pytest.raises(InvalidRequest, match="can't be read"):
            _read(value, "rfc9440")


def test_two_certificates_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than one"):
        _read(SERVICE.escaped, "escaped-pem", START, issued().escaped.encode())


def test_an_empty_header_beside_a_certificate_is_refused() -> None:
    """A proxy that adds its header, rather than overwrite what came, would let anybody be anybody."""
    with pytest.raises(InvalidRequest, match="more than one"):
        _read("", "escaped-pem", START, SERVICE.escaped.encode())


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        (ExtensionOID.SUBJECT_ALTERNATIVE_NAME, "3004a3023000"),  # An X.400 address.
        (ExtensionOID.SUBJECT_ALTERNATIVE_NAME, "3006a504a1020c00"),  # The name of an EDI party.
        (ExtensionOID.TLS_FEATURE, "3000"),
    ],
)
def test_what_our_library_cannot_read_is_refused(extension: x509.ObjectIdentifier, content: str) -> None:
    strange = issued(more=x509.UnrecognizedExtension(extension, bytes.fromhex(content)))
    with pytest.raises(InvalidRequest, match="can't be read"):
        _read(strange.escaped)


def test_a_certificate_counts_while_it_says_so() -> None:
    until = int(SERVICE.certificate.not_valid_after_utc.timestamp())
    since = int(SERVICE.certificate.not_valid_before_utc.timestamp())

    assert _read(SERVICE.escaped, now=until) == _read(SERVICE.escaped, now=since) == SERVICE.x5t_s256
    with pytest.raises(InvalidRequest, match="has expired"):
        _read(SERVICE.escaped, now=until + 1)
    with pytest.raises(InvalidRequest, match="is not valid yet"):
        _read(SERVICE.escaped, now=since - 1)


async def _told(scope: Scope, receive: Receive, send: Send) -> None:
    found = certificate_of(Request(scope), START)
    answer: Response = PlainTextResponse(found.x5t_s256 if found else "none")
    await answer(scope, receive, send)


async def test_a_proxy_is_believed() -> None:
    headers = [(b"client-cert", SERVICE.escaped.encode())]
    answer = await ask(edge(_told, BEHIND), client=(PROXY, 1), headers=headers)
    assert (answer.status, answer.body) == (200, SERVICE.x5t_s256.encode())


@pytest.mark.parametrize("peer", [(STRANGER, 1), ("10.0.1.1", 1), None])
@pytest.mark.parametrize("name", [b"client-cert", b"Client-Cert"])
async def test_nobody_else_is(peer: tuple[str, int] | None, name: bytes) -> None:
    """RFC 9440 §4: who isn't the proxy must not be able to show somebody else's certificate."""
    headers = [(name.lower(), SERVICE.escaped.encode())]
    answer = await ask(edge(_told, BEHIND), client=peer, headers=headers)
    assert answer.status == 400
    assert b"comes from the proxy alone" in answer.body


async def test_a_stranger_gains_nothing_by_naming_the_proxy() -> None:
    headers = [(b"x-forwarded-for", PROXY.encode()), (b"client-cert", SERVICE.escaped.encode())]
    answer = await ask(edge(_told, BEHIND), client=(STRANGER, 1), headers=headers)
    assert answer.status == 400


async def test_without_the_setting_no_header_counts() -> None:
    plain = replace(BEHIND, mtls=MutualTls())
    headers = [(b"client-cert", SERVICE.escaped.encode())]
    answer = await ask(edge(_told, plain), client=(PROXY, 1), headers=headers)
    assert (answer.status, answer.body) == (200, b"none")


async def test_the_host_of_certificates_is_ours() -> None:
    own = replace(BEHIND, mtls=MutualTls(header="Client-Cert", origin="https://mtls.example.test"))
    assert (await ask(edge(_told, own), hosts=[b"mtls.example.test"])).status == 200
    assert (await ask(edge(_told, own), hosts=[HOST])).status == 200
    assert (await ask(edge(_told, BEHIND), hosts=[b"mtls.example.test"])).status == 400


def test_the_certificates_of_tests_are_what_they_say() -> None:
    assert SERVICE.certificate.subject == x509.Name.from_rfc4514_string("CN=service,O=Example")
