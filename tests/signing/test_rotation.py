from idp.config.settings import Keys, Settings, Tokens
from idp.records.key import KeyState, OwnKey
from idp.signing.rotation import Promote, Publish, RotationPolicy, Step, decide_rotation, rotation_policy

POLICY = RotationPolicy(rotation_seconds=10_000, publication_seconds=1_000, overlap_seconds=500)


def key(state: KeyState, *, created_at: int = 0, activated_at: int | None = None) -> OwnKey:
    return OwnKey(
        kid=f"{state}-{created_at}",
        algorithm="ES256",
        state=state,
        public_jwk="{}",
        sealed=b"",
        root_key_id="",
        created_at=created_at,
        activated_at=activated_at,
        retired_at=None,
        unpublished_at=None,
    )


def decide(*keys: OwnKey, now: int) -> Step | None:
    return decide_rotation(keys, algorithm="ES256", now=now, policy=POLICY)


def test_the_first_key_of_all_signs_at_once() -> None:
    assert decide(now=5) == Publish(algorithm="ES256", state="active")


def test_a_next_key_is_published_beside_the_active_one() -> None:
    assert decide(key("active", activated_at=0), now=5) == Publish(algorithm="ES256", state="next")


def test_keys_of_other_algorithms_and_former_keys_don_t_count() -> None:
    keys = [key("retired"), key("withdrawn")]
    assert decide_rotation(keys, algorithm="ES256", now=5, policy=POLICY) == decide(now=5)
    assert decide_rotation([key("active")], algorithm="RS256", now=5, policy=POLICY) == Publish(
        algorithm="RS256", state="active"
    )


def test_the_next_key_waits_until_the_active_one_is_old() -> None:
    active, successor = key("active", activated_at=500), key("next", created_at=500)
    assert decide(active, successor, now=10_499) is None
    assert decide(active, successor, now=10_500) == Promote(successor=successor, former=active)


def test_the_next_key_waits_until_every_cache_knows_it() -> None:
    active, successor = key("active", activated_at=0), key("next", created_at=20_000)
    assert decide(active, successor, now=20_999) is None
    assert decide(active, successor, now=21_000) == Promote(successor=successor, former=active)


def test_without_an_active_key_the_next_one_signs_at_once() -> None:
    successor = key("next", created_at=20_000)
    assert decide(successor, now=20_000) == Promote(successor=successor, former=None)


def test_the_policy_covers_caches_and_the_longest_token() -> None:
    settings = Settings(
        issuer="https://id.test",
        keys=Keys(rotation_days=2, jwks_max_age_seconds=3_600, cache_seconds=30),
        tokens=Tokens(access_token_lifetime_seconds=900, id_token_lifetime_seconds=300),
    )
    policy = rotation_policy(settings)
    assert policy.rotation_seconds == 172_800
    assert policy.publication_seconds >= 3_600 + 30
    assert policy.overlap_seconds >= 900 + 30


def test_a_retired_key_is_published_until_its_last_token_died() -> None:
    retired = OwnKey(
        kid="k",
        algorithm="ES256",
        state="retired",
        public_jwk="{}",
        sealed=b"",
        root_key_id="",
        created_at=0,
        activated_at=0,
        retired_at=100,
        unpublished_at=600,
    )
    assert retired.is_published(599)
    assert not retired.is_published(600)
    assert not key("withdrawn").is_published(0)
