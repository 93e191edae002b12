"""What a brand may change: the accent, the logo, the templates. Contrast follows WCAG 2.2 §1.4.3."""

import re
from collections.abc import Mapping
from pathlib import Path

from idp.config.settings import Brand

ENOUGH_CONTRAST = 4.5
_BLACK, _WHITE = "#0b0d12", "#ffffff"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PROPERTY = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")


def palettes(style: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours that the stylesheet declares for the light and the dark theme."""
    light, _, dark = style.partition("prefers-color-scheme: dark")
    return dict(_PROPERTY.findall(light)), dict(_PROPERTY.findall(dark))


def branded(style: str, brand: Brand) -> str:
    """`style` with the brand's accent. Raises ValueError, naming key and fix, for an accent that cannot be read."""
    light, dark = palettes(style)
    themes = [("accent", brand.accent, light), ("accent_dark", brand.accent_dark, dark)]
    problems = [problem for key, accent, colours in themes if (problem := _problem(key, accent, colours))]
    if problems:
        raise ValueError("; ".join(problems))
    return (
        f"{style}\n:root {{ {_declared(brand.accent)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_declared(brand.accent_dark)} }} }}\n"
    )


def logo_file(brand: Brand) -> dict[str, bytes]:
    """The brand's logo as a static file, or nothing. Raises ValueError when the file is missing or of another kind."""
    if not brand.logo:
        return {}
    path = Path(brand.logo)
    if path.suffix not in (".svg", ".png") or not path.is_file():
        raise ValueError(f"brand.logo: {brand.logo!r} is not an SVG or PNG file; give the path of one")
    return {f"brand/logo{path.suffix}": path.read_bytes()}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _problem(key: str, accent: str, colours: Mapping[str, str]) -> str | None:
    if not _COLOUR.fullmatch(accent):
        return f"brand.{key}: {accent!r} is not a colour; write it as #rrggbb"
    least = min(contrast(accent, colours["ground"]), contrast(accent, colours["surface"]))
    if least >= ENOUGH_CONTRAST:
        return None
    towards = "lighter" if key == "accent_dark" else "darker"
    return f"brand.{key}: {accent} has a contrast of {least:.1f} to our pages, not {ENOUGH_CONTRAST}; take a {towards} one"


def _declared(accent: str) -> str:
    on_accent = max((_WHITE, _BLACK), key=lambda ink: contrast(accent, ink))
    return f"--accent: {accent}; --on-accent: {on_accent};"


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
