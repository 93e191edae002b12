"""The mail and the texts of a world, as their readers get them: `await delivered(world)`."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache

from idp.app.delivering import delivery_of
from idp.web.locale import Catalogues
from idp.web.pages import template_folders
from tests.support.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it arrived. `to` is the recipient that the relay was told; `source` are its bytes."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    source: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text on a phone."""

    to: str
    text: str


async def delivered(world: World) -> list[Mail]:
    """Try everything that is due at the world's time; answers the mails that arrived since the last call.

    As they were written, the newest last: several are under way at once, and either may arrive first.
    """
    await deliver(world)
    taken = [parsed(recipient, content) for recipient, content in world.relay.taken]
    world.relay.taken.clear()
    return sorted(taken, key=lambda mail: mail.headers["Message-ID"])


async def texts(world: World) -> list[Text]:
    """The same for texts to phones."""
    await deliver(world)
    taken = [Text(to=number, text=text) for number, text in world.gateway.taken]
    world.gateway.taken.clear()
    return taken


async def deliver(world: World) -> None:
    settings = world.house.settings
    catalogues = _catalogues(settings.brand.templates, settings.language.offered)
    await delivery_of(world.house, catalogues).deliver_due()


@cache
def _catalogues(override: str, languages: tuple[str, ...]) -> Catalogues:
    """Read once in a run: it takes longer than a test."""
    return Catalogues([folder / "locale" for folder in template_folders(override)], languages)


def parsed(recipient: str, content: bytes) -> Mail:
    """A mail's bytes, read by the standard library's strictest means."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    plain, html = message.get_body(["plain"]), message.get_body(["html"])
    assert plain is not None
    assert html is not None
    headers = {name: str(value) for name, value in message.items()}
    assert len(headers) == len(message.items()), "a header comes twice"
    return Mail(
        to=recipient,
        subject=headers["Subject"],
        text=plain.get_content().replace("\r\n", "\n"),
        html=html.get_content().replace("\r\n", "\n"),
        headers=headers,
        source=content,
    )
