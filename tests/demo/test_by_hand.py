"""The commands that `idp demo` prints do what they say, pasted into a shell beside a real demo."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import httpx2
import pytest

from idp.config.settings import Settings
from idp.demo.accounts import PASSWORD
from idp.demo.addresses import BILLING
from idp.demo.by_hand import asking, by_hand, exchanging, getting_asked, operating, turning
from idp.demo.settings import demo_settings
from idp.demo.world import welcome
from tests.docs.visitor import Visitor
from tests.journeys.worlds import Demo, demo_world

ALICE = "aa11111-ovh"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Alice's password is enough here: mailed codes have tests of their own."""
    with demo_world(tmp_path_factory.mktemp("demo"), "en-GB", {"risk": {"mode": "observe"}}) as demo:
        yield demo


@pytest.fixture
def shell() -> Iterator[subprocess.Popen[str]]:
    """One that keeps its variables, as a terminal does."""
    pipe = subprocess.PIPE
    with subprocess.Popen(["/bin/sh"], stdin=pipe, stdout=pipe, text=True) as shell:
        yield shell
        shell.stdin.close()  # type: ignore[union-attr]


def pasted(shell: subprocess.Popen[str], *commands: str) -> list[str]:
    """What each of the commands that print something prints, a line each."""
    stdin: IO[str] = shell.stdin  # type: ignore[assignment]
    stdout: IO[str] = shell.stdout  # type: ignore[assignment]
    stdin.write("\n".join([*commands, "echo done", ""]))
    stdin.flush()
    return [line.rstrip("\n") for line in iter(stdout.readline, "done\n") if line.strip()]


def allowed_by(alice: Visitor, url: str) -> None:
    page = alice.sign_in(alice.open(url), ALICE, PASSWORD)
    page = alice.submit(page, **_typed(page), action="continue")
    assert 'id="device-approve"' in page.text, page.text
    page = alice.submit(page, action="allow")
    assert page.status_code == 200


def _settings(demo: Demo) -> Settings:
    """As `idp demo` has them where its data lies in a folder."""
    return demo_settings(demo.addresses, demo.configuration.parent)


def _typed(page: httpx2.Response) -> dict[str, str]:
    """The code that the address brought, as the form shows it."""
    field = re.search(r'<input[^>]*name="user_code"[^>]*>', page.text)
    assert field, page.text
    return {"user_code": re.search(r'value="([^"]*)"', field[0])[1]}  # type: ignore[index]


def _billing(demo: Demo, token: str) -> int:
    answer = httpx2.get(
        f"{demo.addresses.billing}/ledger", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    )
    return answer.status_code


def test_pasting_them_exchanges_alices_token(demo: Demo, shell: subprocess.Popen[str]) -> None:
    (url,) = pasted(shell, *getting_asked(demo.addresses))
    with Visitor() as alice:
        allowed_by(alice, url)
    ledger, said = (json.loads(line) for line in pasted(shell, *exchanging(demo.addresses)))

    assert ledger.get("asked_by") == ["machine"], (ledger, said)
    assert len(ledger["entries"]) == 3
    assert said["active"] is True
    assert (said["aud"], said["scope"], said["client_id"]) == (BILLING, "ledger:read", "machine")
    assert said["sub"] == ledger["customer"]
    assert said["act"]["sub"] == "machine"
    (customers, exchanged) = pasted(shell, 'echo "$TOKEN"', 'echo "$LEDGER"')
    assert _billing(demo, customers) == 401  # The customer's own opens nothing there.
    assert _billing(demo, exchanged) == 200


def test_pasting_them_ends_it(demo: Demo, shell: subprocess.Popen[str]) -> None:
    addresses, (url,) = demo.addresses, pasted(shell, *getting_asked(demo.addresses))

    def said_after(*commands: str) -> object:
        return json.loads(pasted(shell, *commands, asking(addresses))[-1])["active"]

    with Visitor() as alice:
        allowed_by(alice, url)
        assert said_after(*exchanging(addresses)) is True
        assert said_after(operating(_settings(demo)), turning("disable")) is False
        assert said_after(turning("enable")) is True
        page = alice.submit(alice.open(f"{addresses.issuer}/logout"))
        assert page.status_code == 200
        assert said_after() is False
    assert said_after(turning("disable"), turning("enable")) is False


def test_the_table_prints_them_as_they_are(demo: Demo) -> None:
    addresses, settings = demo.addresses, _settings(demo)
    table = welcome(addresses, settings).splitlines()
    section = by_hand(addresses, settings)
    assert section == table[table.index(section[1]) - 1 :][: len(section)]
    # Comments and data in a deep folder aside.
    folder = str(demo.configuration.parent)
    assert max(len(line.replace(folder, "").replace(sys.executable, "")) for line in section) < 400
    commands: list[Any] = [
        line.strip() for line in section if line.startswith("  ") and not line.startswith("  #")
    ]
    asked = asking(addresses)
    endings = (operating(settings), turning("disable"), asked, turning("enable"), asked, asked)
    assert commands == [*getting_asked(addresses), *exchanging(addresses), *endings]
