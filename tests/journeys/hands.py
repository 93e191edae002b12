"""What people use a page with: a pointer, or the keyboard alone. A journey is written once, and goes by either hand.

Every control is named by a selector that fits it alone. `press` waits for where a link or button leads, through all
redirects; `touch` doesn't: it is for what changes the page itself. `choose` takes a radio button, `select` an option of
a list by its words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playwright.async_api import Locator, Page

from tests.support.waiting import until

_LONGEST_WAY = 100
_HAS_FOCUS = "target => document.activeElement === target"
_IS_BEHIND = """target => document.activeElement !== document.body
  && Boolean(document.activeElement.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING)"""
_IS_IN_ITS_GROUP = """radio => document.activeElement.type === "radio"
  && document.activeElement.name === radio.name && document.activeElement.form === radio.form"""
# The ring of house: three pixels around what has the focus, and on the screen.
_SHOWS_FOCUS = """target => {
  const style = getComputedStyle(target), box = target.getBoundingClientRect();
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 3
    && box.bottom > 0 && box.top < innerHeight && box.width > 0;
}"""
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


class Hand(Protocol):
    """What a traveller does to a page."""

    async def press(self, page: Page, control: str) -> None: ...
    async def touch(self, page: Page, control: str) -> None: ...
    async def fill(self, page: Page, field: str, text: str) -> None: ...
    async def tick(self, page: Page, box: str) -> None: ...
    async def choose(self, page: Page, radio: str) -> None: ...
    async def select(self, page: Page, field: str, option: str) -> None: ...
    async def upload(self, page: Page, field: str, *files: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class Pointer:
    """A mouse or a finger, beside a keyboard to type with."""

    async def press(self, page: Page, control: str) -> None:
        async with page.expect_navigation():
            await page.click(control)

    async def touch(self, page: Page, control: str) -> None:
        await page.click(control)

    async def fill(self, page: Page, field: str, text: str) -> None:
        await page.fill(field, text)

    async def tick(self, page: Page, box: str) -> None:
        await page.check(box)

    async def choose(self, page: Page, radio: str) -> None:
        await page.check(radio)

    async def select(self, page: Page, field: str, option: str) -> None:
        await page.select_option(field, label=option)

    async def upload(self, page: Page, field: str, *files: Path) -> None:
        async with page.expect_file_chooser() as choosing:
            await page.click(field)
        await (await choosing.value).set_files(_names(files))


@dataclass(frozen=True, slots=True)
class Keys:
    """The keyboard alone. Whatever is used has been reached by Tab from where the page put the focus, and shows it."""

    async def press(self, page: Page, control: str) -> None:
        await _reach(page, control)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")

    async def touch(self, page: Page, control: str) -> None:
        await _reach(page, control)
        await page.keyboard.press("Enter")

    async def fill(self, page: Page, field: str, text: str) -> None:
        target = await _reach(page, field)
        if await target.input_value():
            await page.keyboard.press("Control+A")
            await page.keyboard.press("Delete")
        await page.keyboard.type(text)

    async def tick(self, page: Page, box: str) -> None:
        target = await _reach(page, box)
        if not await target.is_checked():
            await page.keyboard.press("Space")
        assert await target.is_checked(), f"Space ticks nothing: {box} at {page.url}"

    async def choose(self, page: Page, radio: str) -> None:
        target = page.locator(radio)
        await _tab(page, target, until=_IS_IN_ITS_GROUP)
        # Tab visits a group once; inside it the arrows move, and choose on the way.
        for _ in range(await page.locator("input[type=radio]").count()):
            if await target.evaluate(_HAS_FOCUS):
                break
            await page.keyboard.press("ArrowDown")
        if not await target.is_checked():
            await page.keyboard.press("Space")
        assert await target.is_checked(), f"no key chooses {radio} at {page.url}"

    async def select(self, page: Page, field: str, option: str) -> None:
        target = await _reach(page, field)
        await page.keyboard.type(option)
        chosen = await target.evaluate("list => list.selectedOptions[0].label")
        assert chosen == option, f"typing {option} chooses {chosen} at {page.url}"

    async def upload(self, page: Page, field: str, *files: Path) -> None:
        # Listening begins before the way there: a dialog that opens in the same instant would be nobody's.
        async with page.expect_file_chooser() as choosing:
            await _reach(page, field)
            await page.keyboard.press("Enter")
        await (await choosing.value).set_files(_names(files))


async def _reach(page: Page, control: str) -> Locator:
    """Put the focus on a control, which then shows it. People who enlarge a page scroll it downwards alone."""
    target = page.locator(control)
    assert await page.evaluate(_FITS), f"wider than the screen: {page.url}"
    await _tab(page, target, until=_HAS_FOCUS)
    # What gets the focus below the window's edge is scrolled to a moment later.
    await until(lambda: target.evaluate(_SHOWS_FOCUS), what=f"the focus to show on {control} at {page.url}")
    return target


async def _tab(page: Page, target: Locator, *, until: str) -> None:
    """Forwards, or back where people see that they have passed it."""
    key = "Shift+Tab" if await target.evaluate(_IS_BEHIND) else "Tab"
    for _ in range(_LONGEST_WAY):
        if await target.evaluate(until):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"no way to {target} by keyboard at {page.url}")


def _names(files: Sequence[Path]) -> list[str | Path]:
    return list(files)
