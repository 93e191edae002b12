"""Colours that people can read, and what a brand changes."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from idp.config.contrast import contrast
from idp.config.settings import Brand
from idp.web.pages import Pages, template_folders
from tests.web.markup import Markup, page_with
from tests.web.samples import SETTINGS, FixedEntropy, sample_application

STYLE = (template_folders()[0] / "static/css/idp.css").read_text()


def palettes() -> dict[str, dict[str, str]]:
    light, _, dark = STYLE.partition("prefers-color-scheme: dark")
    colour = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")
    return {"light": dict(colour.findall(light)), "dark": dict(colour.findall(dark))}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ten_colours_can_be_read(theme: str) -> None:
    colours = palettes()[theme]
    assert len(colours) == 10
    for ground in ("ground", "surface"):
        for ink in ("text", "quiet", "accent", "good", "warning", "bad"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, f"{ink} on {ground}"
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_colours_come_from_the_ten_alone() -> None:
    rules = re.sub(r"--[a-z-]+:[^;]+;", "", STYLE)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb|hsl|oklch", rules) == []


def test_a_brand_brings_accent_logo_and_templates(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "mine" / "pages").mkdir(parents=True)
    (tmp_path / "mine" / "pages" / "busy.html").write_text(
        '{% extends "layout.html" %}{% block title %}{% endblock %}{% block main %}<h1>Ours</h1>{% endblock %}'
    )
    brand = Brand(
        name="Acme", accent="#8a1c00", logo=str(tmp_path / "logo.svg"), templates=str(tmp_path / "mine")
    )
    settings = replace(SETTINGS, brand=brand)
    page = page_with("busy.html", settings=settings)
    assert "<h1>Ours</h1>" in page
    assert re.search(r'<img class="logo" src="/static/[0-9a-f]{16}/brand/logo.svg" alt="Acme">', page)
    client = TestClient(sample_application(settings))
    style = client.get(Markup(client.get("/login").text).all("link")[1]["href"]).text
    assert ":root { --accent: #8a1c00; --on-accent: #ffffff; }" in style
    assert ":root { --accent: #9db7ff; --on-accent: #0b0d12; }" in style


def test_a_brand_without_logo_shows_its_name() -> None:
    html = page_with("busy.html", settings=replace(SETTINGS, brand=Brand(name="A & B")), retry_seconds=5)
    assert '<span class="logo name">A &amp; B</span>' in html


@pytest.mark.parametrize(
    ("brand", "words"),
    [(Brand(logo="/nowhere/logo.svg"), r"brand\.logo"), (Brand(templates="/nowhere"), r"brand\.templates")],
)
def test_a_missing_file_of_the_brand_refuses_the_start(brand: Brand, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Pages(replace(SETTINGS, brand=brand), entropy=FixedEntropy())
