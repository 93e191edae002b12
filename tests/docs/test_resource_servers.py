"""docs/resource-servers.md does what it says: its API runs, and accepts what it should."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import pytest

from idp.config.resources import Resource
from idp.resource.server import ResourceServer
from tests.docs.installation import Installation, install
from tests.docs.markdown import fence, fences, table
from tests.oidc.by_hand import header_of, unverified
from tests.support.processes import ROOT, free_port

PAGE = ROOT / "docs" / "resource-servers.md"
_READY = "INFO:     Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    installation: Installation
    api: str
    secrets: dict[str, str]

    def token(self, scope: str) -> str:
        form = {"grant_type": "client_credentials", "scope": scope}
        auth = ("reports", self.secrets["REPORTS_SECRET"])
        answer = httpx2.post(f"{self.installation.issuer}/token", data=form, auth=auth, trust_env=False)
        return str(answer.raise_for_status().json()["access_token"])


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The page, followed."""
    folder, port = tmp_path_factory.mktemp("resource"), free_port()
    api = f"http://localhost:{port}"
    (configuration,) = [one.text for one in fences(PAGE) if one.mark == "config"]
    configuration = f'issuer = "https://login.example.com"\n{configuration}'
    installation = install(folder, configuration, {"https://invoices.example.com": api})
    installation.sh("idp db upgrade")
    said = installation.sh(fence(PAGE, "register").text)
    printed = [one.split() for one in said.split("Registered ")[1:]]
    secrets = {f"{words[0].upper()}_SECRET": words[-1] for words in printed}
    (folder / "invoices.py").write_text(installation.here(fence(PAGE, "invoices.py").text), encoding="utf-8")
    command = ("-m", "uvicorn", "--no-access-log", "--port", str(port), "invoices:app")
    with ExitStack() as stack:
        stack.enter_context(installation.serving())
        stack.enter_context(installation.program(*command, ready=_READY.format(port=port)))
        yield Guarded(installation=installation, api=api, secrets=secrets)


def test_the_commands_of_the_page_work(guarded: Guarded) -> None:
    assert {one.name for one in fences(PAGE) if one.mark == "run"} == {"register", "call", "introspect"}
    said = guarded.installation.sh(fence(PAGE, "call").text, **guarded.secrets)
    assert said == '{"of":"reports","invoices":["FR-2026-0117"]}'
    told = guarded.installation.sh(
        fence(PAGE, "introspect").text, ACCESS_TOKEN=guarded.token("invoices:read"), **guarded.secrets
    )
    assert header_of(told)["typ"] == "token-introspection+jwt"
    assert unverified(told)["token_introspection"]["scope"] == "invoices:read"


def test_the_api_of_the_page_says_no_as_the_page_says(guarded: Guarded) -> None:
    with httpx2.Client(base_url=guarded.api, trust_env=False) as client:
        assert client.get("/invoices").status_code == 401
        bearer = {"authorization": f"Bearer {guarded.token('invoices:pay')}"}
        assert client.get("/invoices", headers=bearer).json()["error"] == "insufficient_scope"
        refused = client.post("/invoices/1/payment", headers=bearer)
        assert refused.json()["error"] == "insufficient_user_authentication"
        assert 'acr_values="2 3", max_age="300"' in refused.headers["www-authenticate"]
        described = client.get("/.well-known/oauth-protected-resource").json()
        assert described["resource"] == guarded.api
        assert described["authorization_servers"] == [guarded.installation.issuer]


def test_the_tables_have_every_key_and_argument() -> None:
    keys = {name.strip("`") for row in table(PAGE, "Register an API") for name in row[0].split(", ")}
    assert keys == set(Resource.__dataclass_fields__)
    arguments = {
        name.strip("`") for row in table(PAGE, "An API in twenty lines") for name in row[0].split(", ")
    }
    assert arguments == set(ResourceServer.__init__.__kwdefaults__ or {}) | {"issuer", "audience", "clock"}


def test_the_example_is_as_short_as_it_says() -> None:
    lines = fence(PAGE, "invoices.py").text.splitlines()
    assert len([line for line in lines if line.strip()]) <= 25
