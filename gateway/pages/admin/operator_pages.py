"""Views of operators; each reads through the verbs of the command line."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire.request_reader import refuse_control_characters
from gateway.media.states import DeliveryState, JobState
from gateway.media.tasks.catalogue import TASKS
from gateway.operator import (
    accounts,
    codes,
    database_checks,
    deliveries,
    jobs,
    keys,
    mails,
    margins,
    nodes,
    overview,
    payments,
    shares,
    spending,
)
from gateway.operator.trends import get_trends
from gateway.pages.admin import trend_charts
from gateway.pages.admin.acts import ACTS
from gateway.pages.admin.confirmation_tokens import ConfirmationTokens
from gateway.pages.admin.operator_guard import ADMIN_PATH, OperatorGuard
from gateway.pages.money.spending import DETAIL_WORDS, LINE_WORDS
from gateway.pages.render import render_page, see_other
from gateway.pages.sharing.share_page import REASON_WORDS
from gateway.pages.shell import get_shell
from gateway.process.probes import Readiness
from gateway.spending.schemas import format_month, parse_month

MOST_EVENTS = 100
MOST_DIGITS = 18  # no row has a greater number
LIST_LENGTH = 50  # rows of a list; a full one has more behind it


class OperatorPages:
    """The views of operators; they change nothing."""

    def __init__(self, guard: OperatorGuard) -> None:
        self._guard = guard
        self._ports = guard.ports
        self._tokens = ConfirmationTokens(guard.ports)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        route = self._guard.build_route
        return [
            route("", self.show_overview),
            route("/trends", self.show_trends),
            route("/accounts", self.list_accounts),
            route("/accounts/{account_id}", self.show_account),
            route("/accounts/{account_id}/statement", self.show_statement),
            route("/jobs", self.list_jobs),
            route("/jobs/{job_id}", self.show_job),
            route("/nodes", self.list_nodes),
            route("/outbox", self.show_outbox),
            route("/dead", self.show_dead_letters),
            route("/events", self.list_events),
            route("/shares", self.list_shares),
            route("/showcase", self.show_showcase),
            route("/codes", self.list_codes),
            route("/codes/{code_id}", self.show_code),
            route("/reconcile", self.show_reconciliation),
            route("/audit", self.show_audit),
        ]

    async def show_overview(self, request: Request, _caller: Caller) -> Response:
        """Show the state of the whole gateway; `?check=1` checks every invariant now."""
        readiness: Readiness = self._ports.get(Readiness)
        parts = await readiness.check_parts()
        is_check_requested = request.query_params.get("check")
        return self._page(
            request,
            "overview",
            parts=parts,
            draining=readiness.is_draining,
            now=await overview.get_overview(self._ports),
            **await self._load_trends(request),
            findings=await database_checks.check_invariants(self._ports, None)
            if is_check_requested
            else None,
        )

    async def show_trends(self, request: Request, _caller: Caller) -> Response:
        """Draw the charts and the nodes again for htmx; a browser gets their numbers as tables."""
        name = "trends" if "hx-request" in request.headers else "numbers"
        return self._page(request, name, **await self._load_trends(request))

    async def _load_trends(self, request: Request) -> dict[str, Any]:
        book = "live" if get_shell(request).live_enabled else "test"
        trends = await get_trends(self._ports, book)
        return {
            "book": book,
            "job_charts": trend_charts.build_job_charts(trends),
            "money_charts": trend_charts.build_money_charts(trends),
            "node_cards": trend_charts.build_node_cards(trends),
        }

    async def list_accounts(self, request: Request, _caller: Caller) -> Response:
        """List accounts; a search for a job id leads to the job."""
        filters = read_filters(request, "find", "before")
        find = filters.get("find", "")
        if find.startswith("job_"):
            return see_other(f"{ADMIN_PATH}/jobs/{find}")
        rows = await accounts.list_accounts(self._ports, find, filters.get("before", ""))
        return self._page(request, "accounts", accounts=rows, asked=filters, full=LIST_LENGTH)

    async def show_account(self, request: Request, _caller: Caller) -> Response:
        """Show an account: money, freezes, keys, jobs and purchases."""
        account_id = request.path_params["account_id"]
        return self._page(
            request,
            "account",
            account=await accounts.get_account_details(self._ports, account_id),
            keys=await keys.list_account_keys(self._ports, account_id),
            jobs=(await jobs.list_jobs(self._ports, account_id=account_id))[:10],
            purchases=await payments.list_purchases(self._ports, account_id),
            done_rows=await database_checks.list_audit_entries(self._ports, account_id),
        )

    async def show_statement(self, request: Request, _caller: Caller) -> Response:
        """Show an account's statement of a month, by default of the one that goes on."""
        filters = read_filters(request, "mode", "month")
        book = "live" if filters.get("mode") == "live" else "test"
        stated = await spending.get_statement(
            self._ports, request.path_params["account_id"], book, filters.get("month", "")
        )
        before = format_month(parse_month(stated["month"]) - 1)
        return self._page(
            request,
            "statement",
            statement=stated,
            before=before,
            line_words=LINE_WORDS,
            detail_words=DETAIL_WORDS,
        )

    async def list_jobs(self, request: Request, _caller: Caller) -> Response:
        """List jobs, of a state, a task, a node or an account."""
        filters = read_filters(request, "state", "task", "node", "accountId", "before")
        rows = await jobs.list_jobs(
            self._ports,
            state=filters.get("state", ""),
            task=filters.get("task", ""),
            node=filters.get("node", ""),
            account_id=filters.get("accountId", ""),
            before=filters.get("before", ""),
        )
        values = {"jobs": rows, "asked": filters, "states": list(JobState), "tasks": sorted(TASKS)}
        return self._page(request, "jobs", full=LIST_LENGTH, **values)

    async def show_job(self, request: Request, _caller: Caller) -> Response:
        """Show a job: its attempts and its money."""
        job_id = request.path_params["job_id"]
        job, audit_rows = (
            await jobs.get_job_details(self._ports, job_id),
            database_checks.list_audit_entries(self._ports, job_id),
        )
        return self._page(request, "job", job=job, done_rows=await audit_rows)

    async def list_nodes(self, request: Request, _caller: Caller) -> Response:
        """List the nodes."""
        return self._page(
            request,
            "nodes",
            nodes=await nodes.list_nodes(self._ports),
            margins=await margins.list_margins(self._ports),
            margin_days=margins.USUAL_DAYS,
        )

    async def show_outbox(self, request: Request, _caller: Caller) -> Response:
        """Show webhook deliveries, and mails that wait."""
        filters = read_filters(request, "status")
        return self._page(
            request,
            "outbox",
            asked=filters,
            statuses=list(DeliveryState),
            deliveries=await deliveries.list_webhook_deliveries(self._ports, filters.get("status")),
            mails=await mails.list_waiting_mails(self._ports),
        )

    async def show_dead_letters(self, request: Request, _caller: Caller) -> Response:
        """Show dead letters: deliveries and mails that were given up, payments in review."""
        return self._page(
            request,
            "dead",
            deliveries=await deliveries.list_webhook_deliveries(self._ports, "given-up"),
            mails=await mails.list_given_up_mails(self._ports),
            payments=await payments.list_payments_in_review(self._ports),
        )

    async def list_events(self, request: Request, _caller: Caller) -> Response:
        """List the events that payment providers sent, and their outcome."""
        events = await payments.list_provider_events(self._ports, MOST_EVENTS)
        replaying = payments.list_replayable_providers()
        return self._page(request, "events", events=events, most=MOST_EVENTS, replaying=replaying)

    async def list_shares(self, request: Request, _caller: Caller) -> Response:
        """Show reports about shared results, and the shares of all accounts."""
        return self._page(
            request,
            "shares",
            reports=await shares.list_reports(self._ports),
            shares=await shares.list_shares(self._ports),
            reasons=REASON_WORDS,
        )

    async def show_showcase(self, request: Request, _caller: Caller) -> Response:
        """Show the shares that may be on the front page, to pick from."""
        return self._page(request, "showcase", shares=await shares.list_showcase(self._ports))

    async def list_codes(self, request: Request, _caller: Caller) -> Response:
        """List the credit codes."""
        return self._page(request, "codes", codes=await codes.list_codes(self._ports))

    async def show_code(self, request: Request, _caller: Caller) -> Response:
        """Show a credit code with its redemptions."""
        code_id = request.path_params["code_id"]
        try:
            code = await codes.get_code_details(self._ports, code_id)
        except LookupError as error:
            raise NotFound from error
        audit_rows = await database_checks.list_audit_entries(self._ports, code_id)
        return self._page(request, "code", code=code, done_rows=audit_rows)

    async def show_reconciliation(self, request: Request, _caller: Caller) -> Response:
        """Show the findings of the nightly reconciliations, and who settled them."""
        return self._page(
            request,
            "reconcile",
            nights=await payments.list_nightly_comparisons(self._ports),
            settled=await database_checks.list_audit_entries(self._ports, "payments.reconcile"),
        )

    async def show_audit(self, request: Request, _caller: Caller) -> Response:
        """Show the audit log; `?verify=1` recomputes its hash chain now."""
        filters = read_filters(request, "about", "before")
        text = filters.get("before", "")
        before = int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
        verify = request.query_params.get("verify")
        return self._page(
            request,
            "audit",
            rows=await database_checks.list_audit_entries(
                self._ports, filters.get("about", ""), before
            ),
            asked=filters,
            head=await database_checks.get_audit_head(self._ports),
            verified=await database_checks.verify_audit_log(self._ports) if verify else None,
        )

    def _page(self, request: Request, name: str, **values: Any) -> Response:  # noqa: ANN401
        """Render a page; after an act it confirms the act.

        The token keeps other sites from making the page confirm an act that never happened.
        """
        query, caller = request.query_params, get_shell(request).caller
        verb, again = query.get("done", ""), query.get("again", "")
        words = (caller.person_id if caller else "", request.url.path, verb, again)
        act = ACTS.get(verb) if self._tokens.verify_token(query.get("seal", ""), *words) else None
        return render_page(request, f"admin/{name}.html", act=act, again=again, **values)


def read_filters(request: Request, *names: str) -> Mapping[str, str]:
    """Read these filters from the address, without empty ones."""
    query = request.query_params
    filters = {name: query[name].strip() for name in names if query.get(name, "").strip()}
    for name, value in filters.items():
        refuse_control_characters(value, name)
    return filters
