"""What somebody may send where a document is expected: it is refused with a reason, and nothing else is lost."""

import asyncio
import zlib
from pathlib import Path

import pytest

from idp.config.settings import Recovery
from idp.store.case_changes import REFUSE_CASE
from tests.portal.pressing import forms_of
from tests.portal.recovering import Claimant, answered, sent, status_link
from tests.support.papers import archive, jpeg, packed_objects, pdf, png
from tests.support.world import ISSUER, World, open_world, settings_for, with_settings

MEGABYTE = 1_048_576
PAGE = b"<html><script>alert(1)</script></html>"
NAMES = [
    "../../../etc/passwd",
    "..\\..\\windows\\system32\\calc.exe",
    "nul\x00byte.pdf",
    "a" * 3_000 + ".pdf",
    "r\u00e9sum\u00e9 \u202efdp.exe",
    '"><script>alert(1)</script>.pdf',
    "CON",
]


async def kept(world: World) -> list[tuple[str, str]]:
    return [(kind, media) for kind, media in await world.rows("SELECT kind, media_type FROM case_document")]


async def post(claimant: Claimant, body: bytes, content_type: str, path: str = "") -> int:
    """Send a body as it is; the page that answers replaces the one before."""
    action, _ = forms_of(claimant.page)["document-identity"]
    headers = {"origin": ISSUER, "content-type": content_type}
    answered = await claimant.browser.http.post(path or action, content=body, headers=headers)
    claimant.page = await claimant.browser.follow(answered)
    return claimant.page.status_code


def parts(claimant: Claimant, *files: bytes, boundary: bytes = b"b", end: bytes = b"--\r\n") -> bytes:
    """A body as browsers write it, with the page's own token."""
    _, hidden = forms_of(claimant.page)["document-identity"]
    fields = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (boundary, name.encode(), value.encode())
        for name, value in hidden.items()
    )
    return (
        fields
        + b"".join(
            b'--%s\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%s\r\n'
            % (boundary, content)
            for content in files
        )
        + b"--%s" % boundary
        + end
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty"),
        (b"MZ\x90\x00", "This is no PDF, JPEG or PNG file"),
        (PAGE, "This is no PDF, JPEG or PNG file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "This is no PDF, JPEG or PNG file"),
        (archive(), "This is no PDF, JPEG or PNG file"),
        (b"GIF89a" + archive(), "This is no PDF, JPEG or PNG file"),
        (pdf() + archive(), "This file holds something besides the document"),
        (jpeg() + PAGE, "This file holds something besides the document"),
        (jpeg(comment=PAGE), "This file holds something besides the document"),
        (png() + archive(), "This file holds something besides the document"),
        (pdf()[:-9], "This file is damaged"),
        (jpeg()[:-1], "This file is damaged"),
        (png()[:-5], "This file is damaged"),
        (pdf(body=b"7 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\n"), "This PDF holds programs"),
        (pdf(body=b"7 0 obj\n<< /S /L#61unch >>\nendobj\n"), "This PDF holds programs"),
        (pdf(body=b"trailer << /Encrypt 8 0 R >>\n"), "This PDF is protected"),
        (pdf(body=packed_objects(b" " * 40 * MEGABYTE)), "This file is more detailed than we can open"),
        (png(width=60_000, height=60_000, rows=b"\0"), "This file is more detailed than we can open"),
        (png(rows=b"\0" * 40 * MEGABYTE), "This file is more detailed than we can open"),
        (
            png(extra=[(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 20 * MEGABYTE))]),
            "This file is more detailed than we can open",
        ),
        (pdf(body=b"%" + b" " * 9 * MEGABYTE + b"\n"), "This file is too large"),
    ],
)
async def test_it_is_refused_with_its_reason_and_what_was_added_stays(
    sqlite_world: World, content: bytes, words: str
) -> None:
    claimant = await answered(sqlite_world)
    await claimant.add("proof-of-address", jpeg())
    await claimant.add("identity", content, name="identity.pdf", media_type="application/pdf")
    assert claimant.page.status_code == 422
    assert words in claimant.page.text
    assert 'aria-describedby="file-identity-hint file-identity-error"' in claimant.page.text
    assert await kept(sqlite_world) == [("proof-of-address", "image/jpeg")]
    await claimant.add("identity", pdf())
    await claimant.answer("recovery-documents")
    assert "Check, then send" in claimant.page.text


@pytest.mark.parametrize("name", NAMES)
async def test_what_a_file_was_called_is_kept_nowhere(sqlite_world: World, name: str) -> None:
    claimant = await answered(sqlite_world)
    await claimant.add("identity", pdf(), name=name, media_type="text/html; charset=utf-7")
    rows = await sqlite_world.rows("SELECT * FROM case_document")
    assert len(rows) <= 1
    assert name[:12] not in str(rows) + claimant.page.text
    assert {media for _, media in await kept(sqlite_world)} <= {"application/pdf"}


async def test_files_are_kept_sealed_for_their_row(world: World) -> None:
    claimant = await answered(world)
    await claimant.add("identity", pdf())
    [(sealed, case_id)] = await world.rows("SELECT sealed, case_id FROM case_document")
    assert pdf() not in sealed
    assert case_id


@pytest.mark.parametrize(
    ("files", "words"),
    [([], "Choose a file first"), ([pdf(), pdf()], "Add one file at a time")],
)
async def test_one_file_is_one_file(sqlite_world: World, files: list[bytes], words: str) -> None:
    claimant = await answered(sqlite_world)
    body = parts(claimant, *files)
    assert await post(claimant, body, "multipart/form-data; boundary=b") == 422
    assert words in claimant.page.text
    assert await kept(sqlite_world) == []


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=c",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 71,
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=b",
        "",
    ],
)
async def test_a_body_that_is_no_such_form_is_read_as_nothing(sqlite_world: World, content_type: str) -> None:
    claimant = await answered(sqlite_world)
    body = parts(claimant, pdf())
    assert await post(claimant, body, content_type) == 422
    assert await kept(sqlite_world) == []


async def test_a_body_that_was_cut_off_is_not_half_a_document(sqlite_world: World) -> None:
    claimant = await answered(sqlite_world)
    body = parts(claimant, pdf(), end=b"")
    assert await post(claimant, body[:-3], "multipart/form-data; boundary=b") == 422
    assert "The file didn’t arrive whole" in claimant.page.text
    assert await kept(sqlite_world) == []


async def test_hundreds_of_fields_and_endless_ones_are_refused(sqlite_world: World) -> None:
    claimant = await answered(sqlite_world)
    field = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
    for body in (
        field * 500,
        field.replace(b"b\r\n", b"b" * 9_000 + b"\r\n", 1),
        b"--b\r\nContent-Disposition: form-data; " + b"x" * 9_000 + b"\r\n\r\n",
        b"--b\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(50)) + b"\r\n",
    ):
        assert await post(claimant, body + parts(claimant, pdf()), "multipart/form-data; boundary=b") == 422
    assert await kept(sqlite_world) == []


async def test_only_where_files_are_expected_may_a_body_be_large(sqlite_world: World) -> None:
    claimant = await answered(sqlite_world)
    large = b"a=" + b"b" * 200_000
    form = "application/x-www-form-urlencoded"
    base = claimant.page.url.path.removesuffix("/documents")
    for path in (f"{base}/documents", f"{base}/reason", "/recovery", f"{base}/upload/", f"{base}//upload"):
        headers = {"origin": ISSUER, "content-type": form}
        refused = await claimant.browser.http.post(path, content=large, headers=headers)
        assert refused.status_code in (400, 413), path


async def test_a_file_needs_the_pages_own_token_and_its_browser(sqlite_world: World) -> None:
    claimant = await answered(sqlite_world)
    body = parts(claimant, pdf())
    forged = body.replace(b'name="csrf_token"', b'name="other"')
    assert await post(claimant, forged, "multipart/form-data; boundary=b") == 403
    stranger = sqlite_world.browser()
    await stranger.get("/recovery")
    [(case_id,)] = await sqlite_world.rows("SELECT case_id FROM recovery_case")
    headers = {"origin": ISSUER, "content-type": "multipart/form-data; boundary=b"}
    away = await stranger.http.post(f"/recovery/{case_id}/upload", content=body, headers=headers)
    assert away.status_code == 303
    assert away.headers["location"] == "/recovery"
    assert await kept(sqlite_world) == []


async def test_a_case_holds_so_many_documents_and_no_more(world: World) -> None:
    claimant = await answered(world)
    for _ in range(world.house.settings.recovery.documents):
        await claimant.add("identity", png())
    await claimant.add("identity", png())
    assert claimant.page.status_code == 422
    assert len(await kept(world)) == world.house.settings.recovery.documents


async def test_files_that_come_at_once_are_all_kept_or_refused(world: World) -> None:
    claimant = await answered(world)
    await asyncio.gather(*(_beside(claimant, pdf()) for _ in range(5)))
    versions = await world.rows("SELECT COUNT(*) FROM case_document")
    entries = await world.rows("SELECT COUNT(*) FROM case_entry WHERE what = 'document'")
    assert versions == entries
    assert versions[0][0] >= 1


async def test_files_that_come_at_once_are_no_more_than_a_case_holds(world: World) -> None:
    claimant = await answered(world)
    most = world.house.settings.recovery.documents
    for _ in range(most - 1):
        await claimant.add("identity", png())
    await asyncio.gather(*(_beside(claimant, pdf()) for _ in range(30)))
    assert len(await kept(world)) == most


async def _beside(claimant: Claimant, content: bytes) -> None:
    action, hidden = forms_of(claimant.page)["document-identity"]
    await claimant.browser.http.post(
        action, data=hidden, files={"file": ("a.pdf", content, "application/pdf")}, headers={"origin": ISSUER}
    )


async def test_a_closed_case_takes_nothing_more(world: World) -> None:
    _, [mail] = await sent(world)
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    link = status_link(mail)
    browser = world.browser()
    page = await browser.get(f"{link}/documents")
    assert "document-identity" in page.text
    await _close(world, case_id)
    visitor = Claimant(world=world, browser=browser, page=page)
    await visitor.add("other", pdf())
    assert visitor.page.url.path == link
    assert "can’t do what you asked for" in visitor.page.text
    assert len(await kept(world)) == 2


async def _close(world: World, case_id: str) -> None:
    [(version,)] = await world.rows("SELECT version FROM recovery_case")
    refuse = REFUSE_CASE.effect(of_case=case_id, seen_version=version, now=world.clock.at)
    assert await world.house.database.apply([refuse])


async def test_the_operator_says_how_large_a_file_may_be(sqlite_url: str, tmp_path: Path) -> None:
    settings = with_settings(settings_for(sqlite_url, tmp_path), recovery=Recovery(document_bytes=65_536))
    async with open_world(settings) as world:
        claimant = await answered(world)
        await claimant.add("identity", pdf(body=b"%" + b" " * 65_536 + b"\n"))
        assert "It may have 1 MB" in claimant.page.text
        assert await kept(world) == []
