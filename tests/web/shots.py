"""Pictures of every page, for looking at: `python -m tests.web.shots FOLDER [NAME…]`, or `make shots`.

Each in every language, light and dark, on a phone and a desktop; and a contact sheet of each page, `sheet-NAME.png`,
on which all of its pictures stand side by side.
"""

import asyncio
import sys
from html import escape
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright
from starlette.testclient import TestClient

from tests.support.browser import FLAGS
from tests.support.programs import CHROMIUM
from tests.web.samples import EVERY_PAGE, SETTINGS, answer_from, sample_application

Theme = Literal["light", "dark"]

_WIDTHS = {"phone": 390, "desktop": 1280}
_THEMES: tuple[Theme, ...] = ("light", "dark")
# On the sheet, pictures of a device are so wide.
_SHEET_WIDTHS = {"phone": 195, "desktop": 400}
_GROUND = "#8a8f98"


async def take_pictures(folder: Path, names: list[str]) -> None:
    if unknown := sorted(set(names) - set(EVERY_PAGE)):
        sys.exit(f"no page is called {', '.join(unknown)}; there are {', '.join(EVERY_PAGE)}")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = names or list(EVERY_PAGE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.get(), args=list(FLAGS))
        for device, theme in product(_WIDTHS, _THEMES):
            await _take(browser, folder, wanted, device, theme)
        for name in wanted:
            await _put_together(browser, folder, name)
        await browser.close()


async def _take(browser: Browser, folder: Path, names: list[str], device: str, theme: Theme) -> None:
    context = await browser.new_context(
        color_scheme=theme, viewport={"width": _WIDTHS[device], "height": 800}
    )
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        page = await context.new_page()
        for name, language in product(names, SETTINGS.language.offered):
            await page.goto(f"http://localhost/{name}?language={language}")
            await page.screenshot(path=_picture(folder, name, language, theme, device), full_page=True)
    await context.close()


async def _put_together(browser: Browser, folder: Path, name: str) -> None:
    """A row for each language, a picture for each theme and device."""
    rows = ""
    for language in SETTINGS.language.offered:
        rows += "<tr>"
        for device, theme in product(_WIDTHS, _THEMES):
            source = _picture(folder, name, language, theme, device).as_uri()
            rows += f'<td><img width="{_SHEET_WIDTHS[device]}" src="{source}">'
    html = folder / f"sheet-{name}.html"
    html.write_text(f'<body style="background:{_GROUND}"><h1>{escape(name)}</h1><table>{rows}</table>')
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(html.absolute().as_uri())
    await page.screenshot(path=folder / f"sheet-{name}.png", full_page=True)
    await page.close()


def _picture(folder: Path, name: str, language: str, theme: Theme, device: str) -> Path:
    return (folder / f"{name}-{language}-{theme}-{device}.png").absolute()


if __name__ == "__main__":
    asyncio.run(take_pictures(Path(sys.argv[1]), sys.argv[2:]))
