"""The one page that shows a secret of a service account."""

from starlette.responses import Response

from idp.portal.service_accounts.acting import place_of
from idp.portal.visit import Visit
from idp.records.client import Client


def show_secret(visit: Visit, client: Client, secret: str, *, former_until: int | None = None) -> Response:
    """`former_until` is when the secret before it ends, None where there is none."""
    return visit.render(
        "account/service-account-secret.html",
        application=client.client_name,
        client_id=client.client_id,
        secret=secret,
        token_url=f"{visit.door.settings.issuer}/token",
        former_until=former_until,
        now=visit.now,
        next_url=place_of(client.client_id),
    )
