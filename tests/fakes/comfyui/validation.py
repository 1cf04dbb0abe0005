"""The validation of a graph by the recorded classes of ComfyUI, and the shapes of its 400."""

import json
from pathlib import Path
from typing import Any

from workers.engines.comfyui.facts.object_info import RECORDED_FILE

# Classes of ComfyUI 0.27.0 for workflows that run without a model, from its /object_info.
MORE_CLASSES = Path(__file__).with_name("more_classes_0.27.0.json")
_LOADERS = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadVideo": "file",
    "LoadAudio": "audio",
}


def build_object_info(models: set[str]) -> dict[str, Any]:
    """Return the answer of `/object_info`: the recorded classes, with these files as choices."""
    nodes: dict[str, Any] = json.loads(RECORDED_FILE.read_text())["nodes"]
    nodes |= json.loads(MORE_CLASSES.read_text())
    for node in nodes.values():
        for group in node["input"].values():
            for spec in group.values():
                if len(spec) > 1 and isinstance(spec[1], dict) and spec[1].pop("files", False):
                    spec[1]["options"] = sorted(models)
    return nodes


def find_graph_error(
    graph: dict[str, Any], info: dict[str, Any], inputs: Path
) -> dict[str, Any] | None:
    """Return the body of the 400 for a graph; None if it would run."""
    for node in graph.values():
        if node["class_type"] not in info:
            text = f"Node '{node['class_type']}' not found"
            return {"error": _build_error("missing_node_type", text), "node_errors": {}}
    if not any(info[node["class_type"]]["output_node"] for node in graph.values()):
        return {
            "error": _build_error("prompt_no_outputs", "Prompt has no outputs"),
            "node_errors": {},
        }
    node_errors = {
        name: {"errors": errors, "dependent_outputs": ["save"], "class_type": node["class_type"]}
        for name, node in graph.items()
        if (errors := list(_find_errors(node, info[node["class_type"]], inputs)))
    }
    if not node_errors:
        return None
    error = _build_error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
    return {"error": error, "node_errors": node_errors}


def _find_errors(node: dict[str, Any], known: dict[str, Any], inputs: Path) -> Any:  # noqa: ANN401
    given = node["inputs"]
    if (name := _LOADERS.get(node["class_type"])) is not None:
        if not (inputs / given[name]).is_file():
            yield _build_error("custom_validation_failed", f"Invalid file: {given[name]}", name)
        return
    for name, spec in known["input"].get("required", {}).items():
        if spec[0] == "COMFY_AUTOGROW_V3":
            continue
        if name not in given:
            yield _build_error("required_input_missing", "Required input is missing", name)
        elif spec[0] == "COMBO" and given[name] not in spec[1]["options"]:
            yield _build_error("value_not_in_list", f"{name}: '{given[name]}' not in list", name)
        elif spec[0] in {"INT", "FLOAT"} and not isinstance(given[name], list):
            yield from _check_range(name, given[name], spec[1])


def _check_range(name: str, value: Any, limits: dict[str, Any]) -> Any:  # noqa: ANN401
    if value > limits.get("max", value):
        yield _build_error("value_bigger_than_max", f"Value {value} bigger than max", name)
    if value < limits.get("min", value):
        yield _build_error("value_smaller_than_min", f"Value {value} smaller than min", name)


def _build_error(kind: str, message: str, name: str = "") -> dict[str, Any]:
    details = f"/opt/ComfyUI/execution.py: {name}"
    return {
        "type": kind,
        "message": message,
        "details": details,
        "extra_info": {"input_name": name} if name else {},
    }
