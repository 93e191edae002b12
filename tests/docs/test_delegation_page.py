"""docs/delegation.md does what it says: its commands run in the demo, and its tables are complete."""

import json
import subprocess
from pathlib import Path
from typing import Any

from idp.config.delegation import Delegation
from idp.demo.accounts import PASSWORD
from tests.docs.issuing import Client
from tests.docs.markdown import fence, fences, table
from tests.docs.visitor import Visitor
from tests.journeys.worlds import Demo, demo_world
from tests.oidc.by_hand import unverified
from tests.support.processes import ROOT

_PAGE = ROOT / "docs" / "delegation.md"


def _run(name: str, demo: Demo, token: str) -> Any:
    command = fence(_PAGE, name).text.replace("http://localhost:8000", demo.addresses.issuer)
    done = subprocess.run(["sh", "-c", command], env={"TOKEN": token}, capture_output=True, check=True)
    return json.loads(done.stdout)


def _alices(demo: Demo, manager: Client) -> str:
    issuer = demo.addresses.issuer
    with Visitor() as alice:
        page = alice.open(manager.request(issuer))
        answer = alice.sign_in(page, "aa11111-ovh", PASSWORD, until=manager.callback)
    return manager.redeemed(issuer, answer)["access_token"]


def test_alice_acts_for_carol_by_hand(tmp_path: Path) -> None:
    assert {one.name for one in fences(_PAGE) if one.mark == "run"} == {"list", "act"}
    with demo_world(tmp_path, "en-GB", {"risk": {"mode": "observe"}}) as demo:
        manager = Client(
            client_id="manager",
            secret="manager-demo-secret",
            callback=f"{demo.addresses.manager}/callback",
            scope="openid invoices:read delegations:read",
        )
        token = _alices(demo, manager)
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token}
        for_list = manager.token(
            demo.addresses.issuer,
            **form,
            subject_token_type="urn:ietf:params:oauth:token-type:access_token",
            resource=f"{demo.addresses.issuer}/api/v1",
            scope="delegations:read",
        )

        listed = _run("list", demo, for_list.json()["access_token"])
        acting = _run("act", demo, token)

    (carol,) = listed["delegations"]
    (shown,) = [json.loads(one.text)["delegations"][0] for one in fences(_PAGE) if one.language == "json"]
    assert carol.keys() == shown.keys()
    assert (carol["customer_id"], carol["scopes"]) == (shown["customer_id"], shown["scopes"])
    claims = unverified(acting["access_token"])
    assert (claims["sub"], claims["act"]) == (carol["sub"], {"sub": unverified(token)["sub"]})


def test_the_table_has_every_setting() -> None:
    told = {row[0].strip("`") for row in table(_PAGE, "Delegation")}
    assert told == set(Delegation.__dataclass_fields__)
