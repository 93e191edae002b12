"""The manager: the control panel of the demo's hosting company, and the relying party that customers come from."""

from starlette.types import ASGIApp

from idp.demo.addresses import Addresses
from idp.demo.customers import Customers
from idp.demo.provider import Registration
from idp.demo.relying_party import Application, create_relying_party
from idp.records.ports import Clock, Entropy


def create_manager(addresses: Addresses, *, clock: Clock, entropy: Entropy) -> ASGIApp:
    application = Application(
        registration=Registration(
            client_id="manager",
            client_secret="manager-demo-secret",
            issuer=addresses.issuer,
            origin=addresses.manager,
        ),
        word="manager",
        cookie="manager-session",
        accent="#1b3fa0",
        accent_dark="#9db7ff",
        api=addresses.api,
        shows_invoices=False,
        takes_payment=True,
        neighbour=addresses.second,
        customers=Customers(
            addresses=addresses, client_id="billing", client_secret="billing-demo-secret", clock=clock
        ),
    )
    return create_relying_party(application, clock=clock, entropy=entropy)
