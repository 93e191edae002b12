"""Whatever is sent to the authorization and token endpoints: never a 500, never a redirect to an unregistered place,
never a token without every check passed, and no refused request that burns what a right one needs.
"""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.spec.scope import STANDARD_SCOPES
from tests.oauth.wire import code_of
from tests.support.clients import API, CLIENTS, LEDGER
from tests.support.world import ISSUER, VERIFIER, Browser, World, asked, basic

Pairs = tuple[tuple[str, str], ...]

_given_world = settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_FORM_TYPE = "application/x-www-form-urlencoded"
_REGISTERED = {str(client.client_id): client.redirect_uris for client, _ in CLIENTS}
_ALLOWED = STANDARD_SCOPES | {"invoices:read"}

# Values that mean something somewhere, so that examples are nearly right more often than noise would be.
_TELLING = (
    "", " ", "none", "login", "code", "token", "query", "form_post", "S256", "plain", "openid", "openid profile",
    "offline_access openid", "invoices:read", "ledger:read", "manager", "spa", "native", "machine", "0", "1", "-1",
    "http://localhost:8001/callback", "http://127.0.0.1:4000/callback", "https://evil.example/", API, LEDGER, VERIFIER,
    "manager-secret", "machine-secret", "authorization_code", "refresh_token", "client_credentials", "e30.e30.e30",
    '"', "\\", "%", "%00", "é\N{SNOWMAN}\N{GRINNING FACE}", "\r\n", "x" * 5_000, "../", "javascript:alert(1)",
)  # fmt: skip
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
_VALUES = st.one_of(st.sampled_from(_TELLING), _TEXT)
_AUTHORIZE_NAMES = st.sampled_from(
    (*asked(), "prompt", "max_age", "resource", "request", "request_uri", "registration", "response_mode", "display",
     "id_token_hint", "login_hint", "acr_values", "ui_locales", "claims", "x")
)  # fmt: skip
_TOKEN_NAMES = st.sampled_from(
    ("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "resource", "scope",
     "refresh_token", "x")
)  # fmt: skip


def _mutations(names: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str, str]]]:
    """What is done to a right request: up to four times a parameter is dropped, changed or repeated."""
    acts = st.sampled_from(("drop", "change", "add"))
    return st.lists(st.tuples(acts, st.one_of(names, _TEXT), _VALUES), max_size=4)


def _mutated(pairs: Pairs, mutations: Sequence[tuple[str, str, str]]) -> Pairs:
    for act, name, value in mutations:
        match act:
            case "drop":
                pairs = tuple(pair for pair in pairs if pair[0] != name)
            case "change":
                pairs = (*(pair for pair in pairs if pair[0] != name), (name, value))
            case _:
                pairs = (*pairs, (name, value))
    return pairs


def _repeats(pairs: Pairs) -> bool:
    counts = Counter(name for name, _ in pairs if name)  # What has no name is no parameter.
    return any(count > 1 for name, count in counts.items() if name != "resource")


def _may_be_answered(pairs: Pairs) -> bool:
    """Whether a request by somebody who is signed in may get a code: the specification's checks, told again."""
    sent = {name: value for name, value in pairs if value}
    scopes = set(sent.get("scope", "").split(" "))
    resources = [value for name, value in pairs if name == "resource" for value in value.split()]
    return (
        not _repeats(pairs)
        and sent.get("redirect_uri") in _REGISTERED.get(sent.get("client_id", ""), ())
        and sent.get("response_type") == "code"
        and sent.get("response_mode", "query") == "query"
        and not {"request", "request_uri", "registration"} & set(sent)
        and sent.get("code_challenge_method") == "S256"
        and re.fullmatch(r"[A-Za-z0-9_-]{43}", sent.get("code_challenge", "")) is not None
        and bool(scopes & _ALLOWED)
        and set(resources) <= {API}
        and "id_token_hint" not in sent
        and set(sent.get("prompt", "").split()) <= {"none", "login", "consent", "select_account"}
    )


def _is_registered(location: str, pairs: Pairs) -> bool:
    """Whether a redirect leads to a registered place of the client that asked, which gets `iss`."""
    client_id = next((value for name, value in pairs if name == "client_id" and value), "")
    query = parse_qs(urlsplit(location).query)
    return (
        any(location.startswith(f"{uri}?") for uri in _REGISTERED.get(client_id, ()))
        and query["iss"] == [ISSUER]
        and ("code" in query) != ("error" in query)
    )


@pytest.fixture
async def alice(world: World) -> Browser:
    """A browser in which Alice is signed in, for all the examples of a test."""
    browser = world.browser()
    await browser.sign_in()
    return browser


@pytest.mark.requirement("S1", "S2", "S7", "S10", "S12", "S27")
@_given_world
@given(mutations=_mutations(_AUTHORIZE_NAMES), is_posted=st.booleans())
async def test_authorization_requests(
    alice: Browser, mutations: list[tuple[str, str, str]], is_posted: bool
) -> None:
    pairs = _mutated(tuple(asked().items()), mutations)
    if is_posted:
        response = await alice.http.post(
            "/authorize", content=urlencode(pairs), headers={"content-type": _FORM_TYPE}
        )
        if response.status_code == 303:
            response = await alice.get(response.headers["location"])
    else:
        response = await alice.get(f"/authorize?{urlencode(pairs)}")

    assert response.status_code in (303, 400), response.text
    location = response.headers.get("location", "")
    if location and not location.startswith("/sign-in/"):
        assert _is_registered(location, pairs), location
    if "code" in parse_qs(urlsplit(location).query):
        assert _may_be_answered(pairs)


def _is_right(pairs: Pairs, authorization: str, code: str) -> bool:
    """Whether a token request has every check in its favour."""
    form = {name: value for name, value in pairs if value}
    resources = [value for name, value in pairs if name == "resource" and value]
    by_header = authorization == basic("manager") and "client_secret" not in form
    by_form = not authorization and form.get("client_secret") == "manager-secret"
    return (
        not _repeats(pairs)
        and form.get("grant_type") == "authorization_code"
        and form.get("code") == code
        and form.get("redirect_uri") == "http://localhost:8001/callback"
        and form.get("code_verifier") == VERIFIER
        and set(resources) <= {API}
        and (
            (by_header and form.get("client_id", "manager") == "manager")
            or (by_form and form.get("client_id") == "manager")
        )
    )


_AUTHORIZATIONS = st.one_of(
    st.sampled_from(
        ("", basic("manager"), basic("manager"), basic("machine"), basic("manager", "x"), "Bearer x")
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)


@pytest.mark.requirement("S4", "S5", "S8", "S9", "S17", "S27")
@_given_world
@given(mutations=_mutations(_TOKEN_NAMES), authorization=_AUTHORIZATIONS)
async def test_token_requests(
    alice: Browser, mutations: list[tuple[str, str, str]], authorization: str
) -> None:
    code = await code_of(alice)
    right: Pairs = (
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "http://localhost:8001/callback"),
        ("code_verifier", VERIFIER),
    )
    credentials: Pairs = (
        () if authorization else (("client_id", "manager"), ("client_secret", "manager-secret"))
    )
    pairs = _mutated((*right, *credentials), mutations)

    response = await _post_form(alice.http, pairs, authorization)

    if _is_right(pairs, authorization.strip(), code):
        assert response.status_code == 200, response.text
        return
    grant_type = next((value for name, value in pairs if name == "grant_type" and value), "")
    assert response.status_code in (400, 401) or grant_type == "client_credentials", response.text
    if response.status_code != 200:
        assert "access_token" not in response.json()
    assert (await _post_form(alice.http, right, basic("manager"))).status_code == 200


async def _post_form(http: httpx2.AsyncClient, pairs: Pairs, authorization: str) -> httpx2.Response:
    headers = {"content-type": _FORM_TYPE} | ({"authorization": authorization} if authorization else {})
    return await http.post("/token", content=urlencode(pairs), headers=headers)


_PATHS = (
    "/authorize", "/token", "/revoke", "/introspect", "/userinfo", "/logout", "/sign-out", "/jwks", "/account", "/",
    "/.well-known/openid-configuration", "/sign-in/x", "/sign-in/x/login", "/sign-in/x/consent", "/static/x", "/readyz",
    "/enrol/x", "/forgot", "/account/applications", "/account/sessions",
)  # fmt: skip
_HEADER_VALUES = st.binary(max_size=60).map(lambda value: re.sub(rb"[\r\n\0]", b"", value))
_HEADER_NAMES = (
    b"authorization", b"cookie", b"content-type", b"origin", b"accept", b"accept-language", b"user-agent", b"referer",
    b"if-none-match", b"sec-fetch-site", b"x-forwarded-for", b"forwarded",
)  # fmt: skip
_TARGETS = st.builds(
    lambda path, tail, query: f"{path}{quote(tail)}?{query}",
    st.sampled_from(_PATHS),
    st.one_of(st.just(""), st.text(st.characters(codec="utf-8"), max_size=10)),
    st.one_of(st.just(""), st.binary(max_size=60).map(quote)),
)
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.tuples(_TOKEN_NAMES, _VALUES), max_size=5).map(lambda pairs: urlencode(pairs).encode()),
)


@_given_world
@given(
    method=st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "PUT")),
    target=_TARGETS,
    body=_BODIES,
    headers=st.dictionaries(st.sampled_from(_HEADER_NAMES), _HEADER_VALUES, max_size=4),
)
async def test_anything_at_all(
    alice: Browser, method: str, target: str, body: bytes, headers: dict[bytes, bytes]
) -> None:
    headers.setdefault(b"content-type", _FORM_TYPE.encode())

    response = await alice.http.request(method, target, content=body, headers=headers)

    assert response.status_code < 500, response.text
    assert response.headers.get("location", "/").startswith("/")
