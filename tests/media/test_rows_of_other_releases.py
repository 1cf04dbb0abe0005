"""Rows of a newer release, read by an older one while a gateway is upgraded or rolled back."""

import json
from typing import Any

from gateway.kit.wire.json_text import write_json
from gateway.media.submits.quotes import TERMS_ADAPTER, parse_terms
from gateway.media.submits.submit_request import Terms
from gateway.media.tasks.base import ADJUSTMENTS_ADAPTER, WARNINGS_ADAPTER, InputWarning
from gateway.media.tasks.catalogue import TASKS, read_input
from gateway.media.tasks.prices import Breakdown, PriceTable

NEW = {"brandNew": {"field": 1}}


def add_unknown_fields(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with an unknown field added to every object."""
    if isinstance(value, list):
        return [add_unknown_fields(each) for each in value]
    if isinstance(value, dict):
        return {name: add_unknown_fields(each) for name, each in value.items()} | NEW
    return value


def test_what_a_newer_release_wrote_of_a_plan_is_read() -> None:
    task = TASKS["image.generate"]
    given = read_input(task, {"prompt": "a fox", "width": 1000, "height": 1000})
    plan = task.plan(given, {}, seed=1, prices=PriceTable())
    assert plan.adjustments
    terms = Terms(plan=plan, media={}, seed=1)
    wide = json.loads(TERMS_ADAPTER.dump_json(terms))
    for part in ("adjustments", "warnings"):
        wide["plan"][part] = add_unknown_fields(wide["plan"][part])
    wide["plan"]["price"]["breakdown"] |= NEW
    assert parse_terms(json.dumps(wide)) == terms
    assert Breakdown.read(json.dumps(wide["plan"]["price"]["breakdown"])) == plan.price.breakdown
    adjusted = json.dumps(add_unknown_fields(json.loads(write_json(plan.adjustments))))
    assert ADJUSTMENTS_ADAPTER.validate_json(adjusted, extra="ignore") == plan.adjustments
    warned = [InputWarning(code="a", message="b")]
    told = json.dumps(add_unknown_fields(json.loads(write_json(warned))))
    assert WARNINGS_ADAPTER.validate_json(told, extra="ignore") == warned
