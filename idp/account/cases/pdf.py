"""PDF: whole, and nothing but paper. What runs, starts programs, or carries other files is refused.

ISO 32000-1 §7.5 (structure), §7.3.5 (names may hide letters as `#61`), §7.5.7 (objects may be packed in streams). We
look for names, we don't interpret: a harmless file that writes one of them into its text is refused too, and printing
it anew helps.
"""

import re
import zlib
from collections.abc import Iterator

from idp.account.cases.refusal import DocumentRefused, Refusal, hides_markup

_HEAD = re.compile(rb"%PDF-[12]\.[0-9]\s")
_HEAD_BYTES = 1_024
_TAIL = re.compile(rb"startxref\s+[0-9]+\s+%%EOF[\s\0]*\Z")
_TAIL_BYTES = 4_096
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE)(?![A-Za-z0-9])"
)
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:[0-9]+\s+[0-9]+\s+R|<<)")
_HIDDEN_LETTER = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_LONGEST_DICTIONARY = 4_096
_MOST_UNPACKED_BYTES = 32 * 1024 * 1024


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
    """The objects inside of streams, within a bound for all of them together."""
    left = _MOST_UNPACKED_BYTES
    for stream in _STREAM.finditer(content):
        before = content[max(stream.start() - _LONGEST_DICTIONARY, 0) : stream.start()]
        dictionary = _with_plain_names(before.rpartition(b"obj")[2])
        if b"/ObjStm" not in dictionary or b"/Filter" not in dictionary:
            continue  # What isn't packed stands in the file as it is, where we look anyway.
        unpacked = _unpacked(content[stream.end() :], left)
        left -= len(unpacked)
        if left <= 0:
            raise DocumentRefused(Refusal.TOO_DETAILED)
        yield unpacked


def _unpacked(packed: bytes, limit: int) -> bytes:
    """What can't be unpacked the one usual way can't be looked at."""
    try:
        return zlib.decompressobj().decompress(packed, limit)
    except zlib.error as error:
        raise DocumentRefused(Refusal.INCOMPLETE) from error
