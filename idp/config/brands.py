"""The settings of what people see: the brand, those that take its place for some subsidiaries, and the subsidiaries."""

from dataclasses import dataclass, fields, replace

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPhone:
    country: str = setting('Country code, or "*" for calls from abroad.', example="FR")
    number: str = setting("Number as people dial it.", example="+33 1 99 00 00 00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    name: str = setting("Name at the top of every page.", default="Demo Hosting")
    accent: str = setting("Accent colour, light theme.", default="#1b3fa0")
    accent_dark: str = setting("Accent colour, dark theme.", default="#9db7ff")
    logo: str = setting("Path of a logo (SVG or PNG) instead of the wordmark.", default="")
    help_url: str = setting("Help link in the footer.", default="")
    legal_url: str = setting("Legal notice in the footer.", default="")
    privacy_url: str = setting("Privacy notice in the footer.", default="")
    support_phones: tuple[SupportPhone, ...] = setting("Support numbers.", default=())
    home_client: str = setting("Client to go to when a page was opened without an application.", default="")
    templates: str = setting("Folder whose templates override ours.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBrand:
    """What differs from `brand`; whatever is empty is as it is there."""

    key: str = setting("What subsidiaries call it: letters, digits and hyphens.", example="ca")
    name: str = setting("Name at the top of every page.", default="")
    accent: str = setting("Accent colour, light theme.", default="")
    accent_dark: str = setting("Accent colour, dark theme.", default="")
    logo: str = setting("Path of a logo (SVG or PNG).", default="")
    help_url: str = setting("Help link in the footer.", default="")
    legal_url: str = setting("Legal notice in the footer.", default="")
    privacy_url: str = setting("Privacy notice in the footer.", default="")
    support_phones: tuple[SupportPhone, ...] = setting("Support numbers.", default=())
    home_client: str = setting("Client that its entry link goes to.", default="")

    def over(self, brand: Brand) -> Brand:
        """`brand` with what this one says otherwise."""
        said = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "key"}
        return replace(brand, **{name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidiary:
    """Who serves the customers of a country. The entry link `/auth/?ovhSubsidiary=CODE` names it."""

    code: str = setting("Code in entry links, in any case.", example="FR")
    language: str = setting("BCP 47 language of its pages.", example="fr")
    country: str = setting("ISO 3166 country, or empty for none of its own.", default="")
    brand: str = setting("Key of one of `brands`, or empty for `brand`.", default="")


def _built_in(*rows: str) -> tuple[Subsidiary, ...]:
    named = (row.split() for row in rows)
    return tuple(
        Subsidiary(code=code, language=language, country=country.strip("-"))
        for code, language, country in named
    )


BUILT_IN_SUBSIDIARIES = _built_in(
    *("ASIA en -", "AU en-AU AU", "CA en-CA CA", "CZ cs CZ", "DE de DE", "ES es ES", "EU en -", "FI fi FI"),
    *("FR fr FR", "GB en-GB GB", "IE en-IE IE", "IN en-IN IN", "IT it IT", "LT lt LT", "MA fr MA"),
    *("NL nl NL", "PL pl PL", "PT pt PT", "QC fr-CA CA", "SG en-SG SG", "SN fr SN", "TN fr TN"),
    *("US en-US US", "WE en -", "WS es -"),
)
"""Those that the control panel knows. A language that is not offered falls back as usual."""
