"""The provider's settings in the demo world: production's, but for addresses, names and a few limits."""

from pathlib import Path
from typing import Literal

from idp.config.exceptions import Exceptions
from idp.config.settings import (
    Brand,
    Code,
    Database,
    Delegation,
    Exchange,
    Factors,
    Keys,
    Log,
    Login,
    Mail,
    Metrics,
    Resource,
    Risk,
    Server,
    ServiceAccounts,
    Settings,
    SupportPhone,
    Tokens,
)
from idp.demo.addresses import BILLING, HIGHEST_DISTANCE, Addresses

RiskMode = Literal["on", "observe"]

# Checks sign in far more often than people: tries per challenge stay as in production, these don't.
_TRIES_OF_ONE_ADDRESS = 1_000
_SENDS = 1_000
# So that a request can come from anywhere: `curl --header "X-Forwarded-For: 203.0.113.7"`. Pages of other origins
# can't send such a header, and nobody but this machine reaches us.
_LOOPBACK = ("127.0.0.0/8", "::1/128")


def demo_settings(addresses: Addresses, data_dir: Path | None = None, *, risk: RiskMode = "on") -> Settings:
    """Settings of the demo's issuer. Without `data_dir`, data and root keys lie in `data/` and `keys/`."""
    database = (data_dir or Path("data")) / "idp.db"
    keys = data_dir / "keys" if data_dir else Path("keys")
    return Settings(
        issuer=addresses.issuer,
        server=Server(port=addresses.port, trusted_proxies=_LOOPBACK),
        database=Database(url=f"sqlite:///{database}"),
        keys=Keys(directory=str(keys)),
        login=Login(
            address_free_tries=_TRIES_OF_ONE_ADDRESS,
            network_free_tries=_TRIES_OF_ONE_ADDRESS,
        ),
        risk=Risk(mode=risk),
        code=Code(network_sends=_SENDS, account_sends=_SENDS),
        factors=Factors(sms_url=addresses.sms),
        brand=Brand(
            name="Demo Hosting",
            support_phones=(SupportPhone(country="*", number="+33 1 99 00 00 00"),),
            home_client="manager",
        ),
        mail=Mail(host="localhost", port=addresses.smtp_port, security="none", sender="no-reply@demo.test"),
        # Applications are told of the end of a session where they are, which is this machine.
        exceptions=Exceptions(fetch_private_networks=_LOOPBACK),
        # What an operator's command does is seen with the next request.
        tokens=Tokens(client_cache_seconds=0),
        metrics=Metrics(host="localhost", port=addresses.port + HIGHEST_DISTANCE),
        log=Log(format="text"),
        resources=(
            Resource(
                identifier=addresses.api,
                name="Invoices",
                scopes=("invoices:read", "invoices:pay"),
                default=True,
                client="machine",
            ),
            Resource(identifier=BILLING, name="Billing", scopes=("ledger:read",)),
        ),
        delegation=Delegation(enabled=True, scopes=("invoices:read", "invoices:pay")),
        # Payments want two factors, which programs don't have.
        service_accounts=ServiceAccounts(scopes=("invoices:read",)),
        exchanges=(
            # Its own token becomes one for whom its customer acts for, or one that asks who that may be.
            Exchange(
                name="manager-for-others",
                clients=("manager",),
                subject_audiences=(addresses.api,),
                subject_clients=("manager",),
                audiences=(addresses.api, f"{addresses.issuer}/api/v1"),
                scopes=("invoices:read", "invoices:pay", "delegations:read"),
                mode="impersonation",
                acts_for_others=True,
            ),
            Exchange(
                name="api-to-billing",
                clients=("machine",),
                subject_audiences=(addresses.api,),
                audiences=(addresses.api, BILLING),
            ),
        ),
    )
