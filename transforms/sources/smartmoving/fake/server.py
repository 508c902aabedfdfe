"""The fake account's server: routes, key check, paging, and the faults of its own.

What it answers is drawn in `world` and shaped in `answers`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from transforms.sources.base import Json
from transforms.sources.fake import FakeServer, Handler, refusal
from transforms.sources.smartmoving.fake import words
from transforms.sources.smartmoving.fake.answers import Account
from transforms.sources.smartmoving.fake.faults import Faults, break_contract, spoil
from transforms.sources.smartmoving.fake.world import BranchSpec, World

MOST_PER_PAGE = 100


class FakeSmartMoving(FakeServer):
    """A SmartMoving account in a thread: `with FakeSmartMoving(...) as server: server.base_url`.

    Same seed, same data. Moving `as_of` on shows the same account later; `calls` counts requests.
    """

    def __init__(
        self,
        *,
        seed: int,
        as_of: datetime,
        branches: Sequence[BranchSpec],
        faults: Faults | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.api_key = f"fake-account-{seed}"
        self._world = World(seed, branches)
        self._account = Account(self._world, as_of)
        self._broken = self._choose_broken(as_of)
        super().__init__(self.app)

    @property
    def account(self) -> Account:
        """The account as it is answered now, for tests that compare."""
        return self._account

    @property
    def broken(self) -> dict[str, int]:
        """Opportunities that break their contract, and in which way."""
        return dict(self._broken)

    def move_to(self, as_of: datetime) -> None:
        """Let time pass in the account."""
        self._account = Account(self._world, as_of)

    def app(self) -> Starlette:
        """The server as an ASGI application."""
        one, many = self._one, self._many
        paged: dict[str, Callable[[Request], list[Json] | None]] = {
            "branches": lambda _: self._account.branches(),
            "users": lambda _: self._account.users(),
            "move-sizes": lambda _: self._account.move_sizes(),
            "service-types": lambda _: self._account.service_types(),
            "referral-sources": lambda _: self._account.referral_sources(),
            "tariffs": lambda _: self._account.tariffs(),
            "bad-lead-reasons": lambda _: self._reasons(words.BAD_LEAD_REASONS, "name"),
            "cancellation-reasons": lambda _: self._reasons(words.CANCELLATION_REASONS, "name"),
            "lost-reasons": lambda _: self._reasons(words.LOST_REASONS, "description"),
            "leads": lambda _: self._account.leads(),
            "customers": self._customers,
            "customers/{key}/opportunities": lambda r: self._account.opportunities_of(_key(r)),
            "customers/{key}/storage-accounts": self._storage_accounts,
        }
        single: dict[str, Callable[[Request], object]] = {
            "ping": lambda _: {"status": "ok"},
            "leads/statuses": lambda _: [{"id": 0, "name": "Hot"}, {"id": 1, "name": "Warm"}],
            "leads/{key}": self._lead,
            "customers/{key}": lambda r: self._account.customer(_key(r)),
            "opportunities/quote/{key}": self._by_quote,
            "opportunities/{key}": lambda r: self._detail(r, _key(r)),
            "opportunities/{key}/jobs": lambda r: self._account.jobs_of(_key(r)),
            "opportunities/{key}/audit-activity": lambda r: self._account.activity_of(_key(r)),
            "payments/opportunities/{key}": lambda r: self._account.payments_of(_key(r)),
        }
        routes = [Route(f"/api/{path}", many(answer)) for path, answer in paged.items()]
        routes += [Route(f"/api/{path}", one(answer)) for path, answer in single.items()]
        return Starlette(routes=routes)

    def _one(self, answer: Callable[[Request], object]) -> Handler:
        async def handle(request: Request) -> Response:
            if refused := await self._refuse(request):
                return refused
            found = answer(request)
            # The live service answers 400, not 404, for an id it does not know.
            return self._send(found) if found is not None else refusal(400, "not found")

        return handle

    def _many(self, answer: Callable[[Request], list[Json] | None]) -> Handler:
        async def handle(request: Request) -> Response:
            if refused := await self._refuse(request):
                return refused
            rows = answer(request)
            if rows is None:
                return refusal(400, "not found")
            page = max(1, _whole(request, "page") or 1)
            size = min(MOST_PER_PAGE, max(1, _whole(request, "pagesize") or 50))
            return self._send(self._page(rows, page, size))

        return handle

    def _page(self, rows: list[Json], page: int, size: int) -> object:
        begin = (page - 1) * size
        results = rows[begin : begin + size]
        if self.faults.duplicate_across_pages and page > 1 and results:
            # The list moved while it was read: the last row of the page before comes again.
            results = [rows[begin - 1], *results]
        if self.faults.bare_arrays:
            return results
        pages = -(-len(rows) // size)
        return {
            "pageNumber": page,
            "pageSize": size,
            "lastPage": page >= pages,
            "totalPages": pages,
            "totalResults": len(rows),
            "totalThisPage": len(results),
            "pageResults": results,
        }

    async def _refuse(self, request: Request) -> Response | None:
        given = request.headers.get("x-api-key") or request.query_params.get("api-key")
        return await self.refuse(self.faults, given == self.api_key)

    def _send(self, answer: object) -> Response:
        return self.send(answer, self.faults)

    def _reasons(self, names: tuple[str, ...], label: str) -> list[Json]:
        return self._account.reasons(names, label)

    def _customers(self, request: Request) -> list[Json]:
        first, last = _whole(request, "fromservicedate"), _whole(request, "toservicedate")
        return self._account.customers(first, last)

    def _storage_accounts(self, request: Request) -> list[Json] | None:
        return [] if self._account.customer(_key(request)) else None

    def _lead(self, request: Request) -> Json | None:
        rows = (row for row in self._account.leads() if row["id"] == _key(request))
        return next(rows, None)

    def _by_quote(self, request: Request) -> Json | None:
        return self._detail(request, self._account.by_quote.get(_key(request), ""))

    def _detail(self, request: Request, key: str) -> Json | None:
        switches = (k.lower() for k, v in request.query_params.items() if v.lower() == "true")
        detail = self._account.opportunity(key, frozenset(switches))
        if detail is None:
            return None
        way = self._broken.get(key)
        return spoil(detail, self.faults) if way is None else break_contract(detail, way)

    def _choose_broken(self, as_of: datetime) -> dict[str, int]:
        """Priced opportunities of the network with their work around `as_of`."""
        near = timedelta(days=20)
        chosen = sorted(
            key
            for key, (_, life) in self._account.lives.items()
            if life.branch.code
            and life.status_at(as_of) >= 3
            and abs(life.jobs[0].day - as_of.date()) < near
        )
        return {key: way for way, key in enumerate(chosen[: self.faults.broken_opportunities])}


def _key(request: Request) -> str:
    return str(request.path_params["key"])


def _whole(request: Request, name: str) -> int | None:
    """A query parameter as a whole number, whatever the case of its name; None when it is none."""
    for key, value in request.query_params.items():
        if key.lower() == name and value.isdigit():
            return int(value)
    return None
