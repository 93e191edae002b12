"""The second factors of the demo world's people, stored as if their owners had set them up: sealed, or as digests."""

from idp.account.backup_codes import digest_of_code
from idp.account.totp import seal_secret
from idp.demo.accounts import DemoAccount
from idp.events.masking import masked_number
from idp.records.account import SubjectId
from idp.records.factor import Notify
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.store.factors import INSERT_BACKUP_CODE, INSERT_PHONE, INSERT_SECURITY, INSERT_TOTP
from idp.store.seals import PHONES
from idp.store.statement import Effect

_USER_HANDLE_BYTES = 32


def factor_effects(
    account: DemoAccount, subject_id: SubjectId, *, entropy: Entropy, root_keys: RootKeys, now: int
) -> list[Effect]:
    """Two-factor authentication turned on, with everything that the person has. Only for whoever has chosen nothing
    about their security yet: the whole is undone if there is a row.
    """
    security = INSERT_SECURITY.effect(
        expects=1,
        subject_id=subject_id,
        user_handle=entropy.token_bytes(_USER_HANDLE_BYTES),
        two_factor_at=now,
        last_way="",
        notify=Notify.NEW.value,
    )
    effects = [security, _app(account, subject_id, entropy=entropy, root_keys=root_keys, now=now)]
    if account.phone:
        effects.append(_phone(account, subject_id, entropy=entropy, root_keys=root_keys, now=now))
    effects += [
        INSERT_BACKUP_CODE.effect(subject_id=subject_id, digest=digest_of_code(code), created_at=now)
        for code in account.backup_codes
    ]
    return effects


def _app(
    account: DemoAccount, subject_id: SubjectId, *, entropy: Entropy, root_keys: RootKeys, now: int
) -> Effect:
    totp_id = entropy.uuid7(now)
    sealed = seal_secret(root_keys, account.totp_secret, totp_id=totp_id)
    return INSERT_TOTP.effect(
        totp_id=totp_id,
        subject_id=subject_id,
        name="App",
        sealed=sealed.sealed,
        root_key_id=sealed.root_key_id,
        last_step=-1,
        created_at=now,
    )


def _phone(
    account: DemoAccount, subject_id: SubjectId, *, entropy: Entropy, root_keys: RootKeys, now: int
) -> Effect:
    phone_id = entropy.uuid7(now)
    sealed = root_keys.seal(account.phone.encode(), binding=PHONES.binding(phone_id))
    return INSERT_PHONE.effect(
        phone_id=phone_id,
        subject_id=subject_id,
        name="Phone",
        masked=masked_number(account.phone),
        sealed=sealed.sealed,
        root_key_id=sealed.root_key_id,
        created_at=now,
    )
