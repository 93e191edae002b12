"""Documents at addresses that somebody else wrote: fetched as from an enemy, over real TLS on loopback (S83).

What they answer is in test_outside_answers.py, and what is posted to others in tests/oidc/logout/test_receivers.py.
"""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from idp.adapters.outside import OutsideWeb, SystemNames, also_in, is_public
from idp.records.ports import Fetched, NotFetched
from tests.adapters.websites import Website, open_site

NEIGHBOURS = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "192.88.99.1",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "fec0::1",
    "64:ff9b:1::7f00:1",
    "4000::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2001:db8::1",
]
_JSON = b"content-type: Application/JSON; charset=utf-8\r\n"


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_addresses_of_neighbours_are_none_of_the_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "64:ff9b::909:909", "2002:909:909::1"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", True),
        ("fd00::7", True),
        ("9.9.9.9", True),
        ("10.2.0.1", False),
        ("127.0.0.1", False),
        ("fd01::7", False),
        # The same network in another way of writing is another way around.
        ("::ffff:10.1.2.3", False),
        ("64:ff9b::a01:203", False),
    ],
)
def test_a_network_that_the_operator_names_is_allowed_and_no_other(address: str, expected: bool) -> None:
    assert also_in(("10.1.0.0/16", "fd00::/64"))(address) is expected


def test_without_networks_only_public_addresses_are_allowed() -> None:
    assert not any(also_in(())(address) for address in NEIGHBOURS)


async def test_a_document_comes_from_the_address_that_was_checked(tmp_path: Path) -> None:
    website = Website(head=b"HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\nconnection: close\r\n" + _JSON)
    async with open_site(tmp_path, website) as site:
        found = await site.fetch("https://LOCALHOST:PORT/keys?of=us#fragment")
    assert found == Fetched(content=b"{}", media_type="application/json", max_age=60)
    [head] = website.heads
    lines = head.lower().split("\r\n")
    assert lines[0] == "get /keys?of=us http/1.1"
    assert f"host: localhost:{website.port}" in lines
    assert "accept-encoding: identity" in lines
    assert not [line for line in lines if line.startswith(("cookie", "authorization", "referer"))]
    assert site.zone.asked == ["localhost"], "a name is resolved once, so it can't change between two looks"


async def test_no_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with open_site(tmp_path) as site:
        assert (await site.fetch()).content == b"{}"


@pytest.mark.requirement("S83")
async def test_no_neighbour_is_asked_not_even_beside_a_public_address(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with open_site(tmp_path, is_allowed=is_public) as site:
        for address in NEIGHBOURS:
            for found in ([address], ["9.9.9.9", address], [address, "2620:fe::fe"]):
                site.zone.hosts["localhost"] = found
                with subtests.test(found=found), pytest.raises(NotFetched, match="network"):
                    await site.fetch()
    assert site.website.heads == []


@pytest.mark.requirement("S83")
async def test_a_network_of_the_operators_is_asked_and_mixed_answers_are_not(tmp_path: Path) -> None:
    async with open_site(tmp_path, is_allowed=also_in(("127.0.0.0/8",))) as site:
        assert (await site.fetch()).content == b"{}"
        site.zone.hosts["localhost"] = ["127.0.0.1", "10.0.0.1"]
        with pytest.raises(NotFetched, match="network"):
            await site.fetch()
    assert len(site.website.heads) == 1


@pytest.mark.requirement("S83")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0",
        "[::]",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
async def test_however_an_address_is_written_it_is_a_neighbours(tmp_path: Path, host: str) -> None:
    async with open_site(tmp_path) as site:
        web = OutsideWeb(names=SystemNames(), trusted=site.web.trusted)
        with pytest.raises(NotFetched, match=r"network|no address"):
            await web.fetch(f"https://{host}:{site.website.port}/", most_bytes=10)
    assert site.website.heads == []


@pytest.mark.parametrize("name", ["", ".", "a" * 64 + ".test", "a..b", "\ud800.test", "x\0.test"])
async def test_what_is_no_name_has_no_address(name: str) -> None:
    assert not [address for address in await SystemNames().addresses(name) if is_public(address)]


async def test_plain_http_is_spoken_with_this_machine_alone(tmp_path: Path) -> None:
    hosts = {"shop.test": ["203.0.113.7"], "mixed.test": ["127.0.0.1", "203.0.113.7"]}
    async with open_site(tmp_path, is_encrypted=False, hosts=hosts) as site:
        assert (await site.fetch("http://localhost:PORT/")).content == b"{}"
        for name in hosts:
            with pytest.raises(NotFetched, match="not https"):
                await site.fetch(f"http://{name}:PORT/")
    assert len(site.website.heads) == 1


async def test_a_certificate_has_to_name_the_host(tmp_path: Path) -> None:
    """Not the address that was connected to: everybody's certificate is for some name of theirs."""
    async with open_site(tmp_path, hosts={"shop.test": ["127.0.0.1"]}) as site:
        with pytest.raises(NotFetched, match="can't be reached"):
            await site.fetch("https://shop.test:PORT/")
    assert site.website.heads == []


@pytest.mark.requirement("S83")
@pytest.mark.parametrize(
    "url",
    [
        "https://somebody:secret@localhost:PORT/",
        "https://shop.example@localhost:PORT/",
        "https://:@localhost:PORT/",
        "https://shop.example\\@localhost:PORT/",
        "https://localhost:0/",
        "https://localhost:-1/",
        "https://localhost:PORT0000/",
        "https://localhost:port/",
        "https://localhost:PORT:PORT/",
        "https://unknown.test:PORT/",
        "https://[::1/",
        "https://[localhost]:PORT/",
        "https://[v1.x]:PORT/",
        "//localhost:PORT/",
        "localhost:PORT/",
        "javascript://localhost:PORT/",
        "https:\\\\localhost:PORT\\",
        "https://l\u00f6calhost:PORT/",
        "https://localhost%00:PORT/",
        "https://%6cocalhost:PORT/",
        "https://\ud800/",
    ],
)
async def test_an_address_that_is_odd_is_none(tmp_path: Path, url: str) -> None:
    async with open_site(tmp_path) as site:
        with pytest.raises(NotFetched):
            await site.fetch(url)
    assert site.website.heads == []


async def test_what_a_path_holds_stays_in_the_path(tmp_path: Path) -> None:
    """Neither another host nor another header comes of it."""
    async with open_site(tmp_path) as site:
        for path in ("//else.test/x", "/%0d%0ax:%20y", "/\r\nx: y", "/a b?c=\u00e9", "/../../x", "?x"):
            await site.fetch(f"https://localhost:PORT{path}")
    assert len(site.website.heads) == 6
    for head in site.website.heads:
        assert head.count("\r\n") == 7
        assert f"host: localhost:{site.website.port}\r\n" in head.lower()


@pytest.mark.parametrize("answers", [["no address"], [""], ["127.0.0.1", "localhost"]])
async def test_a_resolver_that_answers_nonsense_ends_it(tmp_path: Path, answers: list[str]) -> None:
    async with open_site(tmp_path, hosts={"localhost": answers}, is_allowed=is_public) as site:
        with pytest.raises(NotFetched):
            await site.fetch()
    assert site.website.heads == []


async def test_names_that_take_long_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever registers an address may have a server of names that never answers: passwords are chosen meanwhile."""
    answered = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        answered.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    asked = [asyncio.create_task(SystemNames().addresses(f"{each}.example")) for each in range(64)]
    try:
        await asyncio.wait(asked, timeout=0.1)
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(len, "done") == 4
    finally:
        answered.set()
    assert await asyncio.gather(*asked) == [[]] * 64
