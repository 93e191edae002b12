"""Clients are registered once, have two secrets at most, and are gone when deleted."""

import asyncio
import hashlib

import pytest

from idp.clients.registration import (
    ClientExists,
    NoSecrets,
    UnknownClient,
    delete_client,
    disable_client,
    enable_client,
    register_client,
    rotate_secret,
)
from idp.clients.registry import load_client
from idp.records.client import Client, ClientId
from tests.support.rooms import NOW, OCCASION, Rooms

SHOP = Client(client_id=ClientId("shop"), client_name="Shop", redirect_uris=("https://shop.example/cb",))
SPA = Client(client_id=ClientId("spa"), client_name="SPA", token_endpoint_auth_method="none")


async def _register(rooms: Rooms, client: Client = SHOP) -> str | None:
    registered = await register_client(rooms.db, rooms.audit, rooms.entropy, OCCASION, client)
    return registered.secret


async def _rotate(rooms: Rooms, overlap_seconds: int) -> str:
    return await rotate_secret(
        rooms.db, rooms.audit, rooms.entropy, OCCASION, "shop", overlap_seconds=overlap_seconds
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


@pytest.mark.requirement("S35", "S80")
async def test_secret_is_shown_once_and_stored_as_digest(rooms: Rooms) -> None:
    secret = await _register(rooms)
    assert secret is not None
    assert len(secret) == 43
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert [stored.digest for stored in client.secrets] == [_digest(secret)]
    assert await rooms.events() == ["client.created"]


async def test_public_client_has_no_secret(rooms: Rooms) -> None:
    assert await _register(rooms, SPA) is None
    with pytest.raises(NoSecrets):
        await rotate_secret(rooms.db, rooms.audit, rooms.entropy, OCCASION, "spa", overlap_seconds=1)


async def test_identifier_is_given_once(rooms: Rooms) -> None:
    await _register(rooms)
    with pytest.raises(ClientExists):
        await _register(rooms)
    assert await rooms.events() == ["client.created"]


async def test_two_secrets_work_while_a_client_changes_over(rooms: Rooms) -> None:
    secrets = [await _register(rooms), await _rotate(rooms, 60), await _rotate(rooms, 60)]
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert [stored.digest for stored in client.secrets] == [
        _digest(str(secrets[2])),
        _digest(str(secrets[1])),
    ]
    assert [stored.expires_at for stored in client.secrets] == [None, NOW + 60]
    assert [stored.is_alive(NOW + 60) for stored in client.secrets] == [True, False]


async def test_rotations_at_once_leave_two_secrets(rooms: Rooms) -> None:
    await _register(rooms)
    secrets = await asyncio.gather(*(_rotate(rooms, 60) for _ in range(4)))
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert {stored.digest for stored in client.secrets} < {_digest(secret) for secret in secrets}
    assert len(client.secrets) == 2


async def test_rotation_without_overlap_ends_the_former_secret(rooms: Rooms) -> None:
    await _register(rooms)
    secret = await _rotate(rooms, 0)
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert [stored.digest for stored in client.secrets] == [_digest(secret)]


async def test_disabled_client_can_be_enabled(rooms: Rooms) -> None:
    await _register(rooms)
    await disable_client(rooms.db, rooms.audit, OCCASION, "shop")
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert client.disabled_at == NOW
    await enable_client(rooms.db, rooms.audit, OCCASION, "shop")
    client = await load_client(rooms.db, "shop")
    assert client is not None
    assert client.disabled_at is None
    assert await rooms.events() == ["client.created", "client.disabled", "client.enabled"]


async def test_deleted_client_leaves_only_its_name(rooms: Rooms) -> None:
    await _register(rooms)
    await rooms.family(client_id="shop")
    await delete_client(rooms.db, rooms.audit, OCCASION, "shop")
    assert await load_client(rooms.db, "shop") is None
    assert await rooms.rows("SELECT secret_id FROM client_secret") == []
    assert await rooms.rows("SELECT revoked_at, revoked_reason FROM family") == [(NOW, "client_deleted")]
    assert await rooms.rows("SELECT client_id, metadata FROM client") == [("shop", "{}")]
    with pytest.raises(ClientExists):
        await _register(rooms)
    assert await rooms.events() == ["client.created", "client.deleted"]


async def test_what_is_done_to_no_client_is_refused(rooms: Rooms) -> None:
    for act in (disable_client, enable_client, delete_client):
        with pytest.raises(UnknownClient):
            await act(rooms.db, rooms.audit, OCCASION, "nobody")
    assert await rooms.events() == []
