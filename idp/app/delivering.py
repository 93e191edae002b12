"""The delivery of a house: what it writes with, and to whom it hands over."""

from idp.app.house import House
from idp.events.composing import Composer
from idp.events.delivery import Delivery
from idp.oidc.logout.tokens import LogoutTokens
from idp.web.locale import Catalogues
from idp.web.pages import template_folders

# Without a relay the sender has no address either, and nothing leaves that would show this one.
_NOBODY = "no-reply@localhost"


def delivery_of(house: House, catalogues: Catalogues) -> Delivery:
    """`catalogues` are those of the pages."""
    settings = house.settings
    return Delivery(
        database=house.database,
        clock=house.clock,
        outbox=house.outbox,
        composer=Composer(settings, catalogues, template_folders(settings.brand.templates)),
        mail=house.mail,
        sms=house.sms,
        logouts=_logouts(house),
        metrics=house.metrics,
        sender=settings.mail.sender or _NOBODY,
    )


def _logouts(house: House) -> LogoutTokens:
    return LogoutTokens(
        settings=house.settings,
        database=house.database,
        clock=house.clock,
        entropy=house.entropy,
        clients=house.clients,
        client_keys=house.client_keys,
        keyring=house.keyring,
        outbox=house.outbox,
        outside=house.outside,
    )
