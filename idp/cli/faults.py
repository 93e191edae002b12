"""What commands may run into, and the line that names the fix."""

import click


class Refused(click.ClickException):
    """A command does not do what it was asked. The message names the fix."""


def expected_faults() -> tuple[type[Exception], ...]:
    """Failures that are an operator's to fix. Imported when something failed, so that nothing waits for it before."""
    from idp.account.problem import AccountProblem
    from idp.adapters.key_files import RootKeyProblem
    from idp.adapters.trust_anchors import TrustAnchorProblem
    from idp.clients.metadata import InvalidMetadata
    from idp.clients.registration import ClientExists, NoSecrets, SecretsContended, UnknownClient
    from idp.config.problem import ConfigurationProblems
    from idp.records.ports import PoolBusy
    from idp.signing.keys import UnusableKey
    from idp.signing.sealing import SealBroken, UnknownRootKey
    from idp.signing.succession import Contended, NoSuchKey, TooEarly
    from idp.store.database import DatabaseUnavailable

    return (
        AccountProblem,
        ClientExists,
        ConfigurationProblems,
        Contended,
        DatabaseUnavailable,
        InvalidMetadata,
        NoSecrets,
        NoSuchKey,
        PoolBusy,
        RootKeyProblem,
        SealBroken,
        SecretsContended,
        TooEarly,
        TrustAnchorProblem,
        UnknownClient,
        UnknownRootKey,
        UnusableKey,
    )


def fault_text(fault: Exception) -> str:
    """What to print: what happened, and what to do."""
    from idp.clients.registration import ClientExists, NoSecrets, SecretsContended, UnknownClient
    from idp.signing.succession import Contended, NoSuchKey, TooEarly
    from idp.store.database import DatabaseUnavailable, SchemaMissing

    match fault:
        case SchemaMissing():
            return "The database has no schema yet. Run `idp db upgrade`."
        case DatabaseUnavailable():
            return f"The database does not answer: {one_line(fault)}. Check [database] url, and that it runs."
        case ClientExists():
            return f"Client {fault} exists, or did once. Choose another identifier."
        case UnknownClient():
            return f"There is no client {fault}. `idp client list` shows all."
        case NoSecrets():
            return f"Client {fault} has no secret: it is public, or has a key or a certificate of its own."
        case SecretsContended():
            return f"Others kept rotating the secrets of {fault}. Repeat the command."
        case NoSuchKey():
            return "There is no such key, or it is withdrawn already. `idp keys list` shows all."
        case TooEarly():
            return f"Too early: {fault}. Repeat after {iso_time(fault.ready_at)}, or withdraw with --compromised."
        case Contended():
            return "Other nodes kept changing the keys. Repeat the command."
        case _:
            return str(fault) or type(fault).__name__


def one_line(fault: Exception) -> str:
    """A driver's message without its line breaks."""
    return " ".join(str(fault).split()).rstrip(".") or type(fault).__name__


def iso_time(at: int) -> str:
    """An instant as `2026-11-22T15:04:05Z`."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
