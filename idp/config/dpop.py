"""The settings of DPoP: RFC 9449."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpop:
    require_nonce: bool = setting(
        "A proof at the token endpoint and its neighbours has to carry a nonce of ours, so that nobody"
        " can have made it beforehand (RFC 9449 §8); clients repeat a first request once.",
        default=True,
    )
    require_nonce_at_resources: bool = setting(
        "The same for proofs at userinfo and at our own API (RFC 9449 §9).", default=False
    )
    nonce_seconds: int = setting(
        "How often the nonce changes; each is accepted for twice as long.", within=(10, 3_600), default=60
    )
