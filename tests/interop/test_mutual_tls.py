"""docs/mutual-tls.md does what it says: the real nginx with the page's configuration, between clients with certificates
and `idp serve`.
"""

import json
import ssl
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.docs.markdown import fences
from tests.docs.visitor import Visitor
from tests.interop.authority import Authority
from tests.support import certificates
from tests.support.certificates import HEADER, Issued, issued
from tests.support.client_keys import jwks
from tests.support.processes import ROOT, free_port, idp, running
from tests.support.programs import NGINX
from tests.support.world import CHALLENGE, VERIFIER

PAGE = ROOT / "docs" / "mutual-tls.md"
PASSWORD = "violet sundial kept walking"
_CALLBACK = "http://localhost:9/callback"
_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
_BESIDE = """
[database]
url = "sqlite:///{folder}/idp.db"

[keys]
directory = "{folder}/keys"

[risk]
mode = "observe"

[[resources]]
identifier = "https://ledger.example.test"
scopes = ["ledger:read"]
default = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutual:
    """The provider behind nginx. `origin` is where nginx asks for certificates."""

    folder: Path
    issuer: str
    origin: str
    bundle: Path
    environment: Mapping[str, str]

    def create(self, client_id: str, **metadata: Any) -> None:
        file = self.folder / f"{client_id}.json"
        file.write_text(json.dumps({"client_name": client_id, **metadata}), encoding="utf-8")
        idp("client", "create", client_id, "--from-json", str(file), environment=self.environment)

    @contextmanager
    def client(self, shown: Issued | None, **headers: str) -> Iterator[httpx2.Client]:
        """What speaks TLS with a certificate, or without one."""
        with httpx2.Client(
            verify=self.trusted(shown), headers=headers, timeout=30, trust_env=False
        ) as client:
            yield client

    def trusted(self, shown: Issued | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.bundle)
        if shown is not None:
            file = self.folder / f"{shown.x5t_s256}.pem"
            file.write_bytes(shown.pem + shown.key_pem)
            context.load_cert_chain(file)
        return context

    def token(
        self, shown: Issued | None, client_id: str, *, origin: str = "", sent: str = "", **form: str
    ) -> httpx2.Response:
        """A token request; `sent` is what the client itself writes into the header."""
        asked = {"grant_type": "client_credentials", "client_id": client_id, **form}
        headers = {HEADER: sent} if sent else {}
        with self.client(shown, **headers) as client:
            return client.post(f"{origin or self.origin}/token", data=asked)


@pytest.fixture(scope="module")
def mutual(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Mutual]:
    folder = tmp_path_factory.mktemp("mutual")
    (folder / "nginx").mkdir()
    authority.equip(folder / "nginx")
    upstream, port, certified = free_port(), free_port(), free_port()
    found = Mutual(
        folder=folder,
        issuer=f"https://localhost:{port}",
        origin=f"https://localhost:{certified}",
        bundle=authority.bundle,
        environment={"IDP_CONFIG": str(folder / "config.toml"), "IDP_SERVER__PORT": str(upstream)},
    )
    (folder / "authorities.pem").write_bytes(_own_authority().pem)
    (folder / "config.toml").write_text(_configuration(found), encoding="utf-8")
    (folder / "nginx" / "nginx.conf").write_text(_nginx(found, upstream), encoding="utf-8")
    idp("db", "upgrade", environment=found.environment)
    command: list[str | Path] = [
        NGINX.get(),
        "-p",
        folder / "nginx",
        "-e",
        "stderr",
        "-c",
        folder / "nginx" / "nginx.conf",
    ]
    serve = [sys.executable, "-m", "idp", "serve"]
    with (
        running(command, ready=lambda: authority.answers(port)),
        running(serve, ready=f"ready {found.issuer}", environment=found.environment),
    ):
        yield found


@cache
def _own_authority() -> Issued:
    """Of this moment: nginx and `idp serve` know the time."""
    return certificates.authority(
        "Clients of the interoperability tests", at=int(time.time()) // 86_400 * 86_400
    )


def _shown(subject: str = "CN=ledger,O=Example,C=FR", *, by: Issued | None = None, days: int = 30) -> Issued:
    return issued(subject, by=by, at=int(time.time()), days=days)


def _fence(language: str) -> str:
    [text] = [one.text for one in fences(PAGE) if one.language == language]
    return text


def _configuration(mutual: Mutual) -> str:
    replaced = {
        "https://mtls.login.example.com": mutual.origin,
        "https://login.example.com": mutual.issuer,
        "/etc/idp": str(mutual.folder),
    }
    text = _fence("toml")
    for example, actual in replaced.items():
        text = text.replace(example, actual)
    return text + _BESIDE.format(folder=mutual.folder)


def _nginx(mutual: Mutual, upstream: int) -> str:
    servers = _fence("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    for origin in (mutual.issuer, mutual.origin):
        servers = servers.replace("listen 443 ssl", f"listen 127.0.0.1:{origin.rpartition(':')[2]} ssl", 1)
    for example, name in ((".pem;", "certificate.pem;"), (".key;", "key.pem;")):
        lines = servers.splitlines()
        servers = "\n".join(
            f"{line.split('/')[0]}{mutual.folder}/nginx/{name}" if line.endswith(example) else line
            for line in lines
        )
    servers = servers.replace("mtls.login.example.com", "localhost").replace("login.example.com", "localhost")
    return _NGINX.format(folder=mutual.folder / "nginx", servers=servers)


@pytest.fixture(scope="module")
def ledger(mutual: Mutual) -> Issued:
    """A client as the page registers it, with the certificate that it has."""
    mutual.create(
        "ledger",
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn="CN=ledger,O=Example,C=FR",
        tls_client_certificate_bound_access_tokens=True,
        grant_types=["client_credentials"],
        scope="ledger:read",
        may_introspect=True,
    )
    return _shown(by=_own_authority())


def test_an_authority_speaks_for_a_client_and_its_tokens_are_bound(mutual: Mutual, ledger: Issued) -> None:
    answered = mutual.token(ledger, "ledger")

    assert answered.status_code == 200, answered.text
    token = answered.json()["access_token"]
    assert _claims(token)["cnf"] == {"x5t#S256": ledger.x5t_s256}
    with mutual.client(ledger) as client:
        found = client.post(f"{mutual.origin}/introspect", data={"client_id": "ledger", "token": token})
    assert found.json()["active"] is True


def test_without_the_certificate_a_client_is_nobody(mutual: Mutual, ledger: Issued) -> None:
    strangers = {
        "nobody": None,
        "its name, of its own word": _shown(),
        "its name, of another authority": _shown(by=certificates.authority("Others", at=int(time.time()))),
        "another name": _shown("CN=other,O=Example,C=FR", by=_own_authority()),
    }
    for who, shown in strangers.items():
        answered = mutual.token(shown, "ledger")
        assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client"), who


def test_where_nobody_is_asked_a_certificate_is_never_there(mutual: Mutual, ledger: Issued) -> None:
    answered = mutual.token(ledger, "ledger", origin=mutual.issuer)
    assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("header", [HEADER, HEADER.lower(), HEADER.upper()])
@pytest.mark.parametrize("where", ["issuer", "origin"])
def test_what_a_client_writes_into_the_header_goes_no_further(
    mutual: Mutual, ledger: Issued, where: str, header: str
) -> None:
    origin = getattr(mutual, where)
    asked = {"grant_type": "client_credentials", "client_id": "ledger"}
    for shown in (None, _shown("CN=other,O=Example,C=FR", by=_own_authority())):
        with mutual.client(shown, **{header: ledger.escaped}) as client:
            answered = client.post(f"{origin}/token", data=asked)
        assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


def test_whoever_goes_round_the_proxy_is_refused(mutual: Mutual, ledger: Issued) -> None:
    """From an address that is no proxy's; this machine has more than one."""
    port = mutual.environment["IDP_SERVER__PORT"]
    asked = {"grant_type": "client_credentials", "client_id": "ledger"}
    host = mutual.origin.removeprefix("https://")
    transport = httpx2.HTTPTransport(local_address="127.0.0.2")
    with httpx2.Client(transport=transport, trust_env=False) as client:
        headers = {HEADER: ledger.escaped, "host": host}
        answered = client.post(f"http://127.0.0.1:{port}/token", data=asked, headers=headers)
    assert answered.status_code == 400
    assert "comes from the proxy alone" in answered.json()["error_description"]


def test_a_certificate_that_was_registered_needs_no_authority(mutual: Mutual) -> None:
    first, second = _shown("CN=gauge"), _shown("CN=gauge")
    mutual.create(
        "gauge",
        token_endpoint_auth_method="self_signed_tls_client_auth",
        jwks=jwks(first.jwk(kid="a"), second.jwk(kid="b")),
        grant_types=["client_credentials"],
        scope="ledger:read",
    )

    for shown in (first, second):
        answered = mutual.token(shown, "gauge")
        assert answered.status_code == 200, answered.text
        assert "cnf" not in _claims(answered.json()["access_token"])
    for other in (None, _shown("CN=gauge"), _shown("CN=gauge", by=_own_authority())):
        assert mutual.token(other, "gauge").status_code == 401


def test_a_person_s_token_is_worth_nothing_without_the_certificate(mutual: Mutual) -> None:
    own, other = _shown("CN=panel"), _shown("CN=panel")
    mutual.create(
        "panel",
        token_endpoint_auth_method="none",
        redirect_uris=[_CALLBACK],
        application_type="native",
        scope="openid profile",
        tls_client_certificate_bound_access_tokens=True,
    )
    code = _code_of(mutual, "panel")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _CALLBACK,
        "code_verifier": VERIFIER,
    }
    assert mutual.token(None, "panel", **form).json()["error"] == "invalid_request"
    answered = mutual.token(own, "panel", **form)
    assert answered.status_code == 200, answered.text
    token = answered.json()["access_token"]

    def userinfo(shown: Issued | None, origin: str, **headers: str) -> int:
        with mutual.client(shown, authorization=f"Bearer {token}", **headers) as client:
            return client.get(f"{origin}/userinfo").status_code

    assert userinfo(own, mutual.origin) == 200
    assert userinfo(other, mutual.origin) == 401
    assert userinfo(None, mutual.origin) == 401
    assert userinfo(own, mutual.issuer) == 401
    assert userinfo(None, mutual.issuer, **{HEADER: own.escaped}) == 401


def test_an_expired_certificate_gets_nowhere(mutual: Mutual, ledger: Issued) -> None:
    """The proxy asks for any certificate, but for none of another time; nor do we take one."""
    expired = issued(
        "CN=ledger,O=Example,C=FR", by=_own_authority(), at=int(time.time()) - 86_400 * 3, days=1
    )
    answered = mutual.token(expired, "ledger")
    assert answered.status_code == 400


def test_discovery_leads_there(mutual: Mutual) -> None:
    with mutual.client(None) as client:
        found = client.get(f"{mutual.issuer}/.well-known/openid-configuration").json()
    assert found["mtls_endpoint_aliases"]["token_endpoint"] == f"{mutual.origin}/token"
    assert found["issuer"] == mutual.issuer


def _code_of(mutual: Mutual, client_id: str) -> str:
    """What a customer's sign-in leads to."""
    command = ("account", "create", "--email", "alice@example.test", "--email-verified")
    said = idp(*command, "--given-name", "Alice", "--family-name", "Martin", environment=mutual.environment)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": _CALLBACK,
        "scope": "openid profile",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    with Visitor(mutual.trusted()) as alice:
        alice.enrol(said.split()[-1], PASSWORD)
        page = alice.open(str(httpx2.URL(f"{mutual.issuer}/authorize", params=asked)), until=_CALLBACK)
        if not page.is_redirect:
            page = alice.sign_in(page, "alice@example.test", PASSWORD, until=_CALLBACK)
        return str(httpx2.URL(page.headers["location"]).params["code"])


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read
