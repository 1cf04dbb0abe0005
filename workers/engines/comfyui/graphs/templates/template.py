"""Templates of operators: a workflow in API format, and where the values of a plan go in it.

A task field without a binding is refused for such a family, never ignored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.media.tasks.base import Family as Planning
from workers.engines.base import IllegalPlan, InputRef, RenderPlan
from workers.engines.comfyui.facts import ComfyFacts, load_recorded_facts
from workers.engines.comfyui.graphs.checks.checker import check_graph
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX as EXAMPLE_PREFIX
from workers.engines.comfyui.graphs.families.examples import build_example_with
from workers.engines.comfyui.graphs.families.family import Patience
from workers.engines.comfyui.graphs.families.pictures import add_batch, escape_embeddings
from workers.engines.comfyui.graphs.findings import join_findings
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, Node, Value, parse_link
from workers.engines.comfyui.graphs.templates.bindings import (
    BINDINGS_BY_TASK,
    MEDIA_BINDINGS,
    PREFIX_BINDING,
    SEED_BINDING,
    TEXT_BINDINGS,
)
from workers.engines.comfyui.graphs.templates.soundtrack import makes_sound
from workers.engines.plan_grid import require_legal_plan


class TemplateRefused(ValueError):  # noqa: N818 - said of the template
    """A template cannot be used; the text says why."""


class TemplateEntry(BaseModel):
    """The entry of a template in the engines file; `bind` leads from names to `node.input`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    workflow: str
    save: str
    bind: dict[str, str]
    max_pixel_frames: Annotated[int | None, Field(gt=0)] = None
    patience: Patience = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A family from an operator's workflow; its save node is called `save`, as in ours.

    `bind` leads from the name of a binding to node and input.
    """

    task: str
    nodes: Mapping[str, Node]
    bind: Mapping[str, tuple[str, str]]
    max_pixel_frames: int | None
    patience: int

    @property
    def tasks(self) -> frozenset[str]:
        """Return the one task of the template."""
        return frozenset({self.task})

    @property
    def planning(self) -> Planning:
        """Return the traits for planning: the steps in the workflow, and what is bound."""
        steps = self._workflow_value("steps")
        return Planning(
            steps=steps if isinstance(steps, int) else Planning().steps,
            heeds_negative_prompt="negativePrompt" in self.bind,
            images=1,
            bound=frozenset(self.bind),
        )

    def planning_on(self, facts: ComfyFacts) -> Planning:
        """Return the traits on a node of these facts, with which the links tell if there is sound.

        A bound reference audio becomes the soundtrack or the job fails, so it counts as sound.
        """
        voiced = "referenceAudio" in self.bind or makes_sound(Graph(dict(self.nodes)), facts)
        return replace(self.planning, makes_sound=voiced)

    def _workflow_value(self, name: str) -> Value | None:
        if name not in self.bind:
            return None
        node, field = self.bind[name]
        return self.nodes[node].inputs.get(field)

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return the one plan that uses every binding."""
        media = [name for binding, name in MEDIA_BINDINGS.items() if binding in self.bind]
        return {"bound": build_example_with(task, self.planning, media)}

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the workflow with the values of the plan.

        Raises:
            IllegalPlan: a bound input is not given, or a given one is not bound.
        """
        if plan.inputs.references:
            raise IllegalPlan("the template takes no references")
        g = Graph({name: Node(n.class_type, dict(n.inputs)) for name, n in self.nodes.items()})
        for binding, name in MEDIA_BINDINGS.items():
            if bool(getattr(plan.inputs, name)) != (binding in self.bind):
                wrong = "lacks" if binding in self.bind else "has, and the template does not take,"
                raise IllegalPlan(f"the plan {wrong} {name}")
        for binding, (node, field) in self.bind.items():
            g.nodes[node].inputs[field] = self._bound_value(g, plan, prefix, binding)
        return g

    def _bound_value(self, g: Graph, plan: RenderPlan, prefix: str, binding: str) -> Value:
        if binding == PREFIX_BINDING:
            return prefix
        if binding == "overlapFrames":
            frames = enumerate(plan.inputs.overlap_frames)
            loaded = [g.add(f"frame_{k}", "LoadImage", image=frame.name) for k, frame in frames]
            return add_batch(g, "overlap", [frame[0] for frame in loaded])
        if binding in MEDIA_BINDINGS:
            ref: InputRef = getattr(plan.inputs, MEDIA_BINDINGS[binding])
            return ref.name
        value: Value = plan.effective_input[binding]
        if binding in TEXT_BINDINGS:
            return escape_embeddings(str(value))
        standing = self._workflow_value(binding)
        return float(value) if isinstance(standing, float) and isinstance(value, int) else value


def read_template(entry: TemplateEntry, folder: Path) -> Template:
    """Read a template, whose workflow lies in `folder`.

    Raises:
        TemplateRefused: its task, workflow or bindings cannot be used.
    """
    if entry.task not in BINDINGS_BY_TASK:
        raise TemplateRefused(f"task is one of {', '.join(BINDINGS_BY_TASK)}")
    nodes = _rename_save_node(_read_workflow(folder / entry.workflow), entry.save)
    template = Template(
        task=entry.task,
        nodes=nodes,
        bind=_read_bindings(entry, nodes),
        max_pixel_frames=entry.max_pixel_frames,
        patience=entry.patience,
    )
    _prove_template(template)
    return template


def _read_workflow(path: Path) -> dict[str, Node]:
    try:
        workflow = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TemplateRefused(f"{path.name}: {error}") from None
    if isinstance(workflow, dict) and "nodes" in workflow and "links" in workflow:
        raise TemplateRefused(f"{path.name} is in the editor's format: export as API format")
    nodes = {}
    for node_id, node in workflow.items() if isinstance(workflow, dict) else ():
        match node:
            case {"class_type": str(class_type), "inputs": dict(inputs)}:
                nodes[node_id] = Node(class_type, inputs)
            case _:
                raise TemplateRefused(f"{path.name}: {node_id} is no node with class and inputs")
    if not nodes:
        raise TemplateRefused(f"{path.name} holds no nodes: export as API format")
    return nodes


def _rename_save_node(nodes: dict[str, Node], save: str) -> dict[str, Node]:
    """Return the nodes with the save node called `save`, so that outputs are found as in ours."""
    if save not in nodes:
        raise TemplateRefused(f"save: there is no node {save}")
    if save != SAVE_NODE and SAVE_NODE in nodes:
        raise TemplateRefused(f"another node than {save} is called {SAVE_NODE}")
    return {SAVE_NODE if node_id == save else node_id: node for node_id, node in nodes.items()}


def _read_bindings(entry: TemplateEntry, nodes: Mapping[str, Node]) -> dict[str, tuple[str, str]]:
    bindable = BINDINGS_BY_TASK[entry.task]
    for name in (SEED_BINDING, PREFIX_BINDING):
        if name in bindable and name not in entry.bind:
            raise TemplateRefused(f"bind has no {name}")
    bound = {}
    for name, path in entry.bind.items():
        if name not in bindable:
            known = ", ".join(sorted(bindable))
            raise TemplateRefused(f"bind.{name}: {entry.task} binds {known}")
        node_id, _, field = path.partition(".")
        node_id = SAVE_NODE if node_id == entry.save else node_id
        if node_id not in nodes or field not in nodes[node_id].inputs:
            raise TemplateRefused(f"bind.{name}: the workflow has no {path}")
        if name != "overlapFrames" and parse_link(nodes[node_id].inputs[field]) is not None:
            raise TemplateRefused(
                f"bind.{name}: {path} is linked; bind the node that it comes from"
            )
        bound[name] = (node_id, field)
    if bound[PREFIX_BINDING][0] != SAVE_NODE:
        raise TemplateRefused(f"bind.{PREFIX_BINDING} does not lead to the save node {entry.save}")
    return bound


def _prove_template(template: Template) -> None:
    """Check the workflow with values in it, as far as the recorded facts have its classes."""
    [plan] = template.examples(template.task).values()
    try:
        require_legal_plan(plan)
        graph = template.draw(plan, load_recorded_facts(), EXAMPLE_PREFIX)
    except ValueError as error:
        raise TemplateRefused(str(error)) from None
    if findings := check_graph(graph, load_recorded_facts(), unknown_ok=True):
        raise TemplateRefused(join_findings(findings))
