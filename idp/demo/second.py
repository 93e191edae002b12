"""The second application: shows that one sign-in opens more than one door, and that access tokens reach an API."""

from starlette.types import ASGIApp

from idp.demo.addresses import Addresses
from idp.demo.provider import Registration
from idp.demo.relying_party import Application, MorePages, create_relying_party
from idp.demo.television import Television
from idp.records.ports import Clock, Entropy


def create_second(addresses: Addresses, *, clock: Clock, entropy: Entropy) -> ASGIApp:
    application = Application(
        registration=Registration(
            client_id="second",
            client_secret="second-demo-secret",
            issuer=addresses.issuer,
            origin=addresses.second,
        ),
        word="billing",
        cookie="second-session",
        accent="#0f6b5c",
        accent_dark="#6fd3bf",
        api=addresses.api,
        shows_invoices=True,
        neighbour=addresses.manager,
    )
    more: tuple[MorePages, ...] = (lambda party: Television(party=party, addresses=addresses).routes(),)
    return create_relying_party(application, clock=clock, entropy=entropy, more=more)
