"""Apache with mod_auth_openidc: an application that knows nothing of OpenID Connect, and a module that does."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.interop.authority import Authority
from tests.support.processes import free_port, running
from tests.support.programs import APACHE, MOD_AUTH_OPENIDC

_CONFIGURATION = Path(__file__).with_name("apache.conf")
# What the application sees: server-side includes print the module's variables, and everything else is as if static.
_PRIVATE_PAGE = """\
<!doctype html><meta charset="utf-8"><title>Private</title>
<dl>
<dt>user</dt><dd id="user"><!--#echo var="REMOTE_USER" --></dd>
<dt>name</dt><dd id="name"><!--#echo var="OIDC_CLAIM_name" --></dd>
<dt>e-mail</dt><dd id="email"><!--#echo var="OIDC_CLAIM_email" --></dd>
<dt>subject</dt><dd id="sub"><!--#echo var="OIDC_CLAIM_sub" --></dd>
<dt>issuer</dt><dd id="iss"><!--#echo var="OIDC_CLAIM_iss" --></dd>
</dl>
"""
_PUBLIC_PAGE = '<!doctype html><title>Goodbye</title><h1 id="goodbye">Signed out</h1>\n'
_UNPRIVILEGED = ("www-data", "apache", "_www", "daemon")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedSite:
    """127.0.0.1, while the issuer is localhost: to a browser they are two sites, and share no cookie."""

    port: int

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def private(self) -> str:
        """The page that wants somebody to be signed in."""
        return f"{self.origin}/private/page.html"

    @property
    def redirect_uri(self) -> str:
        """The module's own address: it takes the code, and `?logout=`, `?info=json`, `?refresh=` from the browser."""
        return f"{self.origin}/private/redirect_uri"

    @property
    def goodbye(self) -> str:
        return f"{self.origin}/goodbye.html"


def reserve_site() -> ProtectedSite:
    """Where the site will be: the client is registered before it runs."""
    return ProtectedSite(port=free_port())


@contextmanager
def protecting(
    site: ProtectedSite, authority: Authority, *, issuer: str, client_id: str, client_secret: str
) -> Iterator[None]:
    """Apache at `site`, until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="idp-apache-"))
    try:
        # Apache's child is nobody of importance and has to reach the pages; only root reads the key and the secret.
        folder.chmod(0o755)
        authority.equip(folder)
        _write_pages(folder / "pages")
        variables = {
            "folder": folder,
            "modules": MOD_AUTH_OPENIDC.get().parent,
            "host": f"127.0.0.1:{site.port}",
            "port": site.port,
            "origin": site.origin,
            "issuer": issuer,
            "client_id": client_id,
            "client_secret": client_secret,
            "passphrase": os.urandom(32).hex(),
        }
        lines = [f"Define {name} {value}" for name, value in variables.items()]
        site_conf = folder / "site.conf"
        site_conf.touch(mode=0o600)
        site_conf.write_text("\n".join([*lines, *_become_somebody_else(), f"Include {_CONFIGURATION}", ""]))
        command: list[str | Path] = [APACHE.get(), "-D", "FOREGROUND", "-f", site_conf]
        with running(command, ready=lambda: authority.answers(site.port)):
            yield
    finally:
        shutil.rmtree(folder)


def _write_pages(folder: Path) -> None:
    (folder / "private").mkdir(parents=True)
    (folder / "private" / "page.html").write_text(_PRIVATE_PAGE)
    (folder / "goodbye.html").write_text(_PUBLIC_PAGE)


def _become_somebody_else() -> list[str]:
    """Apache refuses to serve as root."""
    if os.geteuid() != 0:
        return []
    known = {entry.pw_name: entry.pw_gid for entry in pwd.getpwall()}
    user = next(name for name in _UNPRIVILEGED if name in known)
    return [f"User {user}", f"Group #{known[user]}"]
