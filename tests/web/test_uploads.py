"""Which addresses take files: exactly those, with exactly these methods."""

import pytest

from idp.web.uploads import takes_files

CASE, LINK = "0" * 32, "A" * 64


@pytest.mark.parametrize("path", [f"/recovery/{CASE}/upload", f"/case/{LINK}/upload"])
def test_files_are_taken_where_the_form_and_the_link_take_them(path: str) -> None:
    assert takes_files("POST", path)
    assert not takes_files("GET", path)
    assert not takes_files("PUT", path)


@pytest.mark.parametrize(
    "path",
    [
        "/upload",
        "/token",
        f"/recovery/{CASE}/documents",
        f"/recovery/{CASE}/upload/",
        f"/recovery/{CASE}/upload\n",
        f"/recovery/{CASE[1:]}/upload",
        f"/recovery/{CASE}a/upload",
        f"/x/recovery/{CASE}/upload",
        f"/case/{LINK}",
        f"/case/{LINK}a/upload",
        f"/case/{CASE}/upload",
    ],
)
def test_nowhere_else(path: str) -> None:
    assert not takes_files("POST", path)
