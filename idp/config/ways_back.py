"""The settings of becoming a customer, of the ways back, and of the support desk."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    open: bool = setting("Whether people can create accounts themselves.", default=True)
    lifetime_seconds: int = setting(
        "How long a sign-up may take; it is forgotten afterwards.", within=(3_600, 604_800), default=86_400
    )
    backup_days: int = setting(
        "Days between two times that somebody who signs in without a backup address is asked for one.",
        within=(1, 3_650),
        default=90,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Changes of addresses, forgotten passwords, and the cases that support decides."""

    link_seconds: int = setting("Life of a link to a new password.", within=(300, 3_600), default=3_600)
    proven_seconds: int = setting(
        "A browser that chose a new password by a link owes no mailed code for this long.",
        within=(0, 3_600),
        default=600,
    )
    address_change_hours: int = setting(
        "A new primary address applies by itself after this long, unless somebody cancels.",
        within=(1, 720),
        default=24,
    )
    cooling_hours: int = setting(
        "Time between the second agent's approval of a case and what it changes.",
        within=(1, 720),
        default=24,
    )
    usual_days: int = setting(
        "How long a decision on documents usually takes, as we tell people.", within=(1, 60), default=3
    )
    waiting_days: int = setting(
        "A case whose documents were asked for again expires after this long.", within=(1, 365), default=30
    )
    retention_days: int = setting(
        "How long documents, and what people typed, are kept after the decision.", within=(0, 365), default=30
    )
    document_bytes: int = setting("Largest document.", within=(65_536, 26_214_400), default=8_388_608)
    documents: int = setting("Most documents of one case.", within=(1, 50), default=12)
    deletion_days: int = setting(
        "Time between somebody's wish to delete their account and its deletion.", within=(1, 365), default=30
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    views_per_hour: int = setting(
        "Accounts and cases that one agent may open in any hour.", within=(1, 100_000), default=120
    )
    searches_per_hour: int = setting(
        "Searches that one agent may make in any hour.", within=(1, 100_000), default=240
    )
