"""Second factors of a world's people, stored as if their owners had set them up; and what is typed from them."""

import pyotp

from idp.account.backup_codes import digest_of_code
from idp.account.totp import seal_secret
from idp.app import House
from idp.events.masking import masked_number
from idp.records.factor import Notify
from idp.store.factors import INSERT_BACKUP_CODE, INSERT_PHONE, INSERT_SECURITY, INSERT_TOTP
from idp.store.seals import PHONES

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BACKUP_CODES = tuple(f"{letter * 4}-{letter * 4}-{letter * 4}-{letter * 4}" for letter in "ABCDEFGHJK")
PHONE = "+33199000001"


def totp_at(instant: int, secret: str = TOTP_SECRET) -> str:
    """What an app with this secret shows at an instant."""
    return pyotp.TOTP(secret).at(instant)


async def give_factors(
    house: House,
    subject_id: str,
    *,
    apps: tuple[str, ...] = (TOTP_SECRET,),
    backup_codes: tuple[str, ...] = BACKUP_CODES,
    phones: tuple[str, ...] = (),
    two_factor: bool = True,
) -> None:
    """Factors of somebody who has none. `apps` are secrets."""
    now, entropy = house.clock.now(), house.entropy
    effects = [
        INSERT_SECURITY.effect(
            expects=1,
            subject_id=subject_id,
            user_handle=entropy.token_bytes(32),
            two_factor_at=now if two_factor else None,
            last_way="",
            notify=Notify.NEW.value,
        )
    ]
    for number, secret in enumerate(apps, 1):
        totp_id = entropy.uuid7(now)
        sealed = seal_secret(house.root_keys, secret, totp_id=totp_id)
        effects.append(
            INSERT_TOTP.effect(
                totp_id=totp_id,
                subject_id=subject_id,
                name=f"App {number}",
                sealed=sealed.sealed,
                root_key_id=sealed.root_key_id,
                last_step=-1,
                created_at=now,
            )
        )
    for phone in phones:
        phone_id = entropy.uuid7(now)
        sealed = house.root_keys.seal(phone.encode(), binding=PHONES.binding(phone_id))
        effects.append(
            INSERT_PHONE.effect(
                phone_id=phone_id,
                subject_id=subject_id,
                name="Phone",
                masked=masked_number(phone),
                sealed=sealed.sealed,
                root_key_id=sealed.root_key_id,
                created_at=now,
            )
        )
    effects += [
        INSERT_BACKUP_CODE.effect(subject_id=subject_id, digest=digest_of_code(code), created_at=now)
        for code in backup_codes
    ]
    assert await house.database.apply(effects)
