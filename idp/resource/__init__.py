"""A library for resource servers: APIs on Starlette that accept our access tokens. It needs nothing else of us.

`ResourceServer` is the door; `docs/resource-servers.md` has an example that works.
"""

from idp.resource.certificate import from_header, from_tls
from idp.resource.introspection import Introspection
from idp.resource.issuer import IssuerUnavailable
from idp.resource.nonces import Nonces
from idp.resource.refusal import InsufficientUserAuthentication
from idp.resource.replays import Replays
from idp.resource.server import ResourceServer
from idp.resource.token import Token

__all__ = [
    "InsufficientUserAuthentication",
    "Introspection",
    "IssuerUnavailable",
    "Nonces",
    "Replays",
    "ResourceServer",
    "Token",
    "from_header",
    "from_tls",
]
