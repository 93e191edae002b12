"""The programs that tests need and Python packages don't carry: where they are, and what Debian calls them."""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Servers live outside the PATH of people who are not root; Debian and Homebrew keep PostgreSQL's off every PATH.
_BESIDE_THE_PATH = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    "/usr/lib/apache2/modules",
    "/usr/libexec/apache2",
    "/usr/lib/*-linux-gnu",
    "/usr/lib64",
    "/Applications/Chromium.app/Contents/MacOS",
    "/Applications/Google Chrome.app/Contents/MacOS",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Something to run. `files` are the names that it goes by; any of them will do.

    `substitutes` do as well and cost more: they serve where Debian's package can't be had.
    """

    title: str
    package: str
    files: tuple[str, ...]
    substitutes: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """Where it is, newest version first, or None."""
        return _find(self.files) or _find(self.substitutes)

    @property
    def is_itself(self) -> bool:
        """Whether it is here, and not merely a substitute."""
        return _find(self.files) is not None

    def get(self) -> Path:
        """Where it is. Raises `MissingProgram`."""
        if found := self.find():
            return found
        raise MissingProgram([self])


class MissingProgram(Exception):
    """Names what to install."""

    def __init__(self, programs: Iterable[Program]) -> None:
        programs = list(programs)
        titles = ", ".join(program.title for program in programs)
        packages = " ".join(sorted({program.package for program in programs}))
        super().__init__(
            f"not on this machine: {titles}. Install it (on Debian, as root: apt-get install {packages}),"
            " or put it on the PATH."
        )


def _find(files: tuple[str, ...]) -> Path | None:
    for file in files:
        if on_path := shutil.which(file):
            return Path(on_path)
    for folder in _folders():
        for file in files:
            if (folder / file).is_file():
                return folder / file
    return None


def _folders() -> list[Path]:
    """The folders that exist; of several versions the newest first."""
    return [
        folder
        for pattern in _BESIDE_THE_PATH
        for folder in sorted(Path("/").glob(pattern.removeprefix("/")), key=_version, reverse=True)
    ]


def _version(folder: Path) -> tuple[int, str]:
    digits = "".join(character for character in str(folder) if character.isdigit())
    return int(digits or 0), str(folder)


POSTGRESQL = Program(title="the PostgreSQL server", package="postgresql", files=("initdb",))
# The whole browser, without a screen, draws its own windows, menus and tabs besides: 2.5 times the processor's work.
CHROMIUM = Program(
    title="Chromium",
    package="chromium-headless-shell",
    files=("chromium-headless-shell", "chrome-headless-shell"),
    substitutes=(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "Chromium",
        "Google Chrome",
    ),
)
FIREFOX = Program(title="Firefox", package="firefox-esr", files=("firefox-esr", "firefox"))
NGINX = Program(title="nginx", package="nginx", files=("nginx",))
APACHE = Program(title="the Apache HTTP server", package="apache2", files=("apache2", "httpd"))
MOD_AUTH_OPENIDC = Program(
    title="mod_auth_openidc", package="libapache2-mod-auth-openidc", files=("mod_auth_openidc.so",)
)
NODE = Program(title="Node.js", package="nodejs", files=("node",))
NPM = Program(title="npm", package="npm", files=("npm",))
GO = Program(title="Go", package="golang-go", files=("go",))
OIDC_AGENT = Program(title="oidc-agent", package="oidc-agent-cli", files=("oidc-agent",))

LIBATOMIC = Program(title="libatomic", package="libatomic1", files=("libatomic.so.1",))

# Playwright brings a Node.js of its own, which wants this library on Linux.
_BROWSER = (CHROMIUM, LIBATOMIC) if sys.platform == "linux" else (CHROMIUM,)

NEEDED_BY = {
    "test": (POSTGRESQL, *_BROWSER),
    "interop": (POSTGRESQL, *_BROWSER, FIREFOX, NGINX, APACHE, MOD_AUTH_OPENIDC, NODE, NPM, GO, OIDC_AGENT),
    "bench": (POSTGRESQL,),
}
