"""The manager: the control panel of the demo's hosting company, and the relying party that customers come from."""

from starlette.types import ASGIApp

from idp.demo.acting import ActingPage
from idp.demo.addresses import Addresses
from idp.demo.chain_page import ChainPage
from idp.demo.customers import Customers
from idp.demo.invoice_pages import InvoicePages
from idp.demo.provider import Registration
from idp.demo.relying_party import Application, MorePages, create_relying_party
from idp.records.ports import Clock, Entropy


def create_manager(addresses: Addresses, *, clock: Clock, entropy: Entropy) -> ASGIApp:
    application = Application(
        registration=Registration(
            client_id="manager",
            client_secret="manager-demo-secret",
            issuer=addresses.issuer,
            origin=addresses.manager,
            # What the API looks up elsewhere in a customer's name is granted with the rest.
            scope="openid profile email invoices:read invoices:pay ledger:read delegations:read",
        ),
        word="manager",
        cookie="manager-session",
        accent="#1b3fa0",
        accent_dark="#9db7ff",
        api=addresses.api,
        shows_invoices=False,
        neighbour=addresses.second,
    )
    customers = Customers(
        addresses=addresses, client_id="billing", client_secret="billing-demo-secret", clock=clock
    )
    more: tuple[MorePages, ...] = (
        lambda party: InvoicePages(party=party, customers=customers).routes(),
        lambda party: ChainPage(party=party, addresses=addresses).routes(),
        lambda party: ActingPage(party=party, addresses=addresses).routes(),
    )
    return create_relying_party(application, clock=clock, entropy=entropy, more=more)
