"""The service accounts on the page of applications."""

from typing import Any

from idp.clients.service_accounts import own_service_accounts
from idp.portal.service_accounts.acting import place_of
from idp.portal.service_accounts.typed import titles_of
from idp.portal.visit import Visit


async def service_account_rows(visit: Visit) -> list[dict[str, Any]]:
    return [
        {
            "client_id": client.client_id,
            "application": client.client_name,
            "scopes": titles_of(client.scopes),
            "created_at": client.created_at,
            "used_at": client.used_at,
            "is_off": client.disabled_at is not None,
            "url": place_of(client.client_id),
        }
        for client in await own_service_accounts(visit.door.database, visit.person)
    ]


def may_make_one(visit: Visit) -> bool:
    return bool(visit.door.settings.service_accounts.scopes)
