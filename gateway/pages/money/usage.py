"""The page of usage: charges by day, task, key, project or member, as its address says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.operations import list_keys
from gateway.identity.teams.operations import list_members
from gateway.identity.teams.schemas import Team
from gateway.kit.errors import InvalidInput
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.media.operations import get_usage
from gateway.media.usage import GROUP_FIELDS
from gateway.pages.charts import build_chart, fill_days
from gateway.pages.dialogs import to_field_problems
from gateway.pages.money.spending import USAGE_PATH, SpendingPages
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page

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
        labels = await self._read_key_labels(request, caller) if name == "keyId" else {}
        if name == "memberId":
            labels = list_member_labels(team)
        lines = [
            line | {"name": name_group(name, line[name], labels)} for line in usage_answer["data"]
        ]
        return render_page(
            request,
            "usage.html",
            problem=problem,
            wrong=to_field_problems(problem),
            usage=usage_answer,
            by_member=len(team.data) > 1 and has_role(caller.role, Role.ADMIN),
            query={"groupBy": "day"} | query,
            lines=lines,
            chart=_chart_days(usage_answer) if name == "day" else None,
            most=max((line["chargedMicrousd"] for line in lines), default=0),
            **await self._spending.read_parts(request, caller),
        )

    async def download_usage(self, request: Request, caller: Caller) -> Response:
        """Download the lines of the page as CSV."""
        return await self._client.download_csv(
            get_usage, request, caller, read_filters(request), "usage"
        )

    async def _read_key_labels(self, request: Request, caller: Caller) -> dict[str, str]:
        keys = await self._client.read_model(list_keys, request, caller, limit=MOST_KEYS)
        return {key.id: key.label for key in keys.data}


def list_member_labels(team: Team) -> dict[str, str]:
    """Return the addresses of the members of a team, by id, without its owner."""
    return {each.id: each.email or each.id for each in team.data if each.id is not None}


def name_group(name: str, value: str | None, labels: Mapping[str, str]) -> str:
    """Return the words of a group of usage; who left the team has no label any more."""
    if value is None:
        return UNNAMED_WORDS.get(name, "other")
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
