"""What another web server answers: too much, too slowly, packed, cut, or nothing that is HTTP at all (S83)."""

import gzip
from pathlib import Path

import pytest

from idp.records.ports import NotFetched
from tests.adapters.websites import Website, open_site


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 303, 307, 308, 304, 401, 404, 500, 503])
async def test_nothing_but_200_counts_and_no_redirect_is_followed(tmp_path: Path, status: int) -> None:
    head = b"HTTP/1.1 %d X\r\nlocation: /else\r\ncontent-length: 2\r\nconnection: close\r\n" % status
    async with open_site(tmp_path, Website(head=head, body=b"" if status in (204, 304) else b"{}")) as site:
        with pytest.raises(NotFetched, match=f"it answered {status}"):
            await site.fetch()
    assert len(site.website.heads) == 1


@pytest.mark.parametrize(
    "website",
    [
        Website(body=b"x" * 11),
        Website(body=b"x" * 1_000_000, hangs=True),
        Website(head=b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n", body=b"x" * 11, hangs=True),
        Website(
            head=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", body=b"b\r\n" + b"x" * 11, hangs=True
        ),
        Website(body=b"", drip=b"xxxx"),
    ],
    ids=["a byte", "a megabyte", "as it says", "in chunks", "without end"],
)
async def test_what_is_too_large_is_left(tmp_path: Path, website: Website) -> None:
    async with open_site(tmp_path, website) as site:
        with pytest.raises(NotFetched, match="larger than 10 bytes"):
            await site.fetch(most_bytes=10)


async def test_what_is_just_as_large_as_it_may_be_is_taken(tmp_path: Path) -> None:
    async with open_site(tmp_path, Website(body=b"x" * 10)) as site:
        assert (await site.fetch(most_bytes=10)).content == b"x" * 10


@pytest.mark.parametrize(
    "website",
    [
        Website(head=b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n", hangs=True),
        Website(head=b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n", drip=b" "),
        Website(head=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", body=b"", drip=b"1\r\nx\r\n"),
        Website(head=b"HTTP/1.1 200 OK\r\nx: y", body=b"", drip=b"z"),
        Website(head=b"HTTP/1.1 100 Continue\r\n", body=b"", drip=b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["stops", "drips", "drips chunks", "drips headers", "to be continued"],
)
async def test_who_takes_too_long_is_left_however_busy(tmp_path: Path, website: Website) -> None:
    """Something always comes before the next byte is waited for in vain: the whole has its time."""
    async with open_site(tmp_path, website, seconds=0.5) as site:
        with pytest.raises(NotFetched, match=r"longer than 0.5 s|ReadTimeout"):
            await site.fetch(most_bytes=100_000)


@pytest.mark.parametrize(
    "website",
    [
        Website(head=b"not even HTTP\r\n"),
        Website(head=b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n"),
        Website(head=b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n"),
        Website(head=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", body=b"zz\r\n"),
        Website(head=b"HTTP/1.1 200 OK\r\nx\0: y\r\n"),
        Website(head=b"", body=b""),
    ],
    ids=["no HTTP", "cut", "negative", "no chunk", "no header", "nothing"],
)
async def test_what_is_no_answer_is_none(tmp_path: Path, website: Website) -> None:
    async with open_site(tmp_path, website, seconds=2) as site:
        with pytest.raises(NotFetched):
            await site.fetch()


async def test_a_compressed_answer_that_nobody_asked_for_is_never_unpacked(tmp_path: Path) -> None:
    """Or ten kilobytes would be ten megabytes before anybody counts them."""
    packed = gzip.compress(b" " * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n" % len(packed)
    async with open_site(tmp_path, Website(head=head, body=packed)) as site:
        assert (await site.fetch(most_bytes=20_000)).content == packed


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("max-age=60", 60),
        ("public, MAX-AGE=60, immutable", 60),
        ("max-age=0", 0),
        ("no-store", 0),
        ("No-Store", 0),
        ("max-age=60, no-cache", 0),
        ("s-maxage=60", None),
        ("x-max-age=60", None),
        ("max-age", None),
        ("max-age=-1", None),
        ("max-age=1e9", None),
        ("max-age=6.5", None),
        ("max-age=\u0663", None),
        ("max-age=99999999999999999999", None),
        ("", None),
    ],
)
async def test_how_long_it_may_be_kept_is_read_strictly(
    tmp_path: Path, header: str, expected: int | None
) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncache-control: %s\r\n" % header.encode()
    async with open_site(tmp_path, Website(head=head)) as site:
        assert (await site.fetch()).max_age == expected
