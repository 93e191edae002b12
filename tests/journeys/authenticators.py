"""Virtual authenticators in Chromium (CDP, domain WebAuthn): what a person would plug in, or unlock."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page

_FIDO2_KEY = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
_PASSKEY = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
_U2F_KEY = {"protocol": "u2f", "transport": "usb"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualKey:
    """One authenticator of one tab. It says yes at once, unless it is told to wait."""

    cdp: CDPSession
    authenticator_id: str

    async def credentials(self) -> list[dict[str, Any]]:
        answer = await self._send("getCredentials")
        found: list[dict[str, Any]] = answer["credentials"]
        return found

    async def verify_user(self, is_verified: bool) -> None:
        """Whether its fingerprint reader recognises the finger."""
        await self._send("setUserVerified", isUserVerified=is_verified)

    async def be_present(self, is_present: bool) -> None:
        """Whether somebody touches it when it asks."""
        await self._send("setAutomaticPresenceSimulation", enabled=is_present)

    async def count_from(self, sign_count: int) -> None:
        """Set every counter, as that of a copy would stand."""
        for credential in await self.credentials():
            await self._send("removeCredential", credentialId=credential["credentialId"])
            await self._send("addCredential", credential={**credential, "signCount": sign_count})

    async def hold(self, credentials: list[dict[str, Any]]) -> None:
        """Be the key that these were made by, plugged in again."""
        for credential in credentials:
            await self._send("addCredential", credential=credential)

    async def claim_nobody_verified(self, is_claimed: bool) -> None:
        """Sign without the flag that the user was verified, whatever was asked for."""
        await self._send("setResponseOverrideBits", isBadUV=is_claimed)

    async def remove(self) -> None:
        """Unplug it for good."""
        await self._send("removeVirtualAuthenticator")

    async def _send(self, method: str, **params: Any) -> Any:
        return await self.cdp.send(f"WebAuthn.{method}", {"authenticatorId": self.authenticator_id, **params})


async def security_key(page: Page) -> VirtualKey:
    """A FIDO2 key that is touched and nothing more."""
    return await _added(page, _FIDO2_KEY)


async def u2f_key(page: Page) -> VirtualKey:
    """A key from before FIDO2 (CTAP1)."""
    return await _added(page, _U2F_KEY)


async def passkey_device(page: Page) -> VirtualKey:
    """A phone or laptop that keeps passkeys, and verifies its user."""
    return await _added(page, {**_PASSKEY, "isUserVerified": True})


async def _added(page: Page, options: dict[str, Any]) -> VirtualKey:
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable", {"enableUI": False})
    options = {"automaticPresenceSimulation": True, **options}
    added = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return VirtualKey(cdp=cdp, authenticator_id=added["authenticatorId"])
