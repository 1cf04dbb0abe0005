"""Approval plans: frozen steps at exact prices, each plan executed once."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from killatamata._sync.inputs import Inputs
from killatamata._sync.paging import Page, Resource
from killatamata.types import Plan, PlanHead
from killatamata.wire import build_query, build_wire_fields, to_wire_names

PLANS_PATH = "/api/v1/studio/agent/approval-plans"


class Plans(Resource):
    """The approval plans of this account."""

    def prepare(
        self,
        steps: Sequence[Mapping[str, Any]] | None = None,
        *,
        resume_of: str | None = None,
        project_id: str | None = None,
        thread_id: str | None = None,
        title: str | None = None,
        on_failure: Literal["stop", "continue"] | None = None,
    ) -> Plan:
        """Freeze steps (`operation`, `input`, `key`, `depends_on`) at exact prices, free of charge.

        Inputs take local media as `jobs.create` does.

        Raises:
            StatusError: a refusal; one bad step refuses all.
        """
        inputs = Inputs(self._transport)  # one for all steps: they go in one request
        resolved = [inputs.resolve_media(to_wire_names(each)) for each in steps or ()]
        body = build_wire_fields(
            steps=None if steps is None else resolved,
            resume_of=resume_of,
            project_id=project_id,
            thread_id=thread_id,
            title=title,
            on_failure=on_failure,
        )
        return self._transport.request_model(Plan, "POST", f"{PLANS_PATH}/prepare", json=body)

    def get(self, plan_id: str, *, wait_seconds: int = 0, since_version: int | None = None) -> Plan:
        """Return a plan; wait up to 30 seconds for its end, or for a change since a version."""
        query = build_query(plan_id=plan_id, wait_seconds=wait_seconds, since_version=since_version)
        return self._transport.request_model(Plan, "GET", PLANS_PATH, params=query)

    def list(
        self, *, state: str | None = None, project_id: str | None = None, limit: int = 20
    ) -> Page[PlanHead]:
        """Return the plans of this account, the newest first."""
        query = build_query(state=state, project_id=project_id, limit=limit)
        return self._fetch_page(PlanHead, PLANS_PATH, query)

    def execute(
        self,
        plan: Plan,
        *,
        step_ids: Sequence[str] | None = None,
        max_total_usd: str | None = None,
        confirmed_in_client: bool = False,
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
        return self._transport.request_model(Plan, "POST", f"{PLANS_PATH}/execute", json=body)

    def reject(self, plan_id: str, *, reason: str | None = None) -> Plan:
        """Reject a pending plan."""
        body = build_wire_fields(plan_id=plan_id, reason=reason)
        return self._transport.request_model(Plan, "POST", f"{PLANS_PATH}/reject", json=body)
