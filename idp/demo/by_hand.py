"""Commands that do by hand what the demo API does: exchange a customer's token for one that Billing takes.

They want a POSIX shell with curl and sed, and nothing else; a test pastes them.
"""

from idp.demo.addresses import BILLING, Addresses
from idp.demo.exchange import ACCESS_TOKEN, GRANT_TYPE, MACHINE, SCOPE

_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
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
    machine, introspector = ":".join(MACHINE), "introspector:introspector-demo-secret"
    redeeming = (
        f"curl -s {issuer}/token -d client_id=cli -d grant_type={_DEVICE_CODE}"
        f" -d device_code=$({_printed('ASKED', 'device_code')})"
    )
    exchange = (
        f"curl -s -u {machine} {issuer}/token -d grant_type={GRANT_TYPE} -d resource={BILLING}"
        f" -d scope={SCOPE} -d subject_token=$TOKEN -d subject_token_type={ACCESS_TOKEN}"
    )
    return (
        f"TOKEN=$({redeeming} | {_member('access_token')})",
        f"LEDGER=$({exchange} | {_member('access_token')})",
        f'curl -s {addresses.billing}/ledger -H "Authorization: Bearer $LEDGER"; echo',
        f"curl -s -u {introspector} {issuer}/introspect -d token=$LEDGER; echo",
    )


def by_hand(addresses: Addresses) -> list[str]:
    """The section of `idp demo`'s table."""
    return [
        "",
        "Exchange a token by hand (docs/resource-servers.md)",
        *(f"  {line}" for line in getting_asked(addresses)),
        "  # Open that page, sign in as Alice and allow it. Then:",
        *(f"  {line}" for line in exchanging(addresses)),
    ]


def _printed(variable: str, member: str) -> str:
    return f'echo "${variable}" | {_member(member)}'


def _member(name: str) -> str:
    """The text of a member of a JSON object."""
    return f"""sed 's/.*"{name}":"\\([^"]*\\)".*/\\1/'"""
