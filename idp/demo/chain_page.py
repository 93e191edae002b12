"""The manager's page that follows one request from service to service, and shows which token each of them used."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo.addresses import Addresses
from idp.demo.chain import Chain, follow, look_at
from idp.demo.relying_party import RelyingParty
from idp.demo.visits import visit_of

PATH = "/behind-the-scenes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPage:
    party: RelyingParty
    addresses: Addresses

    def routes(self) -> Sequence[Route]:
        return (Route(PATH, self.show), Route(PATH, self.begin, methods=["POST"]))

    async def show(self, request: Request) -> Response:
        """The last request of this browser, with both tokens as they are now. It stays after signing out: that its
        tokens ended is what there is to see.
        """
        visit = visit_of(request)
        chain = visit.chain
        if chain is not None and visit.signed_in is not None and visit.signed_in.sub != chain.sub:
            chain = visit.chain = None  # Somebody else's.
        if chain is None and visit.signed_in is None:
            return await self.party.begin(request, PATH, {})
        tokens = [await look_at(self.addresses, token) for token in _tokens(chain)]
        return self.party.page(request, "chain.html", chain=chain, tokens=tokens)

    async def begin(self, request: Request) -> Response:
        """Another client's forged post would show this person their own ledger, and nothing more."""
        visit = visit_of(request)
        signed_in = await self.party.fresh(visit)
        if signed_in is None:
            return await self.party.begin(request, PATH, {})
        visit.chain = await follow(self.addresses, signed_in.sub, str(signed_in.token["access_token"]))
        return RedirectResponse(PATH, status_code=303)


def _tokens(chain: Chain | None) -> list[str]:
    return [token for token in (chain.customers_token, chain.exchanged_token) if token] if chain else []
