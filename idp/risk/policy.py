"""The policy: the `risk` section of the configuration, and the digest that decisions keep of it."""

import hashlib
import json
from dataclasses import asdict

from idp.config.settings import Risk

# What decides nothing: where data lie, how long decisions are kept, and whether they are carried out.
_APART = frozenset(
    {
        "mode",
        "observed_accounts",
        "keep_days",
        "country_database",
        "asn_database",
        "city_database",
        "hosting_networks",
    }
)


def digest_of_policy(policy: Risk) -> str:
    """16 hexadecimal digits, the same for policies that decide alike."""
    rules = {name: value for name, value in asdict(policy).items() if name not in _APART}
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]
