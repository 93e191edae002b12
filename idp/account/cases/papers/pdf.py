"""PDF: whole, and nothing but paper. What runs, starts programs, or carries other files is refused.

ISO 32000-1 §7.5 (structure), §7.3.5 (names may hide letters as `#61`), §7.5.7 (objects may be packed in streams). We
look for names, we don't interpret: a harmless file that writes one of them into its text is refused too, and printing
it anew helps.
"""

import re
import zlib
from collections.abc import Iterator

from idp.account.cases.papers.refusal import DocumentRefused, Refusal, hides_markup

_HEAD = re.compile(rb"%PDF-[12]\.[0-9]\s")
_HEAD_BYTES = 1_024
_TAIL = re.compile(rb"startxref\s+[0-9]+\s+%%EOF[\s\0]*\Z")
_TAIL_BYTES = 4_096
_ACTIVE = re.compile(
    rb"/(?:(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])"
    rb"|XFA\s*(?:\[|[0-9]+\s+[0-9]+\s+R))"
)
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:[0-9]+\s+[0-9]+\s+R|<<)")
_HIDDEN_LETTER = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_UNPACKED_BYTES = 32 * 1024 * 1024
_PIECE = 4_096


def _name(name: bytes) -> bytes:
    """A pattern of a name, each letter of which may be hidden."""
    return b"/" + b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)


_MARKS = re.compile(
    rb"(?P<end>endstream)|(?P<start>stream\s+)|(?P<packed>%s)|(?P<filter>%s)"
    % (_name(b"ObjStm"), _name(b"Filter"))
)


def check_pdf(content: bytes) -> None:
    """Raises `DocumentRefused`."""
    if not _HEAD.match(content):
        raise DocumentRefused(Refusal.OTHER_TYPE)
    if not _TAIL.search(content[-_TAIL_BYTES:]):
        # Either it ends early, or something hangs on it.
        is_whole = b"%%EOF" in content
        raise DocumentRefused(Refusal.SOMETHING_ELSE if is_whole else Refusal.INCOMPLETE)
    if hides_markup(content[:_HEAD_BYTES]):
        raise DocumentRefused(Refusal.SOMETHING_ELSE)
    for objects in (content, *_packed_objects(content)):
        plain = _with_plain_names(objects)
        if _ACTIVE.search(plain):
            raise DocumentRefused(Refusal.ACTIVE)
        if _ENCRYPTED.search(plain):
            raise DocumentRefused(Refusal.PROTECTED)


def _with_plain_names(content: bytes) -> bytes:
    return _HIDDEN_LETTER.sub(lambda found: bytes([int(found[1], 16)]), content)


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The objects inside of streams, within a bound for all of them together. What isn't packed stands in the file as
    it is, where we look anyway.
    """
    left, seen = _MOST_UNPACKED_BYTES, set[str | None]()
    for mark in _MARKS.finditer(content):
        if mark["end"]:
            seen.clear()
        elif not mark["start"]:
            seen.add(mark.lastgroup)
        elif seen == {"packed", "filter"}:
            unpacked = _unpacked(content, mark.end(), left)
            left -= len(unpacked)
            yield unpacked


def _unpacked(content: bytes, start: int, limit: int) -> bytes:
    """What can't be unpacked the one usual way can't be looked at. Fed piece by piece, since a file may hold very many
    streams, and each would copy what is behind it.
    """
    inflater, unpacked = zlib.decompressobj(), bytearray()
    for at in range(start, len(content), _PIECE):
        try:
            unpacked += inflater.decompress(content[at : at + _PIECE])
        except zlib.error as error:
            raise DocumentRefused(Refusal.INCOMPLETE) from error
        if len(unpacked) >= limit:
            raise DocumentRefused(Refusal.TOO_DETAILED)
        if inflater.eof:
            break
    return bytes(unpacked)
