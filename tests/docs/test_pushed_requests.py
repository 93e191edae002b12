"""docs/pushed-requests.md does what it says: a client pushes, and a person comes with the reference."""

import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from tests.docs.installation import PASSWORD, install, new_customer
from tests.docs.markdown import fence, fences
from tests.docs.visitor import Visitor
from tests.support.processes import ROOT
from tests.support.world import CHALLENGE

_PAGE = ROOT / "docs" / "pushed-requests.md"
_CUSTOMER = "alice@example.com"
_CALLBACK = "https://shop.example.com/callback"


def test_what_was_pushed_is_what_is_answered(tmp_path: Path) -> None:
    installation = install(tmp_path, 'issuer = "https://login.example.com"\n', {})
    installation.sh("idp db upgrade")
    secret = installation.sh(fence(_PAGE, "register").text).splitlines()[-1]
    link = new_customer(installation, _CUSTOMER)
    with installation.serving(), Visitor() as visitor:
        visitor.enrol(link, PASSWORD)
        said = installation.sh(
            fence(_PAGE, "push").text, SHOP_SECRET=secret, STATE="s-1", CHALLENGE=CHALLENGE
        )
        pushed = json.loads(said)
        (shown,) = [json.loads(one.text) for one in fences(_PAGE) if one.language == "json"]
        assert pushed.keys() == shown.keys()
        assert pushed["expires_in"] == shown["expires_in"]

        address = f"{installation.issuer}/authorize?client_id=shop&request_uri={quote(pushed['request_uri'])}"
        page = visitor.open(address, until=_CALLBACK)
        if not page.is_redirect:
            page = visitor.sign_in(page, _CUSTOMER, PASSWORD, until=_CALLBACK)
        assert parse_qs(urlsplit(page.headers["location"]).query)["state"] == ["s-1"]
        assert visitor.open(address).status_code == 410
        plain = f"{installation.issuer}/authorize?client_id=shop&redirect_uri={_CALLBACK}"
        refused = visitor.open(plain, until=_CALLBACK)
        assert "error=invalid_request" in refused.headers["location"]
