"""The page of usage: charges by day, task, key or project; its address holds the filters."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.operations import list_keys
from gateway.kit.errors import InvalidInput
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.media.operations import get_usage
from gateway.media.usage import GROUP_FIELDS
from gateway.pages.asking import wrong
from gateway.pages.charts import by_day, chart
from gateway.pages.render import page
from gateway.pages.session import Desk

USAGE = "/usage"
FILTERS = ("groupBy", "from", "to")
MOST_KEYS = "100"
NONE = {"keyId": "signed in, without a key", "projectId": "in no project"}


class UsagePage:
    """The views of usage."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person = self._desk.for_person
        return [
            Route(USAGE, person(self.usage), methods=["GET"]),
            Route(f"{USAGE}/csv", person(self.csv), methods=["GET"]),
        ]

    async def usage(self, request: Request, caller: Caller) -> Response:
        """Show the page; invalid days are reported at their fields."""
        query, problem = filters(request), None
        try:
            usage_answer = await self._desk.found(get_usage, request, caller, **query)
        except InvalidInput as refused:
            problem = refused
            usage_answer = await self._desk.found(get_usage, request, caller)
        name = GROUP_FIELDS[usage_answer["groupBy"]]
        labels = await self._labels(request, caller) if name == "keyId" else {}
        lines = [
            line | {"name": labels.get(line[name], line[name]) or NONE[name]}
            for line in usage_answer["data"]
        ]
        return page(
            request,
            "usage.html",
            problem=problem,
            wrong=wrong(problem),
            usage=usage_answer,
            query={"groupBy": "day"} | query,
            lines=lines,
            chart=_bars(usage_answer) if name == "day" else None,
            most=max((line["chargedMicrousd"] for line in lines), default=0),
        )

    async def csv(self, request: Request, caller: Caller) -> Response:
        """Download the lines of the page as CSV."""
        return await self._desk.csv(get_usage, request, caller, filters(request), "usage")

    async def _labels(self, request: Request, caller: Caller) -> dict[str, str]:
        keys = await self._desk.read(list_keys, request, caller, limit=MOST_KEYS)
        return {key.id: key.label for key in keys.data}


def filters(request: Request) -> dict[str, str]:
    """Read the filters of the address, without empty ones."""
    query = request.query_params
    return {name: query[name] for name in FILTERS if query.get(name)}


def _bars(found: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a chart
    charged = {line["day"]: line["chargedMicrousd"] for line in found["data"]}
    return chart(
        by_day(date.fromisoformat(found["from"]), date.fromisoformat(found["to"]), charged)
    )
