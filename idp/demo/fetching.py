"""HTTP between the demo's parts, on loopback: past any proxy for the rest of the world, and without reading the
system's certificates, which would take longer than the request.
"""

import httpx2


def connect() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, verify=False, timeout=10)
