"""Views of operators; each reads through the verbs of the command line."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.kit.wire import refuse_control_characters
from gateway.media.states import DeliveryState, JobState
from gateway.media.tasks.catalogue import TASKS
from gateway.operator import (
    accounts,
    checking,
    deliveries,
    jobs,
    keys,
    mails,
    nodes,
    overview,
    payments,
)
from gateway.pages.admin.acts import ACTS
from gateway.pages.admin.door import ADMIN, Door
from gateway.pages.admin.seals import Seals
from gateway.pages.render import page, see_other
from gateway.pages.shell import shell_of
from gateway.probes import Readiness

EVENTS = 100
MOST_DIGITS = 18  # no row has a greater number
FULL = 50  # a list of so many has more behind it


class LookPages:
    """The views of operators; they change nothing."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._at = door.ports
        self._seals = Seals(door.ports)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        route = self._door.route
        return [
            route("", self.overview),
            route("/accounts", self.accounts),
            route("/accounts/{account_id}", self.account),
            route("/jobs", self.jobs),
            route("/jobs/{job_id}", self.job),
            route("/nodes", self.nodes),
            route("/outbox", self.outbox),
            route("/dead", self.dead),
            route("/events", self.events),
            route("/reconcile", self.reconcile),
            route("/audit", self.audit),
        ]

    async def overview(self, request: Request, _caller: Caller) -> Response:
        """Show the state of the whole gateway; `?check=1` checks every invariant now."""
        readiness: Readiness = self._at.get(Readiness)
        parts = await readiness.survey()
        is_check_requested = request.query_params.get("check")
        return self._page(
            request,
            "overview",
            parts=parts,
            draining=readiness.draining,
            now=await overview.get_overview(self._at),
            findings=await checking.check_invariants(self._at, None)
            if is_check_requested
            else None,
        )

    async def accounts(self, request: Request, _caller: Caller) -> Response:
        """List accounts; a search for a job id leads to the job."""
        filters = given(request, "find", "before")
        find = filters.get("find", "")
        if find.startswith("job_"):
            return see_other(f"{ADMIN}/jobs/{find}")
        rows = await accounts.list_accounts(self._at, find, filters.get("before", ""))
        return self._page(request, "accounts", accounts=rows, asked=filters, full=FULL)

    async def account(self, request: Request, _caller: Caller) -> Response:
        """Show an account: money, freezes, keys, jobs and purchases."""
        account_id = request.path_params["account_id"]
        return self._page(
            request,
            "account",
            account=await accounts.get_account_details(self._at, account_id),
            keys=await keys.list_account_keys(self._at, account_id),
            jobs=(await jobs.list_jobs(self._at, account_id=account_id))[:10],
            purchases=await payments.list_purchases(self._at, account_id),
            done_rows=await checking.list_audit_entries(self._at, account_id),
        )

    async def jobs(self, request: Request, _caller: Caller) -> Response:
        """List jobs, of a state, a task, a node or an account."""
        filters = given(request, "state", "task", "node", "accountId", "before")
        rows = await jobs.list_jobs(
            self._at,
            state=filters.get("state", ""),
            task=filters.get("task", ""),
            node=filters.get("node", ""),
            account_id=filters.get("accountId", ""),
            before=filters.get("before", ""),
        )
        values = {"jobs": rows, "asked": filters, "states": list(JobState), "tasks": sorted(TASKS)}
        return self._page(request, "jobs", full=FULL, **values)

    async def job(self, request: Request, _caller: Caller) -> Response:
        """Show a job: its attempts and its money."""
        job_id = request.path_params["job_id"]
        job, audit_rows = (
            await jobs.get_job_details(self._at, job_id),
            checking.list_audit_entries(self._at, job_id),
        )
        return self._page(request, "job", job=job, done_rows=await audit_rows)

    async def nodes(self, request: Request, _caller: Caller) -> Response:
        """List the nodes."""
        return self._page(request, "nodes", nodes=await nodes.list_nodes(self._at))

    async def outbox(self, request: Request, _caller: Caller) -> Response:
        """Show webhook deliveries, and mails that wait."""
        filters = given(request, "status")
        return self._page(
            request,
            "outbox",
            asked=filters,
            statuses=list(DeliveryState),
            deliveries=await deliveries.list_deliveries(self._at, filters.get("status")),
            mails=await mails.list_waiting_mails(self._at),
        )

    async def dead(self, request: Request, _caller: Caller) -> Response:
        """Show dead letters: deliveries and mails that were given up, payments in review."""
        return self._page(
            request,
            "dead",
            deliveries=await deliveries.list_deliveries(self._at, "given-up"),
            mails=await mails.list_given_up_mails(self._at),
            payments=await payments.list_in_review(self._at),
        )

    async def events(self, request: Request, _caller: Caller) -> Response:
        """List the events that payment providers sent, and their outcome."""
        events = await payments.list_events(self._at, EVENTS)
        replaying = payments.list_replayable_providers()
        return self._page(request, "events", events=events, most=EVENTS, replaying=replaying)

    async def reconcile(self, request: Request, _caller: Caller) -> Response:
        """Show the findings of the nightly reconciliations, and who settled them."""
        return self._page(
            request,
            "reconcile",
            nights=await payments.list_nightly_comparisons(self._at),
            settled=await checking.list_audit_entries(self._at, "payments.reconcile"),
        )

    async def audit(self, request: Request, _caller: Caller) -> Response:
        """Show the audit log; `?verify=1` recomputes its hash chain now."""
        filters = given(request, "about", "before")
        text = filters.get("before", "")
        before = int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
        verify = request.query_params.get("verify")
        return self._page(
            request,
            "audit",
            rows=await checking.list_audit_entries(self._at, filters.get("about", ""), before),
            asked=filters,
            head=await checking.get_audit_head(self._at),
            verified=await checking.verify_audit_log(self._at) if verify else None,
        )

    def _page(self, request: Request, name: str, **shown: Any) -> Response:  # noqa: ANN401
        """Render a page; after an act it confirms the act.

        The seal keeps other sites from making the page confirm an act that never happened.
        """
        query, caller = request.query_params, shell_of(request).caller
        verb, again = query.get("done", ""), query.get("again", "")
        words = (caller.account_id if caller else "", request.url.path, verb, again)
        act = ACTS.get(verb) if self._seals.opened(query.get("seal", ""), *words) else None
        return page(request, f"admin/{name}.html", act=act, again=again, **shown)


def given(request: Request, *names: str) -> Mapping[str, str]:
    """Read these filters from the address, without empty ones."""
    query = request.query_params
    filters = {name: query[name].strip() for name in names if query.get(name, "").strip()}
    for name, value in filters.items():
        refuse_control_characters(value, name)
    return filters
