"""Parts of the usage page: budgets, monthly statements, the export of usage."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.operations import list_keys
from gateway.identity.teams.schemas import Team
from gateway.kit.database.sessions import Database
from gateway.kit.errors import RoleDenied
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller, authorise_call, operation_from_handler
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE
from gateway.library.projects import list_newest_projects, list_project_names
from gateway.pages.closing_stream import ClosingStream
from gateway.pages.operation_client import OperationClient, build_call_headers, read_form
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.spending import operations as spending

USAGE_PATH = "/usage"
EXPORT_GROUPS = "day,key,member,project,task"
MOST_KEYS, MOST_PROJECTS = "100", 100
SUBJECT_WORDS = {
    "account": "The whole account",
    "key": "Key",
    "member": "Member",
    "project": "Project",
}
GONE_WORDS = {"key": "that was removed", "member": "who left", "project": "that was removed"}
LINE_WORDS = {
    "purchases": "Bought",
    "bonuses": "Bonus",
    "promotions": "Given",
    "earned": "Earned as an affiliate",
    "spending": "Spent",
    "refunds": "Credit taken back for refunds",
    "disputes": "Credit taken back for disputes",
    "chain_reversals": "Payments that left their chain",
    "expiries": "Expired",
    "adjustments": "Corrected by the operator",
}
PAYMENT_WORDS = {
    "purchase": "Purchase",
    "refund": "Refund",
    "refund_failed": "Refund that failed",
    "dispute": "Disputed payment",
    "dispute_won": "Dispute that ended for the seller",
    "deposit_reversed": "Payment that left its chain",
    "deposit_restored": "Payment that came back",
}
DETAIL_WORDS = {
    "code": "by a code",
    "gift": "by the operator",
    "agent": "messages to the agent",
    "api": "through the API",
    "other": "other",
}


def list_member_labels(team: Team) -> dict[str, str]:
    """Return the addresses of the members of a team, by id, without its owner."""
    return {each.id: each.email or each.id for each in team.data if each.id is not None}


class SpendingPages:
    """The views of budgets, statements and exports."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        statement = f"{USAGE_PATH}/statement/{{month}}"
        return [
            Route(f"{USAGE_PATH}/export.csv", person(self.download_export), methods=["GET"]),
            Route(f"{USAGE_PATH}/budgets", person(self.set_budget), methods=["POST"]),
            Route(f"{USAGE_PATH}/budgets/delete", person(self.delete_budget), methods=["POST"]),
            Route(statement, person(self.show_statement), methods=["GET"]),
            Route(f"{statement}/csv", person(self.download_statement), methods=["GET"]),
        ]

    async def read_spending_sections(
        self, request: Request, caller: Caller, team: Team
    ) -> Mapping[str, Any]:
        """Read the budgets, what one can be for, and the months; nothing for who may not see it."""
        read_wire = self._client.read_wire
        try:
            budgets = (await read_wire(spending.list_budgets, request, caller))["data"]
            statements = (await read_wire(spending.list_statements, request, caller))["data"]
        except RoleDenied:
            return {}
        keys = (await self._client.read_model(list_keys, request, caller, limit=MOST_KEYS)).data
        usable = [key for key in keys if key.mode == caller.book and key.revoked_at is None]
        subject_ids = [each["subjectId"] for each in budgets if each["subject"] == "project"]
        names, members = await self._read_projects(caller, subject_ids), list_member_labels(team)
        choices = {
            "key": ("Keys", {key.id: key.label for key in usable}),
            "member": ("Members", members),
            "project": ("Projects", names),
        }
        labels = members | names | {key.id: key.label for key in keys}
        for each in budgets:
            label = labels.get(each["subjectId"] or "", GONE_WORDS.get(each["subject"], ""))
            each["name"] = f"{SUBJECT_WORDS[each['subject']]} {label}".strip()
        return {"budgets": budgets, "budget_choices": choices, "statements": statements}

    async def _read_projects(self, caller: Caller, subject_ids: Sequence[str]) -> dict[str, str]:
        """Read the names of the newest projects, and of those that have a budget."""
        account, database = caller.ledger_account, self._client.ports.get(Database)
        async with database.read() as snapshot:
            newest = await list_newest_projects(snapshot, account, MOST_PROJECTS)
            names = {row.id: row.name for row in newest}
            return names | await list_project_names(snapshot, account, subject_ids)

    async def set_budget(self, request: Request, caller: Caller) -> Response:
        """Set the budget of what was chosen: the account, or a key, member or project."""
        fields = await read_form(request)
        subject, _, subject_id = fields.get("subject", "").partition(":")
        body = {"subject": subject or "account", "subjectId": subject_id}
        body["amountUsd"] = fields.get("amountUsd", "").strip().removeprefix("$")
        filled = {name: value for name, value in body.items() if value}
        await self._client.call_from_form(spending.set_budget, request, caller, filled)
        return self._show_again(request)

    async def delete_budget(self, request: Request, caller: Caller) -> Response:
        """Delete a budget."""
        body = {"budgetId": (await read_form(request)).get("budgetId", "")}
        await self._client.call_from_form(spending.delete_budget, request, caller, body)
        return self._show_again(request)

    def _show_again(self, request: Request) -> Response:
        return see_other(f"{get_shell(request).to(USAGE_PATH)}#budgets")

    async def show_statement(self, request: Request, caller: Caller) -> Response:
        """Show the statement of a month, to read or to print."""
        month = {"month": request.path_params["month"]}
        statement = await self._client.read_wire(spending.get_statement, request, caller, **month)
        return render_page(
            request,
            "statement.html",
            statement=statement,
            line_words=LINE_WORDS,
            detail_words=DETAIL_WORDS,
            payment_words=PAYMENT_WORDS,
        )

    async def download_statement(self, request: Request, caller: Caller) -> Response:
        """Download a statement as CSV."""
        month = request.path_params["month"]
        return await self._client.download_csv(
            spending.get_statement, request, caller, {"month": month}, f"statement-{month}"
        )

    async def download_export(self, request: Request, caller: Caller) -> Response:
        """Download every charge of the days in the address, summed up, as CSV."""
        days = {name: request.query_params.get(name, "") for name in ("from", "to")}
        query = {"groupBy": EXPORT_GROUPS} | {name: day for name, day in days.items() if day}
        authorise_call(operation_from_handler(spending.export_usage), caller)
        answer = await self._client.call_operation(
            spending.export_usage,
            request,
            None,
            caller,
            query=query,
            headers=build_call_headers(request) | {"accept": CSV_MEDIA_TYPE},
        )
        if answer.stream is None:
            raise LookupError("an export is a stream")
        first = await anext(answer.stream, b"")
        return ClosingStream(first, answer.stream, PRIVATE_HEADERS | dict(answer.headers))
