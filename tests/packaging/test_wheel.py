"""What an operator installs: the wheel, in an environment that holds nothing else than the locked dependencies."""

import http.client
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.processes import ROOT, free_port, running

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built without network from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that had nothing in it before."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    pip = (*PIP, "--python", folder / "bin" / "python", "install")
    run(
        *pip,
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--requirement",
        ROOT / "requirements" / "serve.txt",
    )
    run(*pip, "--no-deps", "--no-index", wheel)
    return folder / "bin"


def test_wheel_carries_templates_and_migrations_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = {f"idp/{path}" for path in tracked("templates")}
    code = set(tracked("idp"))
    assert {"locale", "pages", "static"} <= {path.split("/")[2] for path in templates}
    assert any(path.startswith("idp/store/migrations/versions/") for path in code)
    assert templates | code <= names
    assert {name.split("/")[0] for name in names - templates - code} <= {
        "idp",
        f"{wheel.name.rsplit('-', 3)[0]}.dist-info",
    }


def test_installed_wheel_serves(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "idp.toml"
    config.write_text(
        f'issuer = "http://localhost:{port}"\n'
        f"[server]\nport = {port}\n"
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.db"\n'
        f'[keys]\ndirectory = "{tmp_path}/keys"\n'
    )
    run(installed / "idp", "db", "upgrade", "--config", config, cwd=tmp_path)
    command = (installed / "idp", "serve", "--config", config)
    with running(command, ready=(port, "/readyz"), cwd=tmp_path) as server:
        assert get(port, "/.well-known/openid-configuration") == (200, "application/json")
        assert get(port, "/jwks")[0] == 200
        status, media_type, page = answer(port, "/authorize")
        assert (status, media_type) == (400, "text/html")
        stylesheet = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert stylesheet is not None
        assert get(port, stylesheet[1]) == (200, "text/css")
        assert server.stop() == 0


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command to its end. Raises AssertionError with what it said."""
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def tracked(folder: str) -> list[str]:
    """The files of this checkout that git knows, so that leftovers don't count."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [path for path in listed.split("\0") if (ROOT / path).is_file()]


def get(port: int, path: str) -> tuple[int, str]:
    """Status and media type of an answer."""
    return answer(port, path)[:2]


def answer(port: int, path: str) -> tuple[int, str, str]:
    """Status, media type and body of an answer, as a browser gets it."""
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path, headers={"accept": "text/html"})
        response = connection.getresponse()
        return response.status, response.headers.get_content_type(), response.read().decode()
    finally:
        connection.close()
