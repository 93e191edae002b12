"""What reasons and terms mean, for whoever reads a decision: operators and support, never the customer."""

from collections.abc import Mapping

from idp.risk.decision import Reason
from idp.web.locale import Message

REASONS: Mapping[str, Message] = {
    Reason.DENIED_NETWORK: Message("the network is denied by the configuration"),
    Reason.MANY_FAILURES: Message("many wrong passwords come from this network at the moment"),
    Reason.COMMON_PASSWORD: Message("the password is among the common ones"),
    Reason.REPORTED_STOLEN: Message("the owner reported something stolen"),
    Reason.DORMANT: Message("the account was not used for long"),
    Reason.DEVICE_COPIED: Message("the cookie is a copy: it had been replaced long before"),
    Reason.NEVER_USED: Message("the account was never used"),
    Reason.LITTLE_HISTORY: Message("too few sign-ins to tell what is usual"),
    Reason.YOUNG_INSTALLATION: Message("too few sign-ins of all customers to tell what is usual"),
    Reason.CLIENT_ASKS: Message("the application wants a code in every unknown browser"),
    Reason.HOSTING_NETWORK: Message("a data centre, VPN or Tor exit that was never used"),
    Reason.PLACE_UNKNOWN: Message("the data don’t tell where the address is"),
    Reason.IMPOSSIBLE_TRAVEL: Message("nobody travels so fast"),
    Reason.NEW_COUNTRY: Message("a country that was never used"),
    Reason.NEW_ASN: Message("a provider that was never used"),
    Reason.NEW_NETWORK: Message("a network that was never used"),
    Reason.NEW_ADDRESS: Message("an address that was never used, in a usual network"),
    Reason.NEW_BROWSER: Message("a browser that was never used"),
    Reason.NEW_SYSTEM: Message("an operating system that was never used"),
    Reason.OLDER_BROWSER: Message("an older version than the browser had before"),
    Reason.CAMPAIGN: Message("somebody tries passwords in bulk from this provider"),
    Reason.OLD_DATA: Message("the address data are old"),
    Reason.OTHER_SYSTEM: Message("a known browser’s cookie, on another operating system"),
    Reason.NO_DEVICE_COOKIE: Message("a browser that is not known"),
    Reason.KNOWN_DEVICE: Message("a known browser"),
    Reason.USUAL: Message("as usual, though the browser is not known"),
}

TERMS: Mapping[str, str] = {
    "score": "dB: how much likelier an attacker is than the owner, by place and browser",
    "threshold": "dB: an unknown browser is asked from here on",
    "place": "dB: what the address says",
    "place_level": "closest likeness of the address",
    "browser": "dB: what the browser says",
    "browser_level": "closest likeness of the browser",
    "old_data": "dB: added for old address data",
    "sign_ins": "completed sign-ins before",
    "weight": "what is left of them, halved every 90 days",
    "everybody": "completed sign-ins of all customers",
    "known_device": "whether the browser had the customer's cookie",
    "other_system": "whether it came from another system than it was given to",
    "travel_kmh": "km/h: least speed of a journey from the last place",
    "network_failures": "wrong passwords of the network in ten minutes",
    "flooding": "whether those are too many",
    "campaign": "whether the provider fails unusually often",
    "waited": "whether the customer has waited for it already",
    "denied": "whether the network is denied",
    "device_copied": "whether the cookie was a copy",
    "common_password": "whether the password is a common one",
    "reported_stolen": "whether something was reported stolen",
    "client_asks": "whether the application wants every unknown browser asked",
    "idle_seconds": "since the last sign-in; -1 for none",
}
