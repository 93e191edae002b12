"""What is stored of a user code: a digest keyed by a secret, since the code itself is short (RFC 8628 §5.1)."""

import hmac

from idp.records.device_request import DeviceRequest
from idp.signing.secrets import Purpose, Secret, Secrets
from idp.store.database import Database
from idp.store.device_requests import DEVICE_REQUEST_BY_CODE


def digest_with(secret: Secret, code: str) -> bytes:
    return hmac.digest(secret.value, code.encode(), "sha256")


async def find_request(database: Database, secrets: Secrets, code: str) -> DeviceRequest | None:
    """The request of a code, answered or not. Whoever calls this has spent a try."""
    for secret in secrets.every(Purpose.USER_CODE):
        digest = digest_with(secret, code)
        found = await database.one(DEVICE_REQUEST_BY_CODE, of_digest=digest)
        if found is not None:
            return found
    return None
