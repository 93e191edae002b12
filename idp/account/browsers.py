"""The browsers that an account was used in: forgetting one, with every session in it, or all but one."""

from collections.abc import Sequence

from idp.account.two_factor import Keeper
from idp.records.event import EventType
from idp.store.devices import END_TRUST, REVOKE_DEVICE, REVOKE_OTHER_DEVICES
from idp.store.endings import (
    END_OTHER_SESSIONS,
    END_SUBJECTS_SESSION,
    REVOKE_FAMILIES_OF_OTHER_SESSIONS,
    REVOKE_FAMILIES_OF_SESSION,
)
from idp.store.statement import Effect

_REASON = "by_owner"


def forget_browser(keeper: Keeper, *, device_id: str | None, session_ids: Sequence[str]) -> list[Effect]:
    """The browser is unknown from now on, and signed out. Sessions and devices of others are left alone."""
    effects = [keeper.recorded(EventType.DEVICE_REMOVED, reason=_REASON)]
    if device_id is not None:
        effects.append(
            REVOKE_DEVICE.effect(
                of_device=device_id, of_subject=keeper.subject_id, reason=_REASON, now=keeper.now
            )
        )
    for session_id in session_ids:
        effects += [
            END_SUBJECTS_SESSION.effect(
                expects=1, of_session=session_id, of_subject=keeper.subject_id, now=keeper.now
            ),
            REVOKE_FAMILIES_OF_SESSION.effect(of_session=session_id, now=keeper.now, reason="session_ended"),
            keeper.recorded(EventType.SESSION_ENDED, reason=_REASON, session_id=session_id),
        ]
    return effects


def forget_other_browsers(
    keeper: Keeper, *, kept_device_id: str | None, kept_session_id: str
) -> list[Effect]:
    """Every browser but one."""
    return [
        REVOKE_OTHER_DEVICES.effect(
            of_subject=keeper.subject_id, kept_device=kept_device_id, reason=_REASON, now=keeper.now
        ),
        END_OTHER_SESSIONS.effect(of_subject=keeper.subject_id, kept_session=kept_session_id, now=keeper.now),
        REVOKE_FAMILIES_OF_OTHER_SESSIONS.effect(
            of_subject=keeper.subject_id,
            kept_session=kept_session_id,
            now=keeper.now,
            reason="session_ended",
        ),
        keeper.recorded(EventType.DEVICES_REMOVED, reason="others_by_owner"),
        keeper.recorded(EventType.SESSIONS_ENDED, reason="others_by_owner"),
    ]


def end_trust(keeper: Keeper, device_id: str) -> list[Effect]:
    """The browser is asked for a second factor again."""
    return [
        END_TRUST.effect(expects=1, of_device=device_id, of_subject=keeper.subject_id),
        keeper.recorded(EventType.DEVICE_TRUST_ENDED, reason=_REASON),
    ]
