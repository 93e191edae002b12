"""`/account`: what we know of the customer."""

from starlette.responses import Response

from idp.portal.visit import Visit


async def show(visit: Visit) -> Response:
    return visit.render(
        "account/home.html",
        language=visit.person.language or visit.locale,
        member_since=visit.person.created_at,
        delete_at=visit.person.delete_at,
        is_staff=visit.person.role.is_staff,
    )
