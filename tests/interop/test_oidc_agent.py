"""oidc-agent, which gives tokens to programs on a command line: it signs in as a device, and refreshes by itself."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from idp.oauth.grants.device_code import GRANT_TYPE
from tests.interop.parties import register
from tests.interop.person import press, sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import running
from tests.support.programs import OIDC_AGENT
from tests.support.waiting import until

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email offline_access"
_CODE = re.compile(r"enter the code: ([A-Z]{4}-[A-Z]{4})")


async def test_a_command_line_gets_tokens_that_its_owner_allowed_in_a_browser(
    demo: Demo, page: Page, tmp_path: Path
) -> None:
    client = register(
        *(demo, "oidc-agent"), grant_types=[GRANT_TYPE, "refresh_token"], response_types=[], scope=_SCOPE
    )
    with (
        agent(tmp_path) as environment,
        asking(demo, client["client_secret"], environment, tmp_path) as asked,
    ):
        code = await until(lambda: _code(asked), what="a code on the command line")
        await page.goto(f"{demo.addresses.issuer}/device?user_code={code}")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#device-code [name=action][value=continue]")
        await press(page, "#device-approve [name=action][value=allow]")
        await until(lambda: _is_done(asked), what="the end of oidc-gen")

        first, second = _token(environment), _token(environment, "--force-new")

    assert first != second
    async with httpx2.AsyncClient() as http:
        for token in (first, second):
            found = await http.get(
                f"{demo.addresses.issuer}/userinfo", headers={"authorization": f"Bearer {token}"}
            )
            assert found.json()["email"] == _CAROL


@contextmanager
def agent(folder: Path) -> Iterator[Mapping[str, str]]:
    """The agent, with a home of its own; the environment that its commands find it by."""
    socket, home = folder / "agent", folder / "home"
    (home / ".config").mkdir(parents=True)
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "OIDC_SOCK": str(socket),
        "OIDC_ENCRYPTION_PW": "of a test",
    }
    command: list[str | Path] = [OIDC_AGENT.get(), "--console", f"--socket-path={socket}"]
    with running(command, ready=socket.exists, environment=environment):
        yield environment


class Asking:
    """`oidc-gen`, which waits until somebody has allowed it, and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process = process
        self.said = said


@contextmanager
def asking(demo: Demo, secret: str, environment: Mapping[str, str], folder: Path) -> Iterator[Asking]:
    said = folder / "said"
    command = [
        *("oidc-gen", "--flow=device", "--client-id=oidc-agent", f"--client-secret={secret}"),
        *(f"--issuer={demo.addresses.issuer}/", f"--scope={_SCOPE}", "--pw-env=OIDC_ENCRYPTION_PW"),
        *("--prompt=none", "--confirm-default", "--no-url-call", "demo"),
    ]
    with (
        said.open("wb") as output,
        subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield Asking(process, said)
        finally:
            process.kill()


async def _code(asked: Asking) -> str:
    found = _CODE.search(asked.said.read_text(errors="replace"))
    assert asked.process.poll() is None or found, asked.said.read_text(errors="replace")
    return found[1] if found else ""


async def _is_done(asked: Asking) -> bool:
    if asked.process.poll() is None:
        return False
    assert asked.process.returncode == 0, asked.said.read_text(errors="replace")
    return True


def _token(environment: Mapping[str, str], *options: str) -> str:
    done = subprocess.run(
        ["oidc-token", *options, "demo"],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
