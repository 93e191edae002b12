"""Pictures of every page, for looking at: `python -m tests.web.shots FOLDER [NAME…]`.

Each in French and English, light and dark, on a phone and a desktop.
"""

import asyncio
import sys
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright
from starlette.testclient import TestClient

from tests.support.browser import FLAGS
from tests.support.programs import CHROMIUM
from tests.web.samples import SAMPLES, answer_from, sample_application

_WIDTHS = {"phone": 360, "desktop": 1280}


async def take_pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.get(), args=list(FLAGS))
        for device in _WIDTHS:
            await _take(browser, folder, names or list(SAMPLES), device, "light")
            await _take(browser, folder, names or list(SAMPLES), device, "dark")
        await browser.close()


async def _take(
    browser: Browser, folder: Path, names: list[str], device: str, scheme: Literal["light", "dark"]
) -> None:
    context = await browser.new_context(
        color_scheme=scheme, viewport={"width": _WIDTHS[device], "height": 800}
    )
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        page = await context.new_page()
        for name in names:
            for language in ("fr", "en"):
                await page.goto(f"http://localhost/{name}?language={language}")
                path = folder / f"{name}-{language}-{scheme}-{device}.png"
                await page.screenshot(path=path, full_page=True)
    await context.close()


if __name__ == "__main__":
    asyncio.run(take_pictures(Path(sys.argv[1]), sys.argv[2:]))
