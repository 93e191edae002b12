"""The settings of service accounts: clients that customers make for programs of their own."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccounts:
    """`docs/service-accounts.md` explains it."""

    scopes: tuple[str, ...] = setting(
        "Scopes of [[resources]] that customers may give to programs of their own; none: nobody has service accounts."
        " Name only those whose APIs look at the token's owner.",
        default=(),
    )
    most: int = setting(
        "Most service accounts of one customer; those that were deleted in the last day count too.",
        within=(1, 1_000),
        default=20,
    )
    changes_per_hour: int = setting(
        "How often one customer's service accounts may be changed, turned on or given another secret in an hour: each"
        " time the customer gets a mail. What takes something away is never counted.",
        within=(1, 10_000),
        default=30,
    )
