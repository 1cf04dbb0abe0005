"""The facts of `/object_info`: the recorded answer beside this file, or a node's live one.

An input is `[type, options]`; in older answers a plain list in the type's place is a choice. An
auto-growing input becomes its single inputs (`images.image0` …), a dynamic choice has branches.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from workers.engines.comfyui.node_json import NodeJson

RECORDED_FILE = Path(__file__).with_name("comfyui_object_info_0.27.0.json")
CHOICE_TYPE = "COMBO"
MATCH_TYPE = "COMFY_MATCHTYPE_V3"
_GROWING_TYPE, _DYNAMIC_TYPE = "COMFY_AUTOGROW_V3", "COMFY_DYNAMICCOMBO_V3"


_log = logging.getLogger(__name__)


class FactsUnreadable(ValueError):  # noqa: N818 - said of the facts
    """The answer has not the shape of a ComfyUI's `/object_info`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """One input of a class.

    `type` may be a comma list, as `IMAGE,MASK`. If it `matches`, outputs take the type that is
    linked here. `choices` is None if there are none or they are not known; with `files` they are
    files on the node. `branches` has the further inputs of each key of a dynamic choice.
    """

    type: str
    required: bool
    matches: bool = False
    choices: tuple[Any, ...] | None = None
    files: bool = False
    least: float | None = None
    most: float | None = None
    step: float | None = None
    branches: Mapping[str, Mapping[str, "InputFacts"]] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[str]:
        """Return the types that may be linked here."""
        return frozenset(self.type.split(","))


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One node class: its inputs by name, its output types, and if it is an output node."""

    inputs: Mapping[str, InputFacts]
    outputs: tuple[str, ...]
    is_output: bool

    def inputs_for(self, given: Mapping[str, object]) -> dict[str, InputFacts]:
        """Return the inputs of the class once its dynamic choices are made as in `given`."""
        return dict(_list_chosen_inputs(self.inputs, given, ""))


@dataclass(frozen=True, slots=True)
class ComfyFacts:
    """The classes of a node; if `is_live`, their choices are the files that it has."""

    classes: Mapping[str, ClassFacts]
    is_live: bool

    def has_branches(self, class_type: str, name: str) -> bool:
        """Return True if an input is a dynamic choice on this node."""
        known = self.classes.get(class_type)
        return known is not None and name in known.inputs and bool(known.inputs[name].branches)


def _list_chosen_inputs(
    inputs: Mapping[str, InputFacts], given: Mapping[str, object], prefix: str
) -> Iterator[tuple[str, InputFacts]]:
    for name, facts in inputs.items():
        path = f"{prefix}{name}"
        yield path, facts
        key = given.get(path)
        if isinstance(key, str) and key in facts.branches:
            yield from _list_chosen_inputs(facts.branches[key], given, f"{path}.")


@cache
def load_recorded_facts() -> ComfyFacts:
    """Load the recorded facts of ComfyUI 0.27.0, which has no model files."""
    return ComfyFacts(_read_classes(json.loads(RECORDED_FILE.read_text())["nodes"]), is_live=False)


def read_object_info(answer: NodeJson) -> ComfyFacts:
    """Read the facts of a live answer.

    Raises:
        FactsUnreadable: no class of it can be read.
    """
    return ComfyFacts(_read_classes(answer), is_live=True)


def _read_classes(answer: NodeJson) -> dict[str, ClassFacts]:
    """Read the classes that can be read: one odd class of an extension hides no other."""
    classes = {}
    for name, entry in answer.items() if isinstance(answer, Mapping) else ():
        try:
            classes[name] = _read_class(entry)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            _log.debug("class %s of the node cannot be read", name)
    if not classes:
        raise FactsUnreadable("no class of /object_info can be read")
    return classes


def _read_class(entry: NodeJson) -> ClassFacts:
    return ClassFacts(
        dict(_read_inputs(entry["input"])),
        tuple(str(kind) for kind in entry["output"]),
        bool(entry.get("output_node")),
    )


def _read_inputs(groups: NodeJson) -> Iterator[tuple[str, InputFacts]]:
    for group in ("required", "optional"):
        for name, spec in (groups.get(group) or {}).items():
            yield from _read_input(name, spec, required=group == "required")


def _read_input(name: str, spec: list[Any], *, required: bool) -> Iterator[tuple[str, InputFacts]]:
    kind, options = spec[0], spec[1] if len(spec) > 1 else {}
    if kind == _GROWING_TYPE:
        yield from _read_growing_input(name, options["template"], required=required)
    elif kind == _DYNAMIC_TYPE:
        branches = {one["key"]: dict(_read_inputs(one["inputs"])) for one in options["options"]}
        yield (
            name,
            InputFacts(
                type=CHOICE_TYPE, required=required, choices=tuple(branches), branches=branches
            ),
        )
    elif isinstance(kind, list) or kind == CHOICE_TYPE:
        choices = kind if isinstance(kind, list) else options.get("options")
        yield (
            name,
            InputFacts(
                type=CHOICE_TYPE,
                required=required,
                choices=None if choices is None else tuple(choices),
                files=bool(options.get("files")),
            ),
        )
    else:
        yield name, _read_plain_input(kind, options, required=required)


def _read_plain_input(kind: str, options: NodeJson, *, required: bool) -> InputFacts:
    allowed = options["template"]["allowed_types"] if kind == MATCH_TYPE else kind
    return InputFacts(
        type=allowed,
        required=required,
        matches=kind == MATCH_TYPE,
        least=options.get("min"),
        most=options.get("max"),
        step=options.get("step"),
    )


def _read_growing_input(
    name: str, template: NodeJson, *, required: bool
) -> Iterator[tuple[str, InputFacts]]:
    [(_, spec)] = template["input"]["required"].items()
    for index in range(template["max"]):
        needed = required and index < template["min"]
        yield from _read_input(f"{name}.{template['prefix']}{index}", spec, required=needed)
