"""What the copy of somebody's data is made of: JSON objects whose times are in UTC (RFC 3339)."""

from datetime import UTC, datetime
from typing import Any

from idp.clients.registry import load_client
from idp.portal.visit import Visit

Item = dict[str, Any]


def time_of(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


async def application_of(visit: Visit, client_id: str) -> str:
    """Its name, or its identifier once it is gone."""
    client = await load_client(visit.door.database, client_id) if client_id else None
    return client.name_in(visit.locale) if client else client_id
