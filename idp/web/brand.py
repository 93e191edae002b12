"""What a brand may change in the static files: accent and logo.

`config` has checked the colours before; here they enter the stylesheet. Other brands (`brands`) have a stylesheet and a
logo each, made at the start; which one a browser sees is `config/subsidiaries.py`'s. Templates that a brand overrides
belong to `web/pages.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from idp.config.contrast import contrast
from idp.config.settings import Brand

STYLE = "css/idp.css"

_INKS = ("#ffffff", "#0b0d12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """A brand as pages show it: names of static files, `logo` empty for the wordmark."""

    brand: Brand
    style: str
    logo: str


def dresses(brands: Mapping[str, Brand], files: dict[str, bytes]) -> Mapping[str, Dress]:
    """Each brand by its key, the main one's empty. Adds what they need to `files`. Raises ValueError for a logo that
    isn't there.
    """
    style = files[STYLE].decode()
    found = {}
    for key, brand in brands.items():
        name = f"css/idp-{key}.css" if key else STYLE
        files[name] = branded(style, brand).encode()
        logo = logo_file(brand, key)
        files.update(logo)
        found[key] = Dress(brand=brand, style=name, logo=next(iter(logo), ""))
    return found


def branded(style: str, brand: Brand) -> str:
    """`style` with the brand's accent in both themes, and on it whichever ink reads better."""
    return (
        f"{style}\n:root {{ {_declared(brand.accent)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_declared(brand.accent_dark)} }} }}\n"
    )


def logo_file(brand: Brand, key: str = "") -> dict[str, bytes]:
    """The brand's logo as a static file, or nothing. Raises ValueError when it cannot be read."""
    if not brand.logo:
        return {}
    path = Path(brand.logo)
    if not path.is_file():
        where = f"brands ({key})" if key else "brand"
        raise ValueError(
            f"{where}.logo: there is no file {brand.logo!r}; give the path of an SVG or PNG file"
        )
    return {f"brand/{key or 'logo'}{path.suffix}": path.read_bytes()}


def ink_on(accent: str) -> str:
    """Whichever ink reads better on `accent`."""
    return max(_INKS, key=lambda ink: contrast(accent, ink))


def _declared(accent: str) -> str:
    return f"--accent: {accent}; --on-accent: {ink_on(accent)};"
