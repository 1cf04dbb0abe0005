import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.kit.wire.json_text import write_json
from gateway.media.tasks.catalogue import TASKS, build_task_entry, read_input
from gateway.media.tasks.prices import PriceTable
from tests.media.tasks.helpers import PRICES

NAMES = tuple(TASKS)


def list_object_schemas(node: object) -> list[dict[str, Any]]:
    """Return every object schema within a schema."""
    found: list[dict[str, Any]] = []
    if isinstance(node, dict):
        if node.get("type") == "object":
            found.append(node)
        for inner in node.values():
            found += list_object_schemas(inner)
    elif isinstance(node, list):
        for inner in node:
            found += list_object_schemas(inner)
    return found


def test_all_tasks_are_listed_and_enabled() -> None:
    entries = {name: build_task_entry(task, PRICES) for name, task in TASKS.items()}
    assert all(found["enabled"] for found in entries.values())
    assert list(entries) == [
        "image.generate",
        "image.edit",
        "image.upscale",
        "video.generate",
        "video.extend",
        "video.upscale",
        "video.combine",
        "audio.generate",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_json_and_has_everything_the_page_promises(name: str) -> None:
    found = json.loads(write_json(build_task_entry(TASKS[name], PRICES)))
    assert found.keys() == {
        "task",
        "title",
        "description",
        "enabled",
        "inputSchema",
        "price",
        "limits",
        "guidance",
        "example",
        "runLimitSeconds",
    }
    promised = {"unit", "rates", "minimumUsd", "multipliers", "formula"}
    assert promised <= found["price"].keys()
    assert not any("{" in text for text in found["guidance"])


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_closed_and_every_field_is_described(name: str) -> None:
    schema = build_task_entry(TASKS[name], PRICES)["inputSchema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    for found in list_object_schemas(schema):
        assert found["additionalProperties"] is False
        for field, described in found["properties"].items():
            assert described.get("description", "").endswith("."), field


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_valid_by_schema_and_by_reading(name: str) -> None:
    found = build_task_entry(TASKS[name], PRICES)
    assert found["inputSchema"]["examples"] == [found["example"]]
    validator = jsonschema.Draft202012Validator(found["inputSchema"])
    validator.validate(found["example"])
    assert not validator.is_valid(found["example"] | {"nonsense": 1})
    assert read_input(TASKS[name], found["example"])


def test_run_limits_are_those_of_the_page() -> None:
    limits = {name: task.run_limit_seconds for name, task in TASKS.items()}
    assert limits == {
        "image.generate": 300,
        "image.edit": 300,
        "image.upscale": 600,
        "video.generate": 1800,
        "video.extend": 1800,
        "video.upscale": 1800,
        "video.combine": 1800,
        "audio.generate": 300,
    }


def test_the_product_text_is_told_where_it_matters() -> None:
    told = {
        name: " ".join(build_task_entry(task, PRICES)["guidance"]) for name, task in TASKS.items()
    }
    assert "`highDetail` out unless" in told["image.generate"]
    assert "`highDetail` out unless" in told["image.edit"]
    assert "highDetail" not in told["video.generate"]
    for words in ("several candidates", "mid-action", "coherent paragraph", "`webp`", "8n + 1"):
        assert words in told["video.generate"]
    for words in ("always runs at half", "fails rather than ignore", "phrase-timed gestures"):
        assert words in told["video.generate"]
    assert "costs $0.005 a clip, $0.01 at least" in told["video.combine"]
    assert all("guaranteed for 48 hours" in text for text in told.values())


def test_an_entry_shows_the_prices_of_the_operator() -> None:
    table = PriceTable.model_validate(
        {"version": "2", "video.combine": {"clipMicrousd": 7_000, "minimumMicrousd": 14_000}}
    )
    found = build_task_entry(TASKS["video.combine"], table)
    assert found["price"].minimum_usd == "0.014"
    assert found["price"].version == "2"
    assert "max(14000, 7000 * clips)" in found["price"].formula
    assert any("$0.007 a clip, $0.014 at least" in text for text in found["guidance"])


def test_the_cheapest_job_of_each_task_is_named() -> None:
    found = {
        name: build_task_entry(task, PRICES)["price"].minimum_usd for name, task in TASKS.items()
    }
    assert found == {
        "image.generate": "0.02",
        "image.edit": "0.03",
        "image.upscale": "0.01",
        "video.generate": "0.005334",
        "video.extend": "0.008",
        "video.upscale": "0.01",
        "video.combine": "0.01",
        "audio.generate": "0.0025",
    }
