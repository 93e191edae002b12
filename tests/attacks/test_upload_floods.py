"""Files that come in numbers or slowly: they fill neither the memory of a process nor the disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from idp.config.settings import Recovery
from tests.attacks.test_uploads import kept, parts, post
from tests.portal.pressing import forms_of
from tests.portal.recovering import answered
from tests.support.papers import pdf
from tests.support.world import ISSUER, World, open_world, settings_for, with_settings


async def test_files_that_come_slowly_fill_no_more_than_a_networks_share_of_the_memory(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = with_settings(settings_for(sqlite_url, tmp_path), recovery=Recovery(document_bytes=65_536))
    async with open_world(settings) as world:
        claimant = await answered(world)
        body = parts(claimant, pdf(body=b"%" + b" " * 60_000 + b"\n"))
        action, _ = forms_of(claimant.page)["document-identity"]
        headers = {"origin": ISSUER, "content-type": "multipart/form-data; boundary=b"}
        has_arrived, is_over = [asyncio.Event(), asyncio.Event()], asyncio.Event()

        async def slowly(arrived: asyncio.Event) -> AsyncIterator[bytes]:
            yield body[:-10]
            arrived.set()
            await is_over.wait()
            yield body[-10:]

        slow = [
            asyncio.create_task(claimant.browser.http.post(action, content=slowly(one), headers=headers))
            for one in has_arrived
        ]
        await asyncio.gather(*(one.wait() for one in has_arrived))
        refused = await claimant.browser.http.post(action, content=body, headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
        assert "Many people are sending files at this moment" in refused.text
        elsewhere = await answered(world, to="b@example.test", address="198.51.100.9")
        await elsewhere.add("identity", pdf(body=b"%" + b" " * 60_000 + b"\n"))
        assert len(await kept(world)) == 1
        is_over.set()
        assert [answer.status_code for answer in await asyncio.gather(*slow)] == [303, 303]
        assert await post(claimant, body, headers["content-type"]) == 200
        assert len(await kept(world)) == 4


async def test_one_network_fills_the_disk_slowly_and_nobody_elses_share(sqlite_world: World) -> None:
    """A file may be any size up to the largest, and is kept whoever sent it."""
    most = sqlite_world.house.settings.recovery.documents
    for number in range(3):
        claimant = await answered(sqlite_world, to=f"{number}@new.example.test")
        for _ in range(most):
            await claimant.add("identity", pdf())
    assert len(await kept(sqlite_world)) == 3 * most
    claimant = await answered(sqlite_world, to="d@new.example.test")
    for wait in (1, 2, 4, 8):
        sqlite_world.clock.pass_(wait)
        await claimant.add("identity", pdf())
        assert claimant.page.status_code == 200
        await claimant.add("identity", pdf())
        assert claimant.page.status_code == 429
        assert "That was often" in claimant.page.text
    elsewhere = await answered(sqlite_world, to="e@new.example.test", address="198.51.100.9")
    await elsewhere.add("identity", pdf())
    assert elsewhere.page.status_code == 200
