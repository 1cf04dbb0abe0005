"""The hash of a plan: one canonical text over everything that a person approves.

UTF-8 JSON, keys sorted by code point, no white space, no ASCII escaping, integers as integers,
every other number as the plain decimal string of its shortest form.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gateway.kit.clock import iso
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

FORM = "kt-plan/1"


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a JSON value in its one form.

    Raises:
        ValueError: it holds a number that is none, or infinity.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plan_hash(plan: ApprovalPlan, steps: Sequence[PlanStep]) -> str:
    """Return `sha256:…` of a plan as its rows hold it; `steps` are in order."""
    sealed = {
        "v": FORM,
        "planId": plan.id,
        "accountId": plan.owner_id,
        "livemode": plan.book == "live",
        "projectId": plan.project_id,
        "threadId": plan.thread_id,
        "origin": plan.origin,
        "onFailure": plan.on_failure,
        "priceVersion": plan.price_version,
        "expiresAt": iso(plan.expires_at),
        "totalMicrousd": plan.total_microusd,
        "steps": [
            {
                "stepId": step.id,
                "key": step.key,
                "operation": step.operation,
                "input": json.loads(step.input_json),
                "priceMicrousd": step.price_microusd,
                "dependsOn": json.loads(step.depends_on_json),
            }
            for step in steps
        ],
    }
    return f"sha256:{hashlib.sha256(canonical(sealed).encode()).hexdigest()}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a JSON number")
        return format(Decimal(repr(value)), "f")
    return value
