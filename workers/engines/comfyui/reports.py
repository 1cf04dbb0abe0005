"""Reports of ComfyUI nodes about a prompt: their machine, their times, the graph that was sent.

The graph of a built family is drawn by our own code from the caller's input, so the caller may see
it, with its model files. An operator's own workflow is the operator's: it has only its name and a
hash: its model files may be named after the operator's customers.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.media.nodes.node_pool import COMFYUI_ENGINE
from workers.engines.base import RenderPlan, Stage
from workers.engines.comfyui.graphs.engines_file import BUILT_FAMILIES
from workers.engines.comfyui.graphs.file_names import MODEL_FOLDERS
from workers.engines.comfyui.graphs.graph import GraphForm, parse_link
from workers.engines.comfyui.node_json import NodeJson
from workers.engines.report import (
    EngineReport,
    NodeTime,
    ReportFields,
    SpanClock,
    Timings,
    build_timings,
    sum_stages,
    to_ms,
)

_MODEL_FILE = re.compile(r"\.(safetensors|sft|gguf|ckpt|pth|pt|bin|onnx)$")
_DEVICE_MODEL = re.compile(r"(?:\w+:\d+ )?([^:]*)")  # "cuda:0 NVIDIA H100 80GB HBM3 : native"
_SAVE_PREFIX = "filename_prefix"
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999
# Loaders that extensions bring name their inputs alike; `model_name` may be of any kind.
_FOLDER_BY_INPUT = {
    name: folder for (_, name), folder in MODEL_FOLDERS.items() if name != "model_name"
}


@dataclass(slots=True)
class PromptRecord:
    """The record of one prompt: the graph that was sent, its seed, its times."""

    workflow: str = ""
    graph: GraphForm | None = None
    seed: int | None = None
    timings: Timings = field(default_factory=Timings)
    spans: SpanClock[tuple[str, Stage]] = field(default_factory=SpanClock)

    def keep_sent(self, workflow: str, graph: GraphForm, plan: RenderPlan) -> None:
        """Keep the graph that is sent, and its seed if a node of it holds that."""
        seed = plan.effective_input.get("seed")
        values = [value for node in graph.values() for value in node["inputs"].values()]
        held = any(type(value) is int and value == seed for value in values)
        self.workflow, self.graph, self.seed = workflow, graph, seed if held else None

    def build_report(self, system: ReportFields) -> EngineReport:
        """Build the report so far; `system` is the node's own description."""
        report: ReportFields = {"engine": COMFYUI_ENGINE, **system}
        is_built = self.workflow in BUILT_FAMILIES
        drawn = self.graph if is_built else None
        if self.graph is not None:
            report["workflow"] = {"name": self.workflow, "sha256": hash_workflow(self.graph)}
        if drawn is not None:
            report["models"] = list_models(drawn)
        if self.seed is not None:
            report["result"] = {"seed": self.seed}
        timings: Timings = {**self.timings}
        if is_built:
            timings = {**timings, **self._node_timings()}
        if timings:
            report["timings"] = timings
        return EngineReport(report, None if drawn is None else _hide_folders(drawn))

    def _node_timings(self) -> Timings:
        """Return the times of nodes and stages, which only our own graphs name."""
        seconds = self.spans.seconds
        if not seconds:
            return {}
        nodes = [NodeTime(node=node, ms=to_ms(spent)) for (node, _), spent in seconds.items()]
        stages = sum_stages((stage, spent) for (_, stage), spent in seconds.items())
        return {**stages, "nodes": nodes}


def read_system(stats: NodeJson) -> ReportFields:
    """Read software and device from `/system_stats`; never its `argv`, which may hold secrets."""
    system = stats.get("system")
    system = system if isinstance(system, Mapping) else {}
    devices = stats.get("devices")
    first = devices[0] if isinstance(devices, list) and devices else {}
    first = first if isinstance(first, Mapping) else {}
    model = _DEVICE_MODEL.match(str(first.get("name")))
    return {
        "engineVersion": system.get("comfyui_version"),
        "python": str(system.get("python_version")).partition(" ")[0],
        "pytorch": system.get("pytorch_version"),
        "device": {
            "type": first.get("type"),
            "name": model and model[1].strip(),
            "vramBytes": first.get("vram_total"),
        },
    }


def read_job_times(job: NodeJson) -> Timings:
    """Read from a job of `/api/jobs` when its prompt was queued, began and ended."""
    return _build_timings(
        job.get("create_time"), job.get("execution_start_time"), job.get("execution_end_time")
    )


def read_history_times(entry: NodeJson) -> Timings:
    """Read the same from an entry of `/history`: its prompt's extra data, and its messages."""
    try:
        queued = entry["prompt"][3].get("create_time")
        times = [data.get("timestamp") for _, data in entry["status"]["messages"]]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return {}
    return _build_timings(queued, times[0], times[-1]) if times else {}


def _build_timings(queued: object, began: object, ended: object) -> Timings:
    return build_timings(_read_ms(queued), _read_ms(began), _read_ms(ended))


def _read_ms(value: object) -> int | None:
    """Read milliseconds since 1970 as a node sent them; None if they are no date."""
    return value if type(value) is int and 0 < value < _LATEST_MS else None


def hash_workflow(graph: GraphForm) -> str:
    """Hash what is the same in every job of a workflow: its classes, links and model files."""
    shape = {
        node_id: [
            node["class_type"],
            {
                name: value
                for name, value in node["inputs"].items()
                if parse_link(value) is not None or _is_model_file(name, value)
            },
        ]
        for node_id, node in graph.items()
    }
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()


def list_models(graph: GraphForm) -> list[dict[str, str | None]]:
    """List each model file of a graph once, with ComfyUI's folder for such files."""
    return [{"name": name, "folder": folder} for name, folder in dict.fromkeys(_find_models(graph))]


def _find_models(graph: GraphForm) -> Iterator[tuple[str, str | None]]:
    for node in graph.values():
        for name, value in node["inputs"].items():
            if _is_model_file(name, value):
                folder = MODEL_FOLDERS.get((node["class_type"], name), _FOLDER_BY_INPUT.get(name))
                yield _base_name(str(value)), folder


def _hide_folders(graph: GraphForm) -> GraphForm:
    """Return a graph whose files have no folders: those tell how the operator sorts models.

    The folder of the output is the attempt's id, of which only a hash is public.
    """
    return {
        node_id: {
            "class_type": node["class_type"],
            "inputs": {
                name: _base_name(str(value))
                if name == _SAVE_PREFIX or _is_model_file(name, value)
                else value
                for name, value in node["inputs"].items()
            },
        }
        for node_id, node in graph.items()
    }


def _is_model_file(name: str, value: object) -> bool:
    """Return True for a model file, by its input and ending: a prompt may end like one."""
    is_loaded = name in _FOLDER_BY_INPUT or name.endswith("_name")
    return is_loaded and isinstance(value, str) and _MODEL_FILE.search(value) is not None


def _base_name(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]
