"""Small files as people upload them, and what attackers make of them."""

import struct
import zlib
from collections.abc import Iterable


def pdf(*, body: bytes = b"", head: bytes = b"%PDF-1.7\n", tail: bytes = b"\n") -> bytes:
    """A page of paper. `body` are further objects."""
    objects = (
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" + body
    )
    start = len(head) + len(objects)
    return (
        head
        + objects
        + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R >>\n"
        + (b"startxref\n%d\n%%%%EOF" % start + tail)
    )


def packed_objects(content: bytes, *, name: bytes = b"/ObjStm") -> bytes:
    """An object stream, as PDF 1.5 packs objects."""
    packed = zlib.compress(content)
    return (
        b"9 0 obj\n<< /Type %s /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n"
        % (name, len(packed))
        + packed
        + b"\nendstream\nendobj\n"
    )


def jpeg(
    *, width: int = 4, height: int = 4, comment: bytes = b"", scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56"
) -> bytes:
    def segment(marker: int, content: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content

    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + (segment(0xFE, comment) if comment else b"")
        + segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")
        + segment(0xDA, b"\x01\x01\0\0\x3f\0")
        + scan
        + b"\xff\xd9"
    )


def png(
    *,
    width: int = 4,
    height: int = 4,
    rows: bytes | None = None,
    interlace: int = 0,
    extra: Iterable[tuple[bytes, bytes]] = (),
) -> bytes:
    """Eight grey bits a pixel. `extra` are chunks before the pixels."""
    pixels = b"\0" * (height * (width + 1)) if rows is None else rows
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlace)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in chunks)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def archive() -> bytes:
    """A ZIP file with nothing in it: all that readers of archives look for."""
    return b"PK\x05\x06" + b"\0" * 18
