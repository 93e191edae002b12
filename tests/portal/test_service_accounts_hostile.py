"""Service accounts and people who mean harm: in others' accounts, in forms of their own, and in keys."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from idp.clients.registration import disable_client
from idp.records.event import Occasion
from idp.signing.pasted_keys import read_pasted
from idp.signing.public_keys import LARGEST_SET
from tests.oauth.asserting import assertion, present
from tests.portal.pressing import forms_of, open_account, press
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.mail import delivered
from tests.support.service_accounts import LIST_PATH, NEW_PATH, delete_path, make, one_path, shown, token_of
from tests.support.world import ISSUER, PASSWORD, World

_EC = generate_private_key(SECP256R1())
_PRIVATE_PEM = _EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
_PUBLIC_PEM = _EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
_SHORT_PEM = (
    generate_rsa_key(65_537, 1_024)
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
_PRIVATE, _UNUSABLE, _KEYS = "This is a private key", "None of these keys can be used", "Paste a public key"


async def _count(world: World) -> int:
    rows = await world.rows("SELECT count(*) FROM client WHERE owner_id IS NOT NULL AND deleted_at IS NULL")
    return int(rows[0][0])


@pytest.mark.requirement("S91")
async def test_another_customers_service_account_is_none(serving_world: World) -> None:
    client_id, secret = shown(await make(serving_world.browser()))
    bob = serving_world.browser()
    own_id, _ = shown(await make(bob, identifier="bb22222-ovh"))
    own = await bob.get(one_path(own_id))
    for path in (one_path(client_id), delete_path(client_id), one_path("manager"), one_path("nothing")):
        assert (await bob.get(path)).status_code == 404
    # The form of one's own page, sent to the address of somebody else's.
    for form, action in (
        ("service-account-switch", "turn-off"),
        ("service-account", "save"),
        ("rotate-secret", "rotate"),
        ("end-secret", "end-secret"),
    ):
        _, hidden = forms_of(own)[form]
        fields = {**hidden, "action": action, "name": "Mine", "scope": "invoices:read"}
        forged = await bob.http.post(one_path(client_id), data=fields, headers={"origin": ISSUER})
        assert forged.status_code == 404
    assert client_id not in (await bob.get(LIST_PATH)).text
    assert (await token_of(bob, client_id, secret)).status_code == 200
    deleting = await bob.get(delete_path(own_id))
    _, hidden = forms_of(deleting)["delete-service-account"]
    forged = await bob.http.post(
        delete_path(client_id), data={**hidden, "action": "delete"}, headers={"origin": ISSUER}
    )
    assert forged.status_code == 404
    assert (await token_of(bob, client_id, secret)).status_code == 200


async def test_a_secret_of_another_service_account_does_not_end(serving_world: World) -> None:
    client_id, secret = shown(await make(serving_world.browser()))
    theirs = (
        await serving_world.rows(f"SELECT secret_id FROM client_secret WHERE client_id = '{client_id}'")
    )[0]
    bob = serving_world.browser()
    own_id, _ = shown(await make(bob, identifier="bb22222-ovh"))
    page = await bob.get(one_path(own_id))
    await press(bob, page, "end-secret", "end-secret", secret=theirs[0])
    assert (await token_of(bob, client_id, secret)).status_code == 200


@pytest.mark.requirement("S91")
@pytest.mark.parametrize("scope", ["invoices:pay", "customers:read", "openid", "offline_access", "*", ""])
async def test_a_forged_form_gives_nothing_that_is_not_offered(
    sqlite_serving_world: World, scope: str
) -> None:
    browser = sqlite_serving_world.browser()
    page = await make(browser, scope=scope)
    assert page.status_code == 422
    assert "Choose what the program may do" in page.text
    assert await _count(sqlite_serving_world) == 0


@pytest.mark.parametrize(
    "method", ["none", "", "tls_client_auth", "self_signed_tls_client_auth", "x" * 5_000]
)
async def test_a_forged_form_proves_itself_by_nothing_else(sqlite_serving_world: World, method: str) -> None:
    page = await make(sqlite_serving_world.browser(), method=method)
    assert page.status_code == 422
    assert await _count(sqlite_serving_world) == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "Enter a name"),
        ("x" * 61, "Enter a name"),
        ("\u202e", "Enter a name"),
        ("Demo Hosting", "could be taken for ours"),
        ("D\u0435mo H\u043esting support", "could be taken for ours"),
    ],
)
async def test_a_name_is_short_and_its_own(sqlite_serving_world: World, name: str, told: str) -> None:
    page = await make(sqlite_serving_world.browser(), name=name)
    assert page.status_code == 422
    assert told in page.text
    assert await _count(sqlite_serving_world) == 0


async def test_a_name_is_one_line_of_what_can_be_seen(sqlite_serving_world: World) -> None:
    browser = sqlite_serving_world.browser()
    shown(await make(browser, name="Nightly\r\n \u202ebackup\u200b"))
    assert "Nightly backup" in (await browser.get(LIST_PATH)).text


async def test_a_form_without_anything_says_all_that_is_missing(sqlite_serving_world: World) -> None:
    page = await make(sqlite_serving_world.browser(), name="", scope="")
    assert page.status_code == 422
    assert "Enter a name" in page.text
    assert "Choose what the program may do" in page.text


async def test_a_name_brings_no_message_into_our_mails(sqlite_serving_world: World) -> None:
    """Whoever is in an account makes one, and its owner gets a mail with our letterhead."""
    browser = sqlite_serving_world.browser()
    client_id, _ = shown(await make(browser, name="Account blocked, call +33 1 99 00 00 99"))
    page = await browser.get(one_path(client_id))
    await press(browser, page, "service-account", "save", name="See evil.example", scope="invoices:read")
    told = [mail for mail in await delivered(sqlite_serving_world) if "service account" in mail.subject]
    assert len(told) == 2
    for mail in told:
        assert client_id in mail.text
        assert "99 00 00 99" not in mail.text + mail.html
        assert "evil.example" not in mail.text + mail.html


async def test_a_name_is_written_as_text(sqlite_serving_world: World) -> None:
    browser = sqlite_serving_world.browser()
    page = await make(browser, name="<script>alert(1)</script>")
    assert page.status_code == 200
    for path in (LIST_PATH, one_path(shown(page)[0])):
        assert "<script>alert" not in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (_PRIVATE_PEM, _PRIVATE),
        (json.dumps(jwks({**client_key("EdDSA").as_dict(private=True)})), _PRIVATE),
        (json.dumps({"kty": "oct", "k": "c2VjcmV0c2VjcmV0"}), _PRIVATE),
        (json.dumps(jwks({"kty": "oct", "k": "c2VjcmV0"}, public_jwk(client_key("ES256")))), _PRIVATE),
        (_SHORT_PEM, _UNUSABLE),
        (json.dumps(jwks()), _UNUSABLE),
        (json.dumps(jwks({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"})), _UNUSABLE),
        (json.dumps(jwks(*[public_jwk(client_key("ES256"))] * 33)), _KEYS),
        ("a" * (LARGEST_SET + 1), "larger than we accept"),
        ("-----BEGIN PUBLIC KEY-----\nnonsense", _KEYS),
        ("-----BEGIN CERTIFICATE-----\nnonsense", _KEYS),
        ("{" * 5_000, _KEYS),
        ("[1, 2]", _KEYS),
        ('{"keys": [1]}', _KEYS),
        ("nonsense", _KEYS),
        ("", _KEYS),
    ],
)
async def test_what_is_no_public_key_is_refused_and_not_repeated(
    sqlite_serving_world: World, keys: str, told: str
) -> None:
    browser = sqlite_serving_world.browser(headers={"accept": "text/html"})
    second = await make(browser, method="private_key_jwt")
    answer = await press(browser, second, "service-account-key", "make", keys=keys)
    assert answer.status_code in (413, 422), answer.status_code
    assert told in answer.text
    if told == _PRIVATE:
        assert keys.splitlines()[-1][:30] not in answer.text
    assert await _count(sqlite_serving_world) == 0


@pytest.mark.parametrize("uri", ["http://example.com/jwks", "ftp://example.com", "javascript:alert(1)", "x"])
async def test_keys_are_fetched_by_https_alone(sqlite_serving_world: World, uri: str) -> None:
    browser = sqlite_serving_world.browser()
    second = await make(browser, method="private_key_jwt")
    answer = await press(browser, second, "service-account-key", "make", jwks_uri=uri)
    assert answer.status_code == 422
    assert "begins with https" in answer.text
    both = await press(
        browser, second, "service-account-key", "make", jwks_uri="https://a.example/jwks", keys=_PUBLIC_PEM
    )
    assert "not both" in both.text
    assert sqlite_serving_world.outside.fetched == []
    assert await _count(sqlite_serving_world) == 0


async def test_keys_at_an_address_prove_and_a_private_one_there_does_not(serving_world: World) -> None:
    uri = "https://robot.example/jwks"
    browser = serving_world.browser()
    second = await make(browser, method="private_key_jwt")
    done = await press(browser, second, "service-account-key", "make", jwks_uri=uri)
    client_id = done.headers["location"].partition("id=")[2]
    private = jwks(client_key().as_dict(private=True))
    serving_world.outside.documents[uri] = json.dumps(private).encode()
    assert (await present(serving_world, assertion(serving_world, client_id))).status_code == 401
    serving_world.clock.pass_(60)
    serving_world.outside.documents[uri] = json.dumps(jwks(public_jwk(client_key()))).encode()
    assert (await present(serving_world, assertion(serving_world, client_id))).status_code == 200


def test_pem_and_certificates_become_keys() -> None:
    assert read_pasted(_PUBLIC_PEM)["keys"][0]["crv"] == "P-256"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "robot")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_EC.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(_EC, SHA256())
    )
    (key,) = read_pasted(certificate.public_bytes(Encoding.PEM).decode())["keys"]
    assert key["kty"] == "EC"
    assert len(key["x5c"]) == 1


async def test_other_sites_and_other_sessions_make_none(serving_world: World) -> None:
    browser = serving_world.browser()
    page = await open_account(browser, NEW_PATH)
    path, hidden = forms_of(page)["new-service-account"]
    fields = {**hidden, "action": "continue", "name": "R", "scope": "invoices:read"}
    fields["method"] = "client_secret_basic"
    foreign = await browser.http.post(path, data=fields, headers={"origin": "https://evil.example"})
    tokenless = await browser.http.post(
        path, data={**fields, "csrf_token": "0" * 64}, headers={"origin": ISSUER}
    )
    other = serving_world.browser()
    await open_account(other, NEW_PATH, identifier="bb22222-ovh")
    crossed = await other.http.post(path, data=fields, headers={"origin": ISSUER})
    unsigned = await serving_world.browser().http.post(path, data=fields, headers={"origin": ISSUER})
    assert [answer.status_code for answer in (foreign, tokenless, crossed, unsigned)] == [403, 403, 403, 303]
    for once in ("", "svc-1", "Z" * 32, "0" * 31):
        answer = await browser.http.post(path, data={**fields, "once": once}, headers={"origin": ISSUER})
        assert answer.status_code == 303
    assert await _count(serving_world) == 0


async def test_parallel_creations_stop_at_the_limit(serving_world: World) -> None:
    browser = serving_world.browser()
    await open_account(browser, NEW_PATH)
    pages = [await browser.get(NEW_PATH) for _ in range(8)]
    fields = {"name": "Robot", "scope": "invoices:read", "method": "client_secret_basic"}
    answers = await asyncio.gather(
        *(press(browser, page, "new-service-account", "continue", **fields) for page in pages)
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 3 + [409] * 5
    assert "You have 3 service accounts" in next(one.text for one in answers if one.status_code == 409)
    assert await _count(serving_world) == 3


async def test_whoever_finds_an_open_browser_makes_none(sqlite_serving_world: World) -> None:
    """Nor a secret, and turns nothing on; what takes away is done at once."""
    world, browser = sqlite_serving_world, sqlite_serving_world.browser()
    client_id, secret = shown(await make(browser))
    page = await browser.get(one_path(client_id))
    world.clock.pass_(world.house.settings.factors.recent_seconds + 1)
    assert (await browser.get(NEW_PATH)).headers["location"].startswith("/sign-in/")
    for form, action, fields in (
        ("rotate-secret", "rotate", {}),
        ("service-account", "save", {"name": "R", "scope": "ledger:read"}),
        ("end-secret", "turn-on", {}),
        ("end-secret", "replace", {"keys": _PUBLIC_PEM}),
    ):
        asked = await press(browser, page, form, action, **fields)
        assert asked.status_code == 303
        assert asked.headers["location"].startswith("/sign-in/")
    assert len(await world.rows(f"SELECT 1 FROM client_secret WHERE client_id = '{client_id}'")) == 1
    turned = await press(browser, page, "service-account-switch", "turn-off")
    assert turned.headers["location"] == one_path(client_id)
    assert (await token_of(browser, client_id, secret)).status_code == 401


async def test_a_fresh_proof_leads_back_to_the_same_one(sqlite_serving_world: World) -> None:
    world, browser = sqlite_serving_world, sqlite_serving_world.browser()
    client_id, _ = shown(await make(browser))
    world.clock.pass_(world.house.settings.factors.recent_seconds + 1)
    asked = await press(browser, await browser.get(one_path(client_id)), "rotate-secret", "rotate")
    page = await browser.follow(asked)
    proven = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert str((await browser.follow(proven)).url).endswith(one_path(client_id))


async def test_an_operators_word_stands(sqlite_serving_world: World) -> None:
    world, browser = sqlite_serving_world, sqlite_serving_world.browser()
    client_id, secret = shown(await make(browser))
    page = await browser.get(one_path(client_id))
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    await disable_client(world.house.database, world.house.audit, occasion, client_id)
    stopped = await browser.get(one_path(client_id))
    assert "We turned it off" in stopped.text
    assert "service-account-switch" not in forms_of(stopped)
    await press(browser, page, "service-account-switch", "turn-on")
    assert (await token_of(browser, client_id, secret)).status_code == 401
