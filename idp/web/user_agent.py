"""The family of a browser, for its owner to recognise it by: "Firefox on Linux". Never for a decision.

Whole versions say little (frozen user agents) and would fingerprint people, so they are not kept.
"""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_family(user_agent: str) -> str:
    """`Browser, system`, as far as they are known; empty if neither is. The order of the names matters: browsers claim
    to be each other.
    """
    found = (
        next((name for token, name in names if token in user_agent), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(filter(None, found))
