"""The settings of what applications can find out about us by themselves."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    domains: tuple[str, ...] = setting(
        "Domains, besides the issuer's host, whose identifiers (acct:name@example.com) WebFinger answers for:"
        " requests for /.well-known/webfinger there have to be passed on to us.",
        default=(),
    )
    documentation_url: str = setting("What developers read about this provider.", default="")
    policy_url: str = setting(
        "What developers read about how they may use what they learn of people.", default=""
    )
    terms_url: str = setting("What developers read about the terms of service.", default="")
