"""What a tool answers: as its output schema says, refusals too, and each fact once."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import types

from mcp_server import results
from mcp_server.rest.offers import ToolOffer
from mcp_server.results import build_refusal
from tests.mcp_server.samples import Samples
from tests.mcp_server.test_offers import DOCUMENT, EACH_OFFER, OFFERS

ADDED_BY_SERVER = {"jobs"}
EACH_OFFER_WITH_SCHEMA = pytest.mark.parametrize(
    "offer", [offer for offer in OFFERS if offer.output_schema], ids=lambda offer: offer.name
)
SAMPLES = Samples(DOCUMENT)


def validate_facts(offer: ToolOffer, result: types.CallToolResult) -> dict[str, Any]:
    facts: dict[str, Any] = result.structured_content or {}
    jsonschema.validate(facts, offer.output_schema or {})
    return facts


@pytest.mark.promise("mcp: refusals-fit")
@EACH_OFFER
def test_a_refusal_is_what_the_output_schema_says(offer: ToolOffer) -> None:
    result = build_refusal(
        "not_found", "There is no such job.", "List the jobs.", field="jobId"
    ).result
    assert result.is_error
    assert validate_facts(offer, result)["error"]["code"] == "not_found"


@pytest.mark.promise("mcp: refusals-fit")
@EACH_OFFER_WITH_SCHEMA
def test_an_answer_is_what_the_output_schema_says(offer: ToolOffer) -> None:
    promised = set((offer.output_schema or {})["properties"]) - {"error"} - ADDED_BY_SERVER
    seen: set[str] = set()
    for answer in SAMPLES.build_answers(offer):
        result = results.render_success(results.select_facts(answer, offer.result_paths), "Done.")
        seen |= set(validate_facts(offer, result))
    assert promised <= seen


@pytest.mark.parametrize("words", [1, 4_000], ids=["short", "long"])
def test_the_next_step_is_among_the_facts_and_each_fact_is_told_once(words: int) -> None:
    facts = {"planId": "plan_1", "jobIds": ["job_1"] * words}
    result = results.render_success(facts, "Show that, then plan_execute.")
    assert result.structured_content == {"next": "Show that, then plan_execute."} | facts
    (text,) = result.content
    assert isinstance(text, types.TextContent)
    line, _, told = text.text.partition("\n")
    assert line == "Show that, then plan_execute."
    assert json.loads(told) == facts
