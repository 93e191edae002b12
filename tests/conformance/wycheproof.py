"""Wycheproof's JWS, JWE and JWK vectors through every place where we accept a JOSE object.

    python -m tests.conformance.wycheproof PATH-OF-testvectors_v1 COMMIT

The vectors are those of https://github.com/C2SP/wycheproof, and not part of this repository. Their payloads are no
claims, so beside the endpoints, which refuse all of them for that alone, what decides inside is asked too.
"""

import asyncio
import json
import sys
import tempfile
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from idp.oauth.client_auth.private_key_jwt import ASSERTION_TYPE
from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS, DecryptionKey, decrypt
from idp.signing.foreign import check_signature
from idp.signing.public_keys import BadKeySet, read_key_set
from idp.store.migrations.upgrade import upgrade
from tests.oauth.asserting import register_signer
from tests.support.world import EVERY_EXCEPTION, World, open_world, settings_for

_PAGE = Path(__file__).parents[2] / "docs" / "wycheproof.md"
FILES = ("json_web_signature", "json_web_encryption", "json_web_key", "json_web_crypto")

_HEAD = """\
# Wycheproof

[Wycheproof](https://github.com/C2SP/wycheproof)'s vectors for JWS, JWE and JWK, run through every place where we accept
a JOSE object. Written by `python -m tests.conformance.wycheproof PATH COMMIT`, where `PATH` is its folder
`testvectors_v1`, at commit {commit}.
`tests/signing/test_*_vectors.py` have vectors of the same kinds, which `make test` runs.

*As expected* means: what Wycheproof calls valid is accepted if it is of algorithms of ours, and refused if not;
everything else is refused. Ours are {ours}.

"""
_PLACES = """
## Through the endpoints

Every vector again, as it stands, over HTTP: as a client's assertion at `/token`, with the vector's own key registered
for that client; as a request object at `/authorize`, by that client too; as an `id_token_hint` there and at `/logout`,
where an empty one is none and answered by a page; and as an access token at `/userinfo`. None holds the claims of such
a token, so each has to be refused with a protocol error.

| Place | Vectors | Refused | Answers |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    file: str
    group: str
    number: int
    comment: str
    token: str
    is_valid: bool
    plaintext: str | None
    keys: tuple[Mapping[str, Any], ...]

    @property
    def header(self) -> dict[str, Any]:
        """What it says of itself; empty where that can't be read."""
        encoded = self.token.partition(".")[0]
        try:
            members = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        except ValueError:
            return {}
        return members if isinstance(members, dict) else {}


def vectors(folder: Path) -> Iterator[Vector]:
    for file in FILES:
        document = json.loads((folder / f"{file}_test.json").read_text(encoding="utf-8"))
        for group in document["testGroups"]:
            key = group["private"]
            for test in group["tests"]:
                token = test.get("jws") or test.get("jwe") or ""
                yield Vector(
                    file=file,
                    group=group["comment"],
                    number=test["tcId"],
                    comment=test["comment"],
                    token=token if isinstance(token, str) else json.dumps(token),
                    is_valid=test["result"] == "valid",
                    plaintext=test.get("pt"),
                    keys=tuple(key.get("keys", [key])),
                )


def public_set(vector: Vector) -> dict[str, Any]:
    """The public halves of its keys; a symmetric key has none, and stays as it is."""
    private = {"d", "p", "q", "dp", "dq", "qi"}
    return {"keys": [{name: key[name] for name in key if name not in private} for key in vector.keys]}


def is_signature_accepted(vector: Vector) -> bool:
    try:
        check_signature(vector.token, read_key_set(public_set(vector)), algorithms=ALGORITHMS)
    except (BadToken, BadKeySet):
        return False
    return True


def is_signature_ours(vector: Vector) -> bool:
    return vector.header.get("alg") in ALGORITHMS


def is_decrypted(vector: Vector) -> bool:
    try:
        content = decrypt(vector.token, [key for key in map(_decryption_key, vector.keys) if key])
    except BadToken:
        return False
    # Some vectors don't say what they hold.
    return vector.plaintext is None or content.encode().hex() == vector.plaintext


def _decryption_key(key: Mapping[str, Any]) -> DecryptionKey | None:
    imported = JWKRegistry.import_key(dict(key))
    if not isinstance(imported, RSAKey | ECKey):
        return None
    return DecryptionKey(kid=key["kid"], algorithm=key["alg"], key=imported)


def is_encryption_ours(vector: Vector) -> bool:
    header = vector.header
    return header.get("alg") in KEY_ALGORITHMS and header.get("enc") in CONTENT_ALGORITHMS


def is_encrypted(vector: Vector) -> bool:
    return any(key.get("use") == "enc" for key in vector.keys) and vector.file != "json_web_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    name: str
    takes: Callable[[Vector], bool]
    is_ours: Callable[[Vector], bool]
    accepts: Callable[[Vector], bool]


INSIDE = (
    Place(
        name="signatures of clients: assertions, request objects, software statements; keys registered or fetched",
        takes=lambda vector: not is_encrypted(vector) or vector.file == "json_web_key",
        is_ours=is_signature_ours,
        accepts=is_signature_accepted,
    ),
    Place(
        name="what is encrypted to us: request objects",
        takes=lambda vector: is_encrypted(vector) and vector.file != "json_web_key",
        is_ours=is_encryption_ours,
        accepts=is_decrypted,
    ),
)


def judged(found: list[Vector], place: Place) -> Iterator[tuple[Vector, bool, bool]]:
    """Each vector that the place takes, whether it accepts it, and whether it should."""
    for vector in found:
        if place.takes(vector):
            yield vector, place.accepts(vector), vector.is_valid and place.is_ours(vector)


def table(found: list[Vector], place: Place) -> Iterator[str]:
    yield f"## {place.name[0].upper()}{place.name[1:]}\n\n"
    yield "| File | Group | Vectors | Accepted | Refused | As expected |\n| --- | --- | --- | --- | --- | --- |\n"
    results = list(judged(found, place))
    for file, group in dict.fromkeys((vector.file, vector.group) for vector, _, _ in results):
        rows = [row for row in results if (row[0].file, row[0].group) == (file, group)]
        accepted, right = sum(row[1] for row in rows), sum(row[1] == row[2] for row in rows)
        yield f"| {file} | {group} | {len(rows)} | {accepted} | {len(rows) - accepted} | {right} |\n"
    wrong = [row for row in results if row[1] != row[2]]
    yield f"\nDeviations: {len(wrong) or 'none'}.\n\n"
    for vector, is_accepted, _ in wrong:
        done = "accepted" if is_accepted else "refused"
        yield f"- {vector.file} {vector.number} ({vector.group}, {vector.comment}) is {done}\n"


async def _through(world: World, vector: Vector, client_id: str) -> Iterator[tuple[str, int]]:
    """The place and the status of each answer. Raises AssertionError where one is no refusal."""
    browser = world.browser()
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": vector.token}
    asked = {"client_id": client_id, "response_type": "code", "scope": "openid"}
    asked["redirect_uri"] = "https://signer.example/cb"
    hinted = {**asked, "prompt": "none", "id_token_hint": vector.token}
    bearer = f"Bearer {vector.token}".encode("ascii", "replace").replace(b"\n", b" ")
    answers = {
        "client assertion": await browser.http.post(
            "/token", data={"grant_type": "client_credentials", **proof}
        ),
        "request object": await browser.http.get("/authorize", params={**asked, "request": vector.token}),
        "`id_token_hint` at `/authorize`": await browser.http.get("/authorize", params=hinted),
        "`id_token_hint` at `/logout`": await browser.http.get(
            "/logout", params={"id_token_hint": vector.token}
        ),
        "access token": await browser.http.get("/userinfo", headers={b"authorization": bearer}),
    }
    for place, answer in answers.items():
        location = answer.headers.get("location", "")
        is_refused = answer.status_code in (400, 401) or "error=" in location
        # Signing out asks whoever has no proof, and nobody is signed in here.
        assert is_refused or place.endswith("`/logout`"), (vector, place, answer.status_code, answer.text)
        assert answer.status_code < 500
        assert "code=" not in location
    return iter([(place, answer.status_code) for place, answer in answers.items()])


async def endpoints(found: list[Vector]) -> Counter[tuple[str, int]]:
    """How often each place gave each status."""
    counted: Counter[tuple[str, int]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_for(f"sqlite:///{folder}/idp.db", Path(folder))
        upgrade(settings.database.url)
        async with open_world(replace(settings, exceptions=EVERY_EXCEPTION)) as world:
            for number, vector in enumerate(found):
                client_id = f"wycheproof-{number}"
                await register_signer(
                    world,
                    client_id,
                    jwks=_usable(vector),
                    grant_types=frozenset({"client_credentials", "authorization_code"}),
                    response_types=frozenset({"code"}),
                    redirect_uris=("https://signer.example/cb",),
                    scopes=frozenset({"openid"}),
                )
                counted.update(await _through(world, vector, client_id))
    return counted


def _usable(vector: Vector) -> dict[str, Any]:
    """Its keys, where registration would take them."""
    try:
        read_key_set(public_set(vector))
    except BadKeySet:
        return {"keys": []}
    return public_set(vector)


def report(folder: Path, commit: str) -> str:
    found = list(vectors(folder))
    ours = ", ".join((*ALGORITHMS, *KEY_ALGORITHMS, *CONTENT_ALGORITHMS))
    parts = [_HEAD.format(commit=commit, ours=ours)]
    parts += ["".join(table(found, place)) for place in INSIDE]
    counted = asyncio.run(endpoints(found))
    parts.append(_PLACES)
    for place in dict.fromkeys(name for name, _ in counted):
        answers = {status: count for (name, status), count in counted.items() if name == place}
        told = ", ".join(f"{count} times {status}" for status, count in sorted(answers.items()))
        parts.append(f"| {place} | {sum(answers.values())} | {sum(answers.values())} | {told} |\n")
    return "".join(parts)


if __name__ == "__main__":
    _PAGE.write_text(report(Path(sys.argv[1]), sys.argv[2]), encoding="utf-8")
