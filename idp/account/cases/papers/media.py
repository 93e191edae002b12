"""What an uploaded file is, told by its structure from the first byte to the last: never by its name or its header.

PDF (ISO 32000-1), JPEG (ITU-T T.81) and PNG (W3C PNG, third edition). A file that is also something else, that can act
by itself, that unpacks to more than an image can be, or that ends early is refused, each with its reason. Nothing here
renders anything: agents download what passed, and their own programs open it.
"""

from collections.abc import Iterator
from enum import StrEnum

from idp.account.cases.papers.pdf import check_pdf
from idp.account.cases.papers.pictures import check_jpeg, check_png, end_of_jpeg
from idp.account.cases.papers.refusal import DocumentRefused, Refusal, hides_archive

_HEADS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


class MediaType(StrEnum):
    """What we accept, and its extension."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"

    @property
    def extension(self) -> str:
        return {MediaType.PDF: "pdf", MediaType.JPEG: "jpg", MediaType.PNG: "png"}[self]


def recognise(content: bytes) -> tuple[MediaType, bytes]:
    """The type, and what of the content is worth keeping: phones put a second picture behind the first one.

    Takes up to a second for a large picture: call it in a thread. Raises `DocumentRefused`.
    """
    if not content:
        raise DocumentRefused(Refusal.EMPTY)
    found = next(_types(content), None)
    if found is None:
        raise DocumentRefused(Refusal.OTHER_TYPE)
    match found:
        case MediaType.PDF:
            check_pdf(content)
        case MediaType.JPEG:
            content = content[: end_of_jpeg(content)]
            check_jpeg(content)
        case MediaType.PNG:
            check_png(content)
    if hides_archive(content):
        raise DocumentRefused(Refusal.SOMETHING_ELSE)
    return found, content


def _types(content: bytes) -> Iterator[MediaType]:
    return (MediaType(name) for head, name in _HEADS.items() if content.startswith(head))
