"""The forms of the owner: share a result, see its links, change or revoke them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.library.operations import get_asset
from gateway.media.operations import get_job
from gateway.pages.answers import JobAnswer, OutputAnswer
from gateway.pages.dialogs import next_form_key
from gateway.pages.field_words import list_options
from gateway.pages.form_problems import get_posted_form
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.shares.operations import create_share, list_shares, revoke_share, update_share

LIST_PATH = "/library/shares"
LIFE_DAYS = list_options("days")
USUAL_DAYS, DAY_SECONDS = "30", 86_400
SHOW_FIELDS = ("prompt", "seed", "cost", "showcase")


class ShareForms:
    """The views by which people share their own results."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, form = self._client.person_view, "/create/{job_id}/{index:int}/share"
        return [
            Route(form, person(self.answer_share), methods=["GET", "POST"]),
            Route(LIST_PATH, person(self.list_own_shares), methods=["GET"]),
            Route(f"{LIST_PATH}/change", person(self.change_share), methods=["POST"]),
            Route(f"{LIST_PATH}/revoke", person(self.revoke_share), methods=["POST"]),
        ]

    async def answer_share(self, request: Request, caller: Caller) -> Response:
        """Show the form that shares a result and the links there are, or make a link."""
        problem = None
        if request.method == "POST":
            fields, path = await read_form(request), request.url.path
            try:
                await self._create(request, caller, fields)
            except CrossSiteRefused:
                raise
            except Problem as refused:
                problem = refused
            else:
                return see_other(get_shell(request).to(path, made="1"))
        job_id, index = request.path_params["job_id"], request.path_params["index"]
        job, output = await self._load_output(request, caller, job_id, index)
        shares = await self._client.read_wire(
            list_shares, request, caller, ref=f"job://{job_id}/{index}", active="1"
        )
        posted = get_posted_form(request)
        return render_page(
            request,
            "share/form.html",
            problem=problem,
            job=job,
            output=output,
            picture=await self._find_picture(request, caller, output),
            shares=[each | {"daysLeft": self._count_days_left(each)} for each in shares["data"]],
            back=f"/create/{job_id}/{index}",
            lives=LIFE_DAYS,
            given=posted or {"days": USUAL_DAYS, "remix": "on"},
            key=next_form_key(posted, problem),
            is_made="made" in request.query_params,
        )

    async def list_own_shares(self, request: Request, caller: Caller) -> Response:
        """List the shares of the account, those that work first."""
        query = {"limit": "50"}
        if cursor := request.query_params.get("cursor"):
            query["cursor"] = cursor
        page = await self._client.read_wire(list_shares, request, caller, **query)
        return render_page(
            request,
            "share/list.html",
            shares=page["data"],
            next_cursor=page["nextCursor"],
        )

    async def change_share(self, request: Request, caller: Caller) -> Response:
        """Change what a share shows."""
        fields = await read_form(request)
        body = {
            "shareId": fields.get("shareId", ""),
            "show": {name: name in fields for name in SHOW_FIELDS},
            "remix": "remix" in fields,
        }
        answer = await self._client.call_from_form(update_share, request, caller, body)
        return see_other(_form_address(request, answer))

    async def revoke_share(self, request: Request, caller: Caller) -> Response:
        """Revoke a share; its link and its files are gone at once."""
        fields = await read_form(request)
        body = {"shareId": fields.get("shareId", "")}
        answer = await self._client.call_from_form(revoke_share, request, caller, body)
        if "list" in fields:
            return see_other(get_shell(request).to(LIST_PATH))
        return see_other(_form_address(request, answer))

    async def _create(self, request: Request, caller: Caller, fields: Mapping[str, str]) -> None:
        days = fields.get("days", "")
        if days not in LIFE_DAYS:
            raise InvalidInput("Choose how long the link works.", field="days")
        now = datetime.fromtimestamp(self._database.clock.now() // SECOND, UTC)
        job_id, index = request.path_params["job_id"], request.path_params["index"]
        body = {
            "ref": f"job://{job_id}/{index}",
            "show": {name: name in fields for name in SHOW_FIELDS},
            "remix": "remix" in fields,
        }
        if days != USUAL_DAYS:
            # The same press twice must be the same request, so the end of it is a whole day.
            day = now.replace(hour=0, minute=0, second=0) + timedelta(days=int(days) + 1)
            body["expiresAt"] = day.isoformat()
        await self._client.call_from_form(
            create_share, request, caller, body, key=fields.get("idempotencyKey")
        )

    async def _load_output(
        self, request: Request, caller: Caller, job_id: str, index: int
    ) -> tuple[JobAnswer, OutputAnswer]:
        job: JobAnswer = await self._client.read_wire(  # type: ignore[assignment]  # its own answer
            get_job, request, caller, jobId=job_id, includeDetails="1"
        )
        output = next((each for each in job["outputs"] if each["index"] == index), None)
        if output is None:
            raise NotFound("There is no such result.", hint="Check the address.")
        return job, output

    def _count_days_left(self, share: Mapping[str, str]) -> int:
        """Return how many days a link still works, the last one whole."""
        left = datetime.fromisoformat(share["expiresAt"]).timestamp() * SECOND
        return max(0, -int(-(left - self._database.clock.now()) // (SECOND * DAY_SECONDS)))

    async def _find_picture(
        self, request: Request, caller: Caller, output: OutputAnswer
    ) -> str | None:
        """Return the address of the result for its preview: its own, or that of its asset."""
        if output["url"] is not None or output["assetId"] is None:
            return output["url"]
        asset = await self._client.read_wire(get_asset, request, caller, assetId=output["assetId"])
        url: str | None = asset["downloadUrl"]
        return url


def _form_address(request: Request, share: Mapping[str, object]) -> str:
    return get_shell(request).to(f"/create/{share['jobId']}/{share['outputIndex']}/share")
