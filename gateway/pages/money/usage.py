"""The page of usage: charges by day, task, key, project or member, as its address says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.operations import list_keys
from gateway.identity.teams.operations import list_members
from gateway.identity.teams.schemas import Team
from gateway.kit.database.sessions import Database
from gateway.kit.errors import InvalidInput
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.library.projects import list_project_names
from gateway.media.operations import get_usage
from gateway.media.usage import GROUP_FIELDS, Period
from gateway.pages.answers import WireAnswer
from gateway.pages.charts import build_chart, fill_days
from gateway.pages.dialogs import to_field_problems
from gateway.pages.money.spending import USAGE_PATH, SpendingPages, list_member_labels
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import format_task, render_page
from gateway.spending.charges import load_jobless_total

FILTERS = ("groupBy", "from", "to")
MOST_KEYS = "100"
UNNAMED_WORDS = {
    "keyId": "signed in, without a key",
    "projectId": "in no project",
    "memberId": "the owner",
}


class UsagePage:
    """The views of usage."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._spending = SpendingPages(client)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person = self._client.person_view
        return [
            Route(USAGE_PATH, person(self.show_usage), methods=["GET"]),
            Route(f"{USAGE_PATH}/csv", person(self.download_usage), methods=["GET"]),
            *self._spending.routes(),
        ]

    async def show_usage(self, request: Request, caller: Caller) -> Response:
        """Show the page; invalid days are reported at their fields."""
        query, problem = read_filters(request), None
        try:
            usage_answer = await self._client.read_wire(get_usage, request, caller, **query)
        except InvalidInput as refused:
            problem = refused
            usage_answer = await self._client.read_wire(get_usage, request, caller)
        name = GROUP_FIELDS[usage_answer["groupBy"]]
        team = await self._client.read_model(list_members, request, caller)
        labels = await self._read_labels(request, caller, team, usage_answer)
        lines = [
            line | {"name": name_group(name, line[name], labels)} for line in usage_answer["data"]
        ]
        return render_page(
            request,
            "usage.html",
            problem=problem,
            wrong=to_field_problems(problem),
            usage=usage_answer,
            jobless_microusd=await self._load_jobless_total(caller, usage_answer),
            by_member=len(team.data) > 1 and has_role(caller.role, Role.ADMIN),
            query={"groupBy": "day"} | query,
            lines=lines,
            chart=_chart_days(usage_answer) if name == "day" else None,
            most=max((line["chargedMicrousd"] for line in lines), default=0),
            **await self._spending.read_spending_sections(request, caller, team),
        )

    async def download_usage(self, request: Request, caller: Caller) -> Response:
        """Download the lines of the page as CSV."""
        return await self._client.download_csv(
            get_usage, request, caller, read_filters(request), "usage"
        )

    async def _read_labels(
        self, request: Request, caller: Caller, team: Team, usage: WireAnswer
    ) -> dict[str, str]:
        """Read the names of what the lines are grouped by: keys, members or projects, by id."""
        if usage["groupBy"] == "member":
            return list_member_labels(team)
        if usage["groupBy"] == "key":
            keys = await self._client.read_model(list_keys, request, caller, limit=MOST_KEYS)
            return {key.id: key.label for key in keys.data}
        if usage["groupBy"] != "project":
            return {}
        project_ids = [line["projectId"] for line in usage["data"]]
        database: Database = self._client.ports.get(Database)
        async with database.read() as snapshot:
            return await list_project_names(snapshot, caller.ledger_account, project_ids)

    async def _load_jobless_total(self, caller: Caller, usage: WireAnswer) -> int:
        days = Period(date.fromisoformat(usage["from"]), date.fromisoformat(usage["to"]))
        database: Database = self._client.ports.get(Database)
        return await load_jobless_total(database, caller, days)


def name_group(name: str, value: str | None, labels: Mapping[str, str]) -> str:
    """Return the words of a group of usage; who left the team has no label any more."""
    if value is None:
        return UNNAMED_WORDS.get(name, "other")
    if name == "task":
        return format_task(value)
    unlabelled = f"a former member ({value})" if name == "memberId" else value
    return labels.get(value, unlabelled)


def read_filters(request: Request) -> dict[str, str]:
    """Read the filters of the address, without empty ones."""
    query = request.query_params
    return {name: query[name] for name in FILTERS if query.get(name)}


def _chart_days(usage: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a chart
    charged = {line["day"]: line["chargedMicrousd"] for line in usage["data"]}
    return build_chart(
        fill_days(date.fromisoformat(usage["from"]), date.fromisoformat(usage["to"]), charged)
    )
