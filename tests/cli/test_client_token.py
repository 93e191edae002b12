"""`idp client token`: tokens that let their holders register clients, shown once."""

from tests.cli.conftest import Commands

_GIVES = ("--give", "require_pkce=false", "--give", "client_name=Suite", "--give", 'contacts=["a@b.example"]')


def test_a_token_is_made_listed_and_revoked(idp_on_both: Commands) -> None:
    idp = idp_on_both
    made = idp.json("client", "token", "create", "--note", "For the suite", "--uses", "3", *_GIVES)
    assert len(made["token"]) == 64
    [listed] = idp.json("client", "token", "list")
    assert listed["token_id"] == made["token_id"]
    assert listed["gives"] == {
        "require_pkce": False,
        "client_name": "Suite",
        "contacts": ["a@b.example"],
    }
    assert (listed["uses_left"], listed["note"], listed["revoked_at"]) == (3, "For the suite", None)
    assert listed["expires_at"] == made["expires_at"]
    assert made["token"] not in idp.text("client", "token", "list")
    assert idp.text("client", "token", "revoke", made["token_id"]) == f"{made['token_id']} is revoked\n"
    assert idp.json("client", "token", "list")[0]["revoked_at"]
    assert "revoked already" in idp.refused("client", "token", "revoke", made["token_id"])


def test_a_token_is_told_as_text(idp: Commands) -> None:
    result = idp("client", "token", "create", "--days", "1")
    head, value = result.stdout.splitlines()
    assert head.endswith("shown this once:")
    assert len(value) == 64
    # Nobody can use it yet.
    assert 'set mode = "token"' in result.stderr
    assert "any number" in idp.text("client", "token", "list")


def test_what_no_token_can_give_is_refused(idp: Commands) -> None:
    told = idp.refused("client", "token", "create", "--give", "is_demo=true", "--give", "scope=7")
    assert "is_demo: is no member that we know" in told
    assert "scope: is not a text" in told
    result = idp("client", "token", "create", "--give", "x")
    assert (result.exit_code, "x is not MEMBER=VALUE" in result.stderr) == (2, True)


def test_a_client_with_keys_of_its_own_has_no_secret(idp: Commands) -> None:
    made = idp.json(
        "client", "create", "shop", "--name", "Shop", "--redirect-uri", "https://shop.example/cb",
        "--auth-method", "private_key_jwt", "--jwks-uri", "https://shop.example/jwks",
    )  # fmt: skip
    assert "client_secret" not in made
    assert made["jwks_uri"] == "https://shop.example/jwks"
    assert "has a key or a certificate of its own" in idp.refused("client", "rotate-secret", "shop")
