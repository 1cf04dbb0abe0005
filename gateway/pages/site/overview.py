"""The overview of a signed-in person: credit, open jobs, charges, first steps."""

from datetime import date
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.operations import list_keys
from gateway.identity.sign_in.operations import list_identities
from gateway.kit.database.sessions import Database
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.ledger.operations import get_balance
from gateway.ledger.schemas import BalanceShown
from gateway.media.operations import get_job, get_usage
from gateway.media.states import JobState
from gateway.pages.answers import JobAnswer, UsageAnswer, WireAnswer
from gateway.pages.charts import Chart, build_chart, fill_days
from gateway.pages.media import job_view
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page
from gateway.pages.studio.plan_cards import PlanCards, WaitingPlan

SUBMIT_SCOPE = "media"  # the scope that the example call needs
OPEN_STATES, MOST_OPEN_JOBS, NEWEST_JOBS = (JobState.RUNNING, JobState.QUEUED), 20, 5


class _MovingValues(TypedDict):
    balance: BalanceShown
    open_jobs: list[job_view.ShownJob]
    newest: list[job_view.ShownJob]
    waiting: list[WaitingPlan]
    month: WireAnswer


class OverviewPage:
    """The views of the overview; every number comes from an operation."""

    def __init__(self, client: OperationClient, api: str) -> None:
        self._client = client
        self._api = api
        self._cards = PlanCards(client)
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        return [
            Route("/dashboard", person(self.show_overview), methods=["GET"]),
            Route("/dashboard/now", person(self.show_moving_parts), methods=["GET"]),
        ]

    async def show_overview(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        usage = await self._client.read_wire(get_usage, request, caller)
        keys = (await self._client.read_model(list_keys, request, caller)).data
        book_keys = [key for key in keys if key.mode == caller.book and key.revoked_at is None]
        submit_keys = [key for key in book_keys if key.app is None and SUBMIT_SCOPE in key.scopes]
        identities = await self._client.read_model(list_identities, request, caller)
        return render_page(
            request,
            "dashboard.html",
            api=self._api,
            usage=usage,
            chart=_chart_usage(cast("UsageAnswer", usage)),
            keys=submit_keys,
            identities=identities.data,
            **await self._read_moving_values(request, caller),
        )

    async def show_moving_parts(self, request: Request, caller: Caller) -> Response:
        """Render the parts that change: figures, open jobs, newest jobs, waiting plans."""
        return render_page(
            request, "parts/now.html", **await self._read_moving_values(request, caller)
        )

    async def _read_moving_values(self, request: Request, caller: Caller) -> _MovingValues:
        jobs: list[JobAnswer] = []
        for status in OPEN_STATES:
            query = {"status": status, "limit": str(MOST_OPEN_JOBS), "includeDetails": "1"}
            jobs += (await self._client.read_wire(get_job, request, caller, **query))["data"]
        query = {"limit": str(NEWEST_JOBS), "includeDetails": "1"}
        newest = (await self._client.read_wire(get_job, request, caller, **query))["data"]
        balance = await self._client.read_model(get_balance, request, caller)
        today = await self._client.read_wire(get_usage, request, caller)
        first = date.fromisoformat(today["to"]).replace(day=1)
        month = await self._client.read_wire(get_usage, request, caller, **{"from": str(first)})
        now = self._database.clock.now()
        return {
            "balance": balance,
            "open_jobs": [job_view.to_shown_job(job, now) for job in jobs],
            "newest": [job_view.to_shown_job(cast("JobAnswer", job), now) for job in newest],
            "waiting": await self._cards.list_waiting_plans(request, caller),
            "month": month,
        }


def _chart_usage(usage: UsageAnswer) -> Chart:
    charged = {line["day"]: line["chargedMicrousd"] for line in usage["data"]}
    days = date.fromisoformat(usage["from"]), date.fromisoformat(usage["to"])
    return build_chart(fill_days(*days, charged))
