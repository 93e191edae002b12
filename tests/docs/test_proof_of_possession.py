"""docs/proof-of-possession.md does what it says: its client gets a token that is worth nothing alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from idp.spec.dpop import PROOF_ALGORITHMS
from tests.docs.installation import install, new_customer
from tests.docs.markdown import fence, table
from tests.support.processes import ROOT

_PAGE = ROOT / "docs" / "proof-of-possession.md"
_CUSTOMER = "alice@example.com"


def test_the_courier_uses_a_token_that_nobody_else_can(tmp_path: Path) -> None:
    installation = install(tmp_path, 'issuer = "https://login.example.com"\n', {})
    installation.sh("idp db upgrade")
    secret = installation.sh(fence(_PAGE, "register").text).splitlines()[-1]
    program = installation.here(fence(_PAGE, "courier.py").text)
    (tmp_path / "courier.py").write_text(program, encoding="utf-8")
    new_customer(installation, _CUSTOMER)
    with closing(sqlite3.connect(installation.data / "idp.db")) as database:
        [(sub,)] = database.execute("SELECT sub FROM subject")

    with installation.serving():
        said = installation.sh(fence(_PAGE, "courier").text, COURIER_SECRET=secret, SUB=sub)

    token_type, customer, stolen = said.splitlines()
    assert token_type == "DPoP"
    assert sub in customer
    assert stolen == "401 invalid_token"


def test_the_algorithms_are_the_ones_that_are_accepted() -> None:
    told = next(row for row in table(_PAGE, "What a proof has to say") if row[0] == "`alg`")
    assert all(algorithm in told[1] for algorithm in PROOF_ALGORITHMS)
    assert "RS256" not in told[1]
