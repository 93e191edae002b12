"""JPEG and PNG, walked from the first byte to the last. Neither may hold anything behind its end, a page in its
comments, or more pixels than somebody has to look at.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from idp.account.cases.papers.refusal import DocumentRefused, Refusal, hides_markup

MOST_PIXELS = 80_000_000
_MOST_METADATA_BYTES = 4 * 1024 * 1024
_PIECE = 65_536

# T.81 table B.1: the frames, and the markers that stand without a length.
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_COMMENTS = frozenset({*range(0xE0, 0xF0), 0xFE})


class _Segment(NamedTuple):
    marker: int
    content: bytes
    end: int


def end_of_jpeg(content: bytes) -> int:
    """Where the first picture ends. Behind it only further pictures may stand (CIPA DC-007, as phones write them) or
    zeros. Raises `DocumentRefused`.
    """
    first = end = _end_of_picture(content, 0)
    while content.startswith(b"\xff\xd8\xff", end):
        end = _end_of_picture(content, end)
    if content[end:].strip(b"\0"):
        raise DocumentRefused(Refusal.SOMETHING_ELSE)
    return first


def check_jpeg(content: bytes) -> None:
    """A single picture. Raises `DocumentRefused`."""
    frames = 0
    has_scan = False
    for segment in _segments(content, 0):
        if segment.marker in _FRAMES:
            if len(segment.content) < 6:
                raise DocumentRefused(Refusal.INCOMPLETE)
            frames += 1
            height, width = int.from_bytes(segment.content[1:3]), int.from_bytes(segment.content[3:5])
            _check_size(width, height)
        elif segment.marker == _START_OF_SCAN:
            has_scan = True
        elif segment.marker in _COMMENTS and hides_markup(segment.content):
            raise DocumentRefused(Refusal.SOMETHING_ELSE)
    if frames != 1 or not has_scan:
        raise DocumentRefused(Refusal.INCOMPLETE)


def _end_of_picture(content: bytes, start: int) -> int:
    end = start
    for segment in _segments(content, start):
        end = segment.end
    return end


def _segments(content: bytes, start: int) -> Iterator[_Segment]:
    """The segments up to and including the end of the image. Raises `DocumentRefused`."""
    at = start + 2
    while True:
        if content[at : at + 1] != b"\xff":
            raise DocumentRefused(Refusal.INCOMPLETE)
        while content[at : at + 1] == b"\xff":  # Any number of them may fill up (B.1.1.2).
            at += 1
        marker = content[at] if at < len(content) else _START_OF_IMAGE
        at += 1
        if marker == _END_OF_IMAGE:
            yield _Segment(marker, b"", at)
            return
        if marker in _ALONE:
            continue
        length = int.from_bytes(content[at : at + 2])
        if marker in (0x00, _START_OF_IMAGE) or length < 2 or at + length > len(content):
            raise DocumentRefused(Refusal.INCOMPLETE)
        yield _Segment(marker, content[at + 2 : at + length], at + length)
        at += length
        if marker == _START_OF_SCAN:
            at = _end_of_scan(content, at)


def _end_of_scan(content: bytes, at: int) -> int:
    """The next marker: in a scan 0xFF stands before a zero, or marks a restart (B.1.1.5)."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise DocumentRefused(Refusal.INCOMPLETE)
        if content[at + 1] != 0x00 and content[at + 1] not in _ALONE:
            return at
        at += 2


# PNG §11.2.1: the samples of a pixel, and the depths that each colour type may have.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# §8.1: where each pass of an interlaced picture starts, and its steps.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_TEXTS = frozenset({b"tEXt", b"iTXt", b"eXIf"})
_PACKED = frozenset({b"zTXt", b"iCCP", b"iTXt"})


def check_png(content: bytes) -> None:
    """Raises `DocumentRefused`."""
    data: list[bytes] = []
    header, left = b"", _MOST_METADATA_BYTES
    for name, body in _chunks(content):
        if not header:
            if name != b"IHDR" or len(body) != 13:
                raise DocumentRefused(Refusal.INCOMPLETE)
            header = body
        elif name == b"IDAT":
            data.append(body)
        elif name in _TEXTS and hides_markup(body):
            raise DocumentRefused(Refusal.SOMETHING_ELSE)
        elif name in _PACKED:
            left -= _packed_bytes(body, left)
    expected = _bytes_of_pixels(header)
    if _inflated_bytes(data, limit=expected) != expected:
        raise DocumentRefused(Refusal.INCOMPLETE)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and bodies; the last is IEND, at the very end (§5.3)."""
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        name, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += 12 + length
        if at > len(content) or zlib.crc32(body, zlib.crc32(name)) != int.from_bytes(content[at - 4 : at]):
            raise DocumentRefused(Refusal.INCOMPLETE)
        if name == b"IEND":
            if at != len(content) or body:
                raise DocumentRefused(Refusal.SOMETHING_ELSE)
            return
        yield name, body
    raise DocumentRefused(Refusal.INCOMPLETE)


def _bytes_of_pixels(header: bytes) -> int:
    """What the pixels unpack to: a byte before each row says how it was filtered (§7.2)."""
    if not header:
        raise DocumentRefused(Refusal.INCOMPLETE)
    width, height = int.from_bytes(header[:4]), int.from_bytes(header[4:8])
    depth, colour, compression, filtering, interlace = header[8:]
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise DocumentRefused(Refusal.INCOMPLETE)
    _check_size(width, height)
    bits = depth * _SAMPLES[colour]
    passes = _PASSES if interlace else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in passes]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _inflated_bytes(pieces: list[bytes], *, limit: int) -> int:
    """How much the pieces unpack to, at most a little more than `limit`: nothing is kept."""
    inflater, total = zlib.decompressobj(), 0
    try:
        for piece in pieces:
            rest = piece
            while rest and not inflater.eof:
                total += len(inflater.decompress(rest, _PIECE))
                rest = inflater.unconsumed_tail
                if total > limit:
                    raise DocumentRefused(Refusal.TOO_DETAILED)
        while not inflater.eof and (more := inflater.decompress(inflater.unconsumed_tail, _PIECE)):
            total += len(more)
            if total > limit:
                raise DocumentRefused(Refusal.TOO_DETAILED)
    except zlib.error as error:
        raise DocumentRefused(Refusal.INCOMPLETE) from error
    return total


def _packed_bytes(body: bytes, limit: int) -> int:
    """A text or a colour profile may be packed too, behind its name: how much it unpacks to, at most `limit`."""
    packed = body.partition(b"\0")[2][1:]
    if packed[:1] != b"\x78":
        return 0
    try:
        unpacked = zlib.decompressobj().decompress(packed, limit + 1)
    except zlib.error as error:
        raise DocumentRefused(Refusal.INCOMPLETE) from error
    if len(unpacked) > limit:
        raise DocumentRefused(Refusal.TOO_DETAILED)
    if hides_markup(unpacked):
        raise DocumentRefused(Refusal.SOMETHING_ELSE)
    return len(unpacked)


def _check_size(width: int, height: int) -> None:
    if not width or not height:
        raise DocumentRefused(Refusal.INCOMPLETE)
    if width * height > MOST_PIXELS:
        raise DocumentRefused(Refusal.TOO_DETAILED)
