"""Sector identifiers: the document that says which redirect URIs belong together. OpenID Connect Registration §5."""

import json
from collections.abc import Sequence

from idp.records.client import Client
from idp.records.ports import NotFetched, Outside

_LARGEST = 65_536


async def sector_problem(outside: Outside, client: Client) -> str | None:
    """What is wrong with its `sector_identifier_uri`, which is fetched for this; None where it has none."""
    if not client.sector_identifier_uri:
        return None
    try:
        found = await outside.fetch(client.sector_identifier_uri, most_bytes=_LARGEST)
    except NotFetched:
        # Why is nothing for strangers, who could learn from it what there is in our network.
        return "can't be fetched"
    return document_problem(found.content, client.redirect_uris)


def document_problem(document: bytes, redirect_uris: Sequence[str]) -> str | None:
    """Whether a document lists every redirect URI. Pure."""
    try:
        listed = json.loads(document)
    except (ValueError, RecursionError):
        return "is not JSON"
    if not isinstance(listed, list) or not all(isinstance(uri, str) for uri in listed):
        return "is not a JSON array of texts"
    missing = [uri for uri in redirect_uris if uri not in listed]
    return f"does not list {missing[0]}" if missing else None
