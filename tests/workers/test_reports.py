"""Reports of prompts become one report of an attempt."""

from uuid import UUID

from workers.engines.base import RenderPlan
from workers.engines.comfyui.graphs.graph import GraphForm, Value
from workers.engines.comfyui.reports import PromptRecord
from workers.engines.report import EngineReport, ReportFields, SpanClock, Timings, join_reports


def test_the_times_of_the_segments_of_a_film_are_summed() -> None:
    first: Timings = {
        "queuedAt": "1",
        "endedAt": "2",
        "runMs": 5,
        "nodes": [{"node": "larger", "ms": 4}],
    }
    second: Timings = {
        "queuedAt": "3",
        "endedAt": "4",
        "runMs": 7,
        "nodes": [{"node": "larger", "ms": 6}],
    }
    made_with: ReportFields = {"engine": "comfyui", "models": [{"name": "x4.pth"}]}
    reports = {
        UUID(int=1): EngineReport({**made_with, "timings": first}, {"save": {}}),
        UUID(int=2): EngineReport({**made_with, "timings": second}, {"save": {"later": 1}}),
    }
    joined = join_reports(reports)
    assert joined.graph == {"save": {}}
    assert joined.fields == {
        **made_with,
        "timings": {
            "queuedAt": "1",
            "endedAt": "4",
            "runMs": 12,
            "nodes": [*first["nodes"], *second["nodes"]],
        },
    }


def test_of_too_many_nodes_a_clock_keeps_the_first() -> None:
    clock = SpanClock[int]()
    for number in range(1_000):
        clock.enter(number)
    clock.enter(None)
    assert len(clock.seconds) == 128


def test_the_model_files_of_an_operators_own_workflow_are_not_told() -> None:
    inputs: dict[str, Value] = {
        "lora_name": "clients/face-of-acme_v2.safetensors",
        "strength_model": 1.0,
    }
    graph: GraphForm = {"1": {"class_type": "LoraLoaderModelOnly", "inputs": inputs}}
    plan = RenderPlan(task="image.generate", effective_input={"seed": 7})
    built, own = PromptRecord(), PromptRecord()
    built.keep_sent("sdxl", graph, plan)
    own.keep_sent("house-portrait", graph, plan)
    assert built.build_report({}).fields["models"] == [
        {"name": "face-of-acme_v2.safetensors", "folder": "loras"}
    ]
    report = own.build_report({})
    assert (report.graph, report.fields["workflow"]["name"]) == (None, "house-portrait")
    assert "acme" not in str(report)
