"""Keys that clients publish are fetched once for all who ask, anew for a key that is missing, and not too often."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from idp.clients import keys as client_keys
from idp.clients.keys import ClientKeys
from idp.records.client import Client, ClientId
from idp.records.ports import Fetched, NotFetched
from tests.support.outside import MemoryOutside

NOW = 1_800_000_000
URI = "https://shop.example/jwks"
_X = {
    "a": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "b": "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "c": "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik",
}


def _set(*kids: str) -> bytes:
    keys = [{"kty": "OKP", "crv": "Ed25519", "x": _X[kid], "kid": kid} for kid in kids]
    return json.dumps({"keys": keys}).encode()


def _client(uri: str = URI, **members: Any) -> Client:
    return Client(client_id=ClientId("shop"), client_name="Shop", jwks_uri=uri, **members)


async def _kids(keys: ClientKeys, now: int, *, uri: str = URI, lacking: str | None = None) -> list[str]:
    return [key.kid for key in await keys.find(_client(uri), now, lacking=lacking)]


async def test_registered_keys_need_nobody() -> None:
    outside = MemoryOutside()
    keys = await ClientKeys(outside).find(_client("", jwks=json.loads(_set("a"))), NOW, lacking="b")
    assert [key.kid for key in keys] == ["a"]
    assert await ClientKeys(outside).find(_client(""), NOW, lacking="b") == ()
    assert outside.fetched == []


async def test_a_set_is_kept_for_an_hour_unless_its_server_says_otherwise() -> None:
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    assert [await _kids(keys, NOW + seconds) for seconds in (0, 1, 3_599)] == [["a"]] * 3
    assert len(outside.fetched) == 1
    await _kids(keys, NOW + 3_600)
    assert len(outside.fetched) == 2


@pytest.mark.parametrize(
    ("max_age", "seconds"), [(0, 60), (1, 60), (600, 600), (86_400, 86_400), (10**9, 86_400)]
)
async def test_how_long_is_bounded(max_age: int, seconds: int) -> None:
    outside = MemoryOutside(documents={URI: _set("a")}, max_age=max_age)
    keys = ClientKeys(outside)
    await _kids(keys, NOW)
    await _kids(keys, NOW + seconds - 1)
    assert len(outside.fetched) == 1
    await _kids(keys, NOW + seconds)
    assert len(outside.fetched) == 2


async def test_a_key_that_is_missing_is_fetched_after_a_pause() -> None:
    """The suite replaces a client's key, waits for a minute, and wants the new one known."""
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    await _kids(keys, NOW)
    outside.documents[URI] = _set("b")
    assert await _kids(keys, NOW + 29, lacking="b") == ["a"]
    assert await _kids(keys, NOW + 30, lacking="a") == ["a"]
    assert await _kids(keys, NOW + 30, lacking="b") == ["b"]
    assert len(outside.fetched) == 2


async def test_a_signature_that_names_no_key_looks_anew_too() -> None:
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    await _kids(keys, NOW)
    outside.documents[URI] = _set("a", "c")
    assert await _kids(keys, NOW + 60, lacking="") == ["a", "c"]


@pytest.mark.requirement("S79")
async def test_invented_names_of_keys_make_no_flood() -> None:
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    for second in range(120):
        for each in range(5):
            await _kids(keys, NOW + second, lacking=f"invented {each}")
    assert len(outside.fetched) == 4


@pytest.mark.parametrize(
    "document", [None, b"", b"<html>", b"[]", b'{"keys": [{"kty": "oct", "k": "x"}]}', b" " * 70_000]
)
async def test_what_can_not_be_read_leaves_the_former_keys(document: bytes | None) -> None:
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    await _kids(keys, NOW)
    outside.documents.pop(URI)
    if document is not None:
        outside.documents[URI] = document
    assert await _kids(keys, NOW + 3_600) == ["a"]
    # It is tried again soon, and not at once.
    assert await _kids(keys, NOW + 3_629, lacking="b") == ["a"]
    assert len(outside.fetched) == 2
    outside.documents[URI] = _set("b")
    assert await _kids(keys, NOW + 3_630) == ["b"]


async def test_keys_that_were_never_to_be_had_are_none() -> None:
    outside = MemoryOutside()
    keys = ClientKeys(outside)
    assert await _kids(keys, NOW) == []
    assert await _kids(keys, NOW + 29, lacking="a") == []
    assert len(outside.fetched) == 1
    outside.documents[URI] = _set("a")
    assert await _kids(keys, NOW + 30) == ["a"]


@dataclass(kw_only=True)
class _Slow:
    """A server that answers when it is told to."""

    answer: Callable[[], bytes]
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def fetch(self, url: str, *, most_bytes: int) -> Fetched:
        self.asked += 1
        await self.may_answer.wait()
        return Fetched(content=self.answer(), media_type="application/json", max_age=None)

    async def post(self, url: str, form: object) -> int:
        raise NotFetched(url)


async def test_many_who_ask_at_once_make_one_request() -> None:
    slow = _Slow(answer=lambda: _set("a"))
    keys = ClientKeys(slow)
    asking = [asyncio.create_task(_kids(keys, NOW, lacking="a")) for _ in range(50)]
    slow.may_answer.set()
    assert await asyncio.gather(*asking) == [["a"]] * 50
    assert slow.asked == 1


async def test_who_goes_away_leaves_the_others_their_answer() -> None:
    slow = _Slow(answer=lambda: _set("a"))
    keys = ClientKeys(slow)
    first, second = (asyncio.create_task(_kids(keys, NOW)) for _ in range(2))
    await asyncio.wait([first], timeout=0)
    first.cancel()
    slow.may_answer.set()
    assert await second == ["a"]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_sets_of_few_addresses_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_keys, "_MOST_SETS", 3)
    uris = [f"https://shop.example/{each}" for each in range(5)]
    outside = MemoryOutside(documents={uri: _set("a") for uri in uris})
    keys = ClientKeys(outside)
    for uri in uris:
        await _kids(keys, NOW, uri=uri)
    for uri in reversed(uris[2:]):
        await _kids(keys, NOW, uri=uri)
    assert len(outside.fetched) == 5
    await _kids(keys, NOW, uri=uris[0])
    assert len(outside.fetched) == 6


async def test_clients_share_what_is_at_one_address() -> None:
    outside = MemoryOutside(documents={URI: _set("a")})
    keys = ClientKeys(outside)
    await _kids(keys, NOW)
    assert [key.kid for key in await keys.find(_client(), NOW)] == ["a"]
    assert len(outside.fetched) == 1
