"""Approval plans: frozen steps at exact prices, each plan executed once."""

from collections.abc import Sequence
from typing import Literal

from killatamata import fields
from killatamata._sync.inputs import Inputs
from killatamata._sync.paging import Page, Resource
from killatamata._sync.waits import OnPlan, wait_for_end
from killatamata.many import Many
from killatamata.timeouts import Timeout
from killatamata.types import Plan, PlanHead
from killatamata.wire import build_query, build_wire_fields, to_wire_step

PLANS_PATH = "/api/v1/studio/agent/approval-plans"


class Plans(Resource):
    """The approval plans of this account."""

    def prepare(
        self,
        steps: Sequence[fields.Step] | None = None,
        *,
        resume_of: str | None = None,
        project_id: str | None = None,
        thread_id: str | None = None,
        title: str | None = None,
        on_failure: Literal["stop", "continue"] | None = None,
        timeout: Timeout | None = None,
    ) -> Plan:
        """Freeze steps at exact prices, free of charge; inputs take local media as `run` does.

            plan = client.plans.prepare(
                [{"operation": "image.generate", "input": {"prompt": "a fox"}}]
            )

        Raises:
            StatusError: a refusal; one bad step refuses all.
        """
        # One for all steps: they go in one request.
        inputs = Inputs(self._transport, timeout=timeout)
        resolved = [
            inputs.resolve_media(each.get("operation", ""), to_wire_step(each))
            for each in steps or ()
        ]
        body = build_wire_fields(
            steps=None if steps is None else resolved,
            resume_of=resume_of,
            project_id=project_id,
            thread_id=thread_id,
            title=title,
            on_failure=on_failure,
        )
        return self._transport.request_model(
            Plan, "POST", f"{PLANS_PATH}/prepare", json=body, timeout=timeout
        )

    def get(
        self,
        plan_id: str,
        *,
        wait_seconds: int = 0,
        since_version: int | None = None,
        timeout: Timeout | None = None,
    ) -> Plan:
        """Return a plan; wait up to 30 seconds for its end, or for a change since a version."""
        query = build_query(plan_id=plan_id, wait_seconds=wait_seconds, since_version=since_version)
        return self._transport.request_model(Plan, "GET", PLANS_PATH, params=query, timeout=timeout)

    def wait(
        self,
        plan: Plan | str,
        *,
        timeout_seconds: float | None = None,
        on_progress: OnPlan | None = None,
        on_status: OnPlan | None = None,
        timeout: Timeout | None = None,
    ) -> Plan:
        """Wait until the plan was decided and all its steps have ended, and return it.

        `on_progress` gets the plan as it is and whenever it has changed, `on_status` whenever its
        outcome has, or its state before it has one. `timeout` is that of each request,
        `timeout_seconds` of the whole wait.

        Raises:
            WaitTimedOut: it has not ended in time; it goes on.
        """
        current = plan if isinstance(plan, Plan) else self.get(plan, timeout=timeout)

        def fetch(wait_seconds: int, since_version: int) -> Plan:
            return self.get(
                current.plan_id,
                wait_seconds=wait_seconds,
                since_version=since_version,
                timeout=timeout,
            )

        return wait_for_end(
            current,
            fetch,
            call_seconds=self._transport.to_call_seconds(timeout),
            timeout_seconds=timeout_seconds,
            on_progress=on_progress,
            on_status=on_status,
        )

    def list(
        self,
        *,
        state: Literal["pending", "executed", "rejected", "expired"] | None = None,
        project_id: str | None = None,
        limit: int = 20,
        timeout: Timeout | None = None,
    ) -> Page[PlanHead]:
        """Return the plans of this account, the newest first."""
        query = build_query(state=state, project_id=project_id, limit=limit)
        return self._list(PlanHead, PLANS_PATH, query, timeout=timeout)

    def execute(
        self,
        plan: Plan,
        *,
        step_ids: Many[str] | None = None,
        max_total_usd: str | None = None,
        confirmed_in_client: bool = False,
        timeout: Timeout | None = None,
    ) -> Plan:
        """Execute a plan once, exactly as it was shown: its hash goes along.

        Raises:
            PermissionDenied: code `approval_required`: show `plan.approval_url` to a person.
        """
        body = build_wire_fields(
            plan_id=plan.plan_id,
            plan_hash=plan.plan_hash,
            step_ids=step_ids and [*step_ids],
            max_total_usd=max_total_usd,
            confirmed_in_client=confirmed_in_client,
        )
        return self._transport.request_model(
            Plan, "POST", f"{PLANS_PATH}/execute", json=body, timeout=timeout
        )

    def reject(
        self, plan_id: str, *, reason: str | None = None, timeout: Timeout | None = None
    ) -> Plan:
        """Reject a pending plan."""
        body = build_wire_fields(plan_id=plan_id, reason=reason)
        return self._transport.request_model(
            Plan, "POST", f"{PLANS_PATH}/reject", json=body, timeout=timeout
        )
