"""Commands that do by hand what the demo API does: exchange a customer's token for one that Billing takes; and what
ends that one.

They want a POSIX shell with curl and sed, and nothing else; a test pastes them.
"""

import sys
from pathlib import Path
from shlex import quote

from idp.config.settings import Settings
from idp.demo.addresses import BILLING, Addresses
from idp.demo.exchange import ACCESS_TOKEN, GRANT_TYPE, MACHINE, SCOPE

_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_SQLITE = "sqlite:///"
_SCOPES = f"openid invoices:read {SCOPE}"


def getting_asked(addresses: Addresses) -> tuple[str, ...]:
    """Has somebody asked for the rights; what it prints names the page where they answer."""
    return (
        f'ASKED=$(curl -s {addresses.issuer}/device_authorization -d client_id=cli -d "scope={_SCOPES}")',
        _printed("ASKED", "verification_uri_complete"),
    )


def exchanging(addresses: Addresses) -> tuple[str, ...]:
    """The person's token, the token for Billing, what it opens, and what the issuer says of it."""
    issuer = addresses.issuer
    redeeming = (
        f"curl -s {issuer}/token -d client_id=cli -d grant_type={_DEVICE_CODE}"
        f" -d device_code=$({_printed('ASKED', 'device_code')})"
    )
    exchange = (
        f"curl -s -u {':'.join(MACHINE)} {issuer}/token -d grant_type={GRANT_TYPE} -d resource={BILLING}"
        f" -d scope={SCOPE} -d subject_token=$TOKEN -d subject_token_type={ACCESS_TOKEN}"
    )
    return (
        f"TOKEN=$({redeeming} | {_member('access_token')})",
        f"LEDGER=$({exchange} | {_member('access_token')})",
        f'curl -s {addresses.billing}/ledger -H "Authorization: Bearer $LEDGER"; echo',
        asking(addresses),
    )


def asking(addresses: Addresses) -> str:
    """Asks the issuer whether the token for Billing is any good."""
    return f"curl -s -u introspector:introspector-demo-secret {addresses.issuer}/introspect -d token=$LEDGER; echo"


def operating(settings: Settings) -> str:
    """A function of the shell: the operator's command, which works beside the running demo, from any folder."""
    database = settings.database.url
    if database.startswith(_SQLITE):
        database = f"{_SQLITE}{Path(database.removeprefix(_SQLITE)).resolve()}"
    told = {
        "IDP_ISSUER": settings.issuer,
        "IDP_DATABASE__URL": database,
        "IDP_KEYS__DIRECTORY": str(Path(settings.keys.directory).resolve()),
    }
    variables = " ".join(f"{name}={quote(value)}" for name, value in told.items())
    return f'operator() {{ {variables} {quote(sys.executable)} -m idp "$@" --config /dev/null; }}'


def turning(what: str) -> str:
    """`disable` or `enable` of the service account that acts."""
    return f"operator client {what} {MACHINE[0]}"


def by_hand(addresses: Addresses, settings: Settings) -> list[str]:
    """The section of `idp demo`'s table."""
    asked = asking(addresses)
    return [
        "",
        "Exchange a token by hand, and see it end (docs/resource-servers.md)",
        *(f"  {line}" for line in getting_asked(addresses)),
        "  # Open that page, sign in as Alice and allow it. Then:",
        *(f"  {line}" for line in exchanging(addresses)),
        "  # Disable who acts, and it is not active; enable it, and it is:",
        *(f"  {line}" for line in (operating(settings), turning("disable"), asked, turning("enable"), asked)),
        f"  # Sign Alice out at {addresses.issuer}/logout, in the same browser, and it is over for good:",
        f"  {asked}",
    ]


def _printed(variable: str, member: str) -> str:
    return f'echo "${variable}" | {_member(member)}'


def _member(name: str) -> str:
    """The text of a member of a JSON object."""
    return f"""sed 's/.*"{name}":"\\([^"]*\\)".*/\\1/'"""
