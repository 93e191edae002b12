"""README.md shows what `make run` really shows: its addresses, its people, its first sign-in."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2
import pytest

from tests.docs.markdown import table
from tests.docs.visitor import Visitor
from tests.support.processes import ROOT, free_base, running
from tests.support.waiting import wait_until

PAGE = ROOT / "README.md"
PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_CODE = re.compile(r"\d{4} \d{4}")
_ADDRESS = re.compile(r"<http://localhost:(80\d\d)(/[^>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo whose ports lie `distance` above those of the page."""

    distance: int
    former_steps: dict[str, int] = field(default_factory=dict)

    def address(self, cell: str) -> str:
        """An address of the page, here."""
        found = _ADDRESS.fullmatch(cell)
        assert found is not None, cell
        return f"http://localhost:{int(found[1]) + self.distance}{found[2]}"

    def sign_in(self, visitor: Visitor, page: httpx2.Response, identifier: str, who: str) -> httpx2.Response:
        """As the page says: with the password, and the code of an app, or one from the mailbox."""
        visitor.app_secret, visitor.former_step = TOTP_SECRET, self.former_steps.get(who, 0)
        before = self._codes()
        answer = visitor.sign_in(page, identifier, PASSWORD)
        self.former_steps[who] = visitor.former_step
        if 'id="email-code"' not in answer.text:
            return answer
        codes = wait_until(lambda: self._codes()[: -len(before) or None], what="a code in the mailbox")
        return visitor.type_code(answer, codes[0])

    def _codes(self) -> list[str]:
        """Those in the mailbox, the newest first."""
        mailbox = self.address("<http://localhost:8025/>")
        mails = httpx2.get(f"{mailbox}api/v1/messages", trust_env=False).json()["messages"]
        return [found[0] for mail in mails if (found := _CODE.search(mail["text"]))]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    base = free_base()
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "idp", "demo", "--port", str(base), "--data-dir", str(folder)]
    with running(command, ready=f"ready http://localhost:{base}"):
        yield Demo(distance=base - 8000)


def test_it_opens_with_the_two_commands() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line]

    assert [line.split("#")[0].strip() for line in lines[:5]] == ["", "```sh", "make run", "make test", "```"]


def test_every_address_of_the_page_answers(demo: Demo) -> None:
    answers = {
        row[1]: httpx2.get(demo.address(row[0]), follow_redirects=True, trust_env=False).status_code
        for row in table(PAGE, "What `make run` shows")
    }

    assert answers.pop("an API that wants an access token") == 401
    assert set(answers.values()) == {200}


def test_everybody_of_the_page_signs_in_but_dan(demo: Demo) -> None:
    reached = {}
    for who, identifiers, _ in table(PAGE, "Who is there"):
        for identifier in re.findall("`(.+?)`", identifiers):
            with Visitor() as visitor:
                page = visitor.open(demo.address("<http://localhost:8000/account>"))
                reached[identifier] = (who, demo.sign_in(visitor, page, identifier, who).url.path)

    assert {who for who, _ in reached.values()} == {"Alice", "Bob", "Carol", "Dan", "Sam, Kim", "Ada"}
    assert all((path == "/account") == (who != "Dan") for who, path in reached.values()), reached


def test_the_secret_of_the_apps_is_on_the_page() -> None:
    assert f"`{TOTP_SECRET}`" in PAGE.read_text()


def test_the_first_sign_in_goes_as_the_page_says(demo: Demo) -> None:
    manager, billing = (demo.address(f"<http://localhost:{port}/>") for port in (8001, 8003))
    with Visitor() as visitor:
        greeted = demo.sign_in(visitor, _sign_in_page(visitor, manager), "aa11111-ovh", "Alice")
        assert str(greeted.url).startswith(manager)
        assert all(words in greeted.text for words in ("Alice Martin", "alice@demo.test", "aa11111-ovh"))

        assert "Alice Martin" in _sign_in_page(visitor, billing).text

        visitor.submit(greeted)
        assert 'id="login"' in _sign_in_page(visitor, manager).text


def _sign_in_page(visitor: Visitor, application: str) -> httpx2.Response:
    """Wherever the application's own way to sign in leads."""
    home = visitor.open(application)
    (link,) = set(re.findall(r'href="([^"]*/login[^"]*)"', home.text)) or {""}
    return visitor.open(urljoin(application, link)) if link else home
