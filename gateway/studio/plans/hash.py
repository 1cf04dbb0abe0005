"""The hash of a plan: over one canonical text of everything that a person approves.

The text is JSON in UTF-8: keys sorted by code point, no white space, no ASCII escapes, integers as
integers, and every other number as the string of its shortest decimal form. Floats are strings
because languages print them differently, and anyone must be able to recompute the hash.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gateway.kit.clock import to_iso
from gateway.studio.plans.tables import ApprovalPlan, PlanStep

HASH_FORMAT = "kt-plan/1"


def to_canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the canonical text of a JSON value.

    Raises:
        ValueError: the value contains NaN or infinity.
    """
    return json.dumps(
        _without_floats(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def hash_plan(plan: ApprovalPlan, steps: Sequence[PlanStep]) -> str:
    """Return the hash of a plan, `sha256:…`; `steps` are all of its steps, in order."""
    hashed_fields = {
        "v": HASH_FORMAT,
        "planId": plan.id,
        "accountId": plan.owner_id,
        "livemode": plan.book == "live",
        "projectId": plan.project_id,
        "threadId": plan.thread_id,
        "origin": plan.origin,
        "onFailure": plan.on_failure,
        "priceVersion": plan.price_version,
        "expiresAt": to_iso(plan.expires_at),
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
    return f"sha256:{hashlib.sha256(to_canonical_json(hashed_fields).encode()).hexdigest()}"


def _without_floats(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with every float replaced by its decimal string."""
    if isinstance(value, dict):
        return {name: _without_floats(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_floats(each) for each in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a JSON number")
        return format(Decimal(repr(value)), "f")
    return value
