"""The second factors. A new one is a file, and a line here."""

from idp.account.backup_codes import looks_like_backup_code
from idp.account.totp import looks_like_totp
from idp.login.factors import backup_code, security_key, sms, totp
from idp.login.factors.answer import FactorModule
from idp.records.factor import Way
from idp.web.forms import Parameters

FACTORS: tuple[FactorModule, ...] = (security_key, totp, sms, backup_code)

_BY_WAY = {factor.WAY: factor for factor in FACTORS}


def factor_for(way: Way, ways: tuple[Way, ...], form: Parameters) -> FactorModule:
    """Whose answer a form holds. Apps' codes and backup codes share a field and can be told apart, so that nobody has
    to change pages to use the other one.
    """
    code = form.get("code", "")
    if way is Way.TOTP and Way.BACKUP_CODE in ways and looks_like_backup_code(code):
        return _BY_WAY[Way.BACKUP_CODE]
    if way is Way.BACKUP_CODE and Way.TOTP in ways and looks_like_totp(code):
        return _BY_WAY[Way.TOTP]
    return _BY_WAY[way]
