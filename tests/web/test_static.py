"""Style, scripts and pictures: found at addresses that never change their content, and nowhere else."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.web.static import StaticAssets, read_files

STYLE = b"body{color:#000}"


@pytest.fixture
def assets() -> StaticAssets:
    return StaticAssets({"css/page.css": STYLE, "brand/icon.svg": b"<svg/>"})


@pytest.fixture
def client(assets: StaticAssets) -> TestClient:
    return TestClient(Starlette(routes=[Route("/static/{path:path}", assets)]))


def test_an_address_is_good_for_ever(assets: StaticAssets, client: TestClient) -> None:
    response = client.get(assets.url("css/page.css"))
    assert response.content == STYLE
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_address_changes_with_the_content(assets: StaticAssets) -> None:
    changed = StaticAssets({"css/page.css": STYLE + b" "})
    assert changed.url("css/page.css") != assets.url("css/page.css")


def test_another_releases_address_is_answered_but_never_kept(client: TestClient) -> None:
    response = client.get("/static/0123456789abcdef/css/page.css")
    assert (response.content, response.headers["cache-control"]) == (STYLE, "no-cache")


def test_an_unchanged_file_is_not_sent_again(assets: StaticAssets, client: TestClient) -> None:
    url = assets.url("css/page.css")
    etag = client.get(url).headers["etag"]
    response = client.get(url, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)


def test_a_picture_opened_by_itself_runs_nothing(assets: StaticAssets, client: TestClient) -> None:
    response = client.get(assets.url("brand/icon.svg"))
    assert response.headers["content-type"] == "image/svg+xml"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/x",
        "/static/x/css/none.css",
        "/static/x/../../pyproject.toml",
        "/static/x/..%2f..%2fpyproject.toml",
        "/static/x/%2e%2e/css/page.css",
        "/static/x//etc/passwd",
        "/static/x/css/page.css%00.svg",
        "/static/x/" + "a" * 5_000,
    ],
)
def test_nothing_else_can_be_reached(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_only_reading_is_allowed(assets: StaticAssets, client: TestClient) -> None:
    response = client.post(assets.url("css/page.css"))
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert client.head(assets.url("css/page.css")).status_code == 200


def test_a_type_that_browsers_would_guess_refuses_the_start() -> None:
    with pytest.raises(ValueError, match=r"'notes\.html': only"):
        StaticAssets({"notes.html": b""})


def test_an_address_of_a_missing_file_fails_at_once(assets: StaticAssets) -> None:
    with pytest.raises(KeyError):
        assets.url("css/none.css")


def test_the_first_folder_wins(tmp_path: Path) -> None:
    for folder, content in (("brand", "theirs"), ("ours", "ours")):
        (tmp_path / folder / "css").mkdir(parents=True)
        (tmp_path / folder / "css" / "page.css").write_text(content)
    (tmp_path / "ours" / "more.css").write_text("more")
    files = read_files([tmp_path / "brand", tmp_path / "ours"])
    assert files == {"css/page.css": b"theirs", "more.css": b"more"}
