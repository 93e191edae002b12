"""What a stranger's eye finds on a page in a browser."""

from importlib.resources import files
from typing import Any

from playwright.async_api import Page

_AXE = files("axe_playwright_python").joinpath("axe.min.js")
# WCAG 2.2 AA, and what axe's authors hold for good practice besides.
_VIOLATIONS = """
async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { passes, violations } = await axe.run({ runOnly, resultTypes: ["violations"] });
  return [passes.length, violations.map((each) => [each.id, each.nodes.map((node) => node.html)])];
}
"""
# The colours of each text and of what lies behind it.
_INKS = """
() => {
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const ground = getComputedStyle(element).backgroundColor;
      if (ground !== "rgba(0, 0, 0, 0)") return ground;
    }
  };
  const pairs = new Set();
  for (const element of document.querySelectorAll("body, body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (text && element.checkVisibility())
      pairs.add(getComputedStyle(element).color + " on " + behind(element));
  }
  return [...pairs];
}
"""
# What can be pressed, and is smaller than a thumb; a box stands for its label too.
_SMALL = """
() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")]
  .filter((element) => element.checkVisibility() && !element.matches(".skip, h2 a, p a"))
  .map((element) => ["checkbox", "radio"].includes(element.type) ? element.parentElement : element)
  .filter((element) => element.getBoundingClientRect().height < 43.9)
  .map((element) => element.outerHTML)
"""
# What holds more than its box shows: a word that leaves its button, or is cut. A long name in the menu may be.
_CUT = """
() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && getComputedStyle(element).clipPath === "none")
  .filter((element) => getComputedStyle(element).overflowX !== "visible" ||
    element.matches("a, button, summary, label, legend, h1, h2, h3, p, li, dd, dt, .badge, .notice, .summary"))
  .filter((element) => !element.matches("input, select, textarea, svg, .who, .places ul"))
  .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.outerHTML)
"""


async def open_everything(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")


async def violations(page: Page) -> list[Any]:
    """What axe-core finds, with everything unfolded."""
    await open_everything(page)
    await page.evaluate(_AXE.read_text())
    passes, found = await page.evaluate(_VIOLATIONS)
    assert passes
    return list(found)


async def colours(page: Page) -> list[str]:
    """Pairs of a text's colour and its ground's, as "rgb(…) on rgb(…)"."""
    return list(await page.evaluate(_INKS))


async def small_targets(page: Page) -> list[str]:
    return list(await page.evaluate(_SMALL))


async def cut_texts(page: Page) -> list[str]:
    return list(await page.evaluate(_CUT))


async def width(page: Page) -> int:
    """How wide the page is: more than its window where it scrolls sideways."""
    return int(await page.evaluate("document.documentElement.scrollWidth"))
