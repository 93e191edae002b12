"""`web/address.py`: whose request it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.address import UNKNOWN, Address, TrustedProxies, parse_address

PROXIES = TrustedProxies(("10.0.0.0/8", "2001:db8:ffff::/48"))


@pytest.mark.parametrize(
    ("text", "canonical", "network"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.0/24"),
        ("2001:DB8:1:2:3::4", "2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::1", "fe80::/48"),
        ("::1", "::1", "::/48"),
    ],
)
def test_an_address_has_one_form_and_one_network(text: str, canonical: str, network: str) -> None:
    assert parse_address(text) == Address(text=canonical, network=network)


@pytest.mark.parametrize("text", ["", "unknown", "192.0.2.1:80", "[::1]", "1.2.3", "010.0.0.1", "1" * 5000])
def test_anything_else_is_no_address(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.requirement("S82")
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody but a listed proxy is believed, loopback included.
        ("192.0.2.1", [b"198.51.100.9"], "192.0.2.1"),
        ("127.0.0.1", [b"198.51.100.9"], "127.0.0.1"),
        ("10.0.0.1", [b"198.51.100.9"], "198.51.100.9"),
        ("::ffff:10.0.0.1", [b"198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        # What the client wrote itself stands to the left of what the proxy saw.
        ("10.0.0.1", [b"203.0.113.1, 198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", [b"203.0.113.1", b"198.51.100.9"], "198.51.100.9"),
        # A chain of our own proxies is walked through.
        ("10.0.0.1", [b"203.0.113.1, 198.51.100.9 ,2001:db8:ffff::2,10.0.0.2"], "198.51.100.9"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        # A malformed value ends the walk.
        ("10.0.0.1", [b"198.51.100.9, garbage"], "10.0.0.1"),
        ("10.0.0.1", [b"198.51.100.9, , 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [b"\xff\x00"], "10.0.0.1"),
        ("10.0.0.1", [b"::ffff:198.51.100.9"], "198.51.100.9"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_we_do_not_trust(
    peer: str, forwarded: list[bytes], client: str
) -> None:
    assert PROXIES.client(peer, forwarded).text == client


def test_a_peer_without_an_address_is_unknown() -> None:
    assert PROXIES.client("testclient", []) == UNKNOWN


@pytest.mark.requirement("S82")
@given(st.lists(st.binary(max_size=80), max_size=4))
def test_no_header_makes_a_stranger_somebody_else(forwarded: list[bytes]) -> None:
    assert PROXIES.client("192.0.2.1", forwarded).text == "192.0.2.1"


@pytest.mark.requirement("S82")
@given(st.lists(st.binary(max_size=80), max_size=4))
def test_whatever_was_written_before_it_the_address_that_our_proxy_saw_holds(forwarded: list[bytes]) -> None:
    assert PROXIES.client("10.0.0.1", [*forwarded, b"198.51.100.9"]).text == "198.51.100.9"
