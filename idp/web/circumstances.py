"""What the audit trail keeps of a request: its correlation id, where it came from, and with which browser."""

from starlette.requests import HTTPConnection

from idp.records.event import Circumstances
from idp.web.edge import address_of, request_id_of


def circumstances_of(connection: HTTPConnection) -> Circumstances:
    address = address_of(connection)
    return Circumstances(
        correlation_id=request_id_of(connection),
        address=address.text,
        network=address.network,
        user_agent=connection.headers.get("user-agent", "")[:256],
    )
