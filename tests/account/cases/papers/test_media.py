"""What a file is, told by its structure: what people really send passes, and what is two things at once does not."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.cases.papers.media import MediaType, recognise
from idp.account.cases.papers.refusal import DocumentRefused, Refusal
from tests.support.papers import archive, chunk, jpeg, packed_objects, pdf, png

SCRIPT = b"7 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"
PAGE = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(
    ("content", "media_type", "extension"),
    [
        (pdf(), MediaType.PDF, "pdf"),
        (pdf(tail=b"\r\n\0"), MediaType.PDF, "pdf"),
        (pdf(body=packed_objects(b"1 0 << /Type /Page >>")), MediaType.PDF, "pdf"),
        (pdf() + pdf(head=b""), MediaType.PDF, "pdf"),  # Signed later: an update was appended.
        (jpeg(), MediaType.JPEG, "jpg"),
        (jpeg(comment=b"from a telephone"), MediaType.JPEG, "jpg"),
        (png(), MediaType.PNG, "png"),
        (
            png(extra=[(b"tEXt", b"Title\0my paper"), (b"zTXt", b"a\0\0" + zlib.compress(b"b"))]),
            MediaType.PNG,
            "png",
        ),
        (png(width=8, height=8, interlace=1, rows=b"\0" * (64 + 15)), MediaType.PNG, "png"),
    ],
)
def test_papers_and_pictures_are_recognised(content: bytes, media_type: MediaType, extension: str) -> None:
    assert recognise(content) == (media_type, content)
    assert media_type.extension == extension


def test_of_a_telephones_two_pictures_the_first_is_kept() -> None:
    assert recognise(jpeg() + jpeg(width=2) + b"\0\0") == (MediaType.JPEG, jpeg())


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"MZ\x90\0", Refusal.OTHER_TYPE),
        (PAGE, Refusal.OTHER_TYPE),
        (archive(), Refusal.OTHER_TYPE),
        (b"GIF89a" + archive(), Refusal.OTHER_TYPE),
        (b"\n" + pdf(), Refusal.OTHER_TYPE),
        (b"%PDF-" + PAGE, Refusal.OTHER_TYPE),
        (pdf()[:-12], Refusal.INCOMPLETE),
        (pdf() + archive(), Refusal.SOMETHING_ELSE),
        (pdf() + PAGE, Refusal.SOMETHING_ELSE),
        (pdf(body=b"% " + archive() + b"\n"), Refusal.SOMETHING_ELSE),
        (pdf(head=b"%PDF-1.7\n%" + PAGE + b"\n"), Refusal.SOMETHING_ELSE),
        (pdf(body=SCRIPT), Refusal.ACTIVE),
        (pdf(body=SCRIPT.replace(b"/JavaScript", b"/J#61va#53cript")), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT)), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT, name=b"/Obj#53tm")), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT, name=b"/ObjStm" + b" " * 9_000)), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT, name=b"/ObjStm /X (9 0 obj)")), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT, name=b"/ObjStm /X (stream\n)")), Refusal.ACTIVE),
        (pdf(body=packed_objects(b"7 0 " + SCRIPT).replace(b">>\nstream\n", b">>stream\r")), Refusal.ACTIVE),
        (pdf(body=b"7 0 obj\n<< /S /Rendition /JS (app.alert(1)) >>\nendobj\n"), Refusal.ACTIVE),
        (pdf(body=b"7 0 obj\n<< /XFA [(config) 8 0 R] >>\nendobj\n"), Refusal.ACTIVE),
        (pdf(body=b"7 0 obj\n<< /S /Launch /F (calc.exe) >>\nendobj\n"), Refusal.ACTIVE),
        (pdf(body=b"7 0 obj\n<< /Type /EmbeddedFile >>\nendobj\n"), Refusal.ACTIVE),
        (pdf(body=b"trailer << /Encrypt 8 0 R >>\n"), Refusal.PROTECTED),
        (pdf(body=packed_objects(b" " * 40_000_000)), Refusal.TOO_DETAILED),
        (pdf(body=packed_objects(b"").replace(b"\x78", b"\x79")), Refusal.INCOMPLETE),
        (jpeg()[:-2], Refusal.INCOMPLETE),
        (jpeg()[:30], Refusal.INCOMPLETE),
        (b"\xff\xd8\xff\xd9", Refusal.INCOMPLETE),
        (b"\xff\xd8\xff", Refusal.INCOMPLETE),
        (jpeg() + archive(), Refusal.SOMETHING_ELSE),
        (jpeg() + PAGE, Refusal.SOMETHING_ELSE),
        (jpeg(comment=PAGE), Refusal.SOMETHING_ELSE),
        (jpeg(comment=archive()), Refusal.SOMETHING_ELSE),
        (jpeg(width=60_000, height=60_000), Refusal.TOO_DETAILED),
        (jpeg(width=0), Refusal.INCOMPLETE),
        (png()[:-1], Refusal.INCOMPLETE),
        (png()[:-12], Refusal.INCOMPLETE),
        (png() + archive(), Refusal.SOMETHING_ELSE),
        (png() + PAGE, Refusal.SOMETHING_ELSE),
        (png(extra=[(b"tEXt", b"Comment\0" + PAGE)]), Refusal.SOMETHING_ELSE),
        (png(extra=[(b"zTXt", b"a\0\0" + zlib.compress(PAGE))]), Refusal.SOMETHING_ELSE),
        (png(extra=[(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 9_000_000))]), Refusal.TOO_DETAILED),
        (png(extra=[(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 900_000))] * 5), Refusal.TOO_DETAILED),
        (png(extra=[(b"iCCP", b"a\0\0\x78broken")]), Refusal.INCOMPLETE),
        (png(rows=b"\0" * 9_000_000), Refusal.TOO_DETAILED),
        (png(rows=b"\0"), Refusal.INCOMPLETE),
        (png(width=60_000, height=60_000, rows=b"\0"), Refusal.TOO_DETAILED),
        (png(width=0), Refusal.INCOMPLETE),
        (png().replace(b"IDAT", b"IDOT"), Refusal.INCOMPLETE),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), Refusal.INCOMPLETE),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"first"), Refusal.INCOMPLETE),
    ],
)
def test_everything_else_is_refused_with_its_reason(content: bytes, refusal: Refusal) -> None:
    with pytest.raises(DocumentRefused) as refused:
        recognise(content)
    assert refused.value.refusal is refusal


def test_very_many_streams_are_each_looked_at_once() -> None:
    """Each used to copy all that was behind it, which took minutes."""
    content = pdf(body=packed_objects(b"1 0 << /Type /Page >>") * 16_000)
    assert recognise(content) == (MediaType.PDF, content)


@given(st.data())
def test_whatever_is_cut_off_or_damaged_is_refused_or_kept_and_never_breaks(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([pdf(body=packed_objects(SCRIPT)), jpeg(), png()])))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    try:
        _, kept = recognise(bytes(content))
    except DocumentRefused:
        return
    assert bytes(content).startswith(kept)
