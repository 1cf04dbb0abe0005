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
from workers.engines.comfyui.facts import Facts, recorded
from workers.engines.comfyui.graphs.bindings import BINDABLE, MEDIA, PREFIX, SEED, TEXTS
from workers.engines.comfyui.graphs.checker import check
from workers.engines.comfyui.graphs.examples import PREFIX as EXAMPLE_PREFIX
from workers.engines.comfyui.graphs.examples import example_with
from workers.engines.comfyui.graphs.family import Patience
from workers.engines.comfyui.graphs.findings import sentences
from workers.engines.comfyui.graphs.graph import SAVE, Graph, Node, Value, link_of
from workers.engines.comfyui.graphs.pictures import batch, plain
from workers.engines.comfyui.graphs.soundtrack import makes_sound
from workers.engines.legal import require_legal


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
        steps = self._standing("steps")
        return Planning(
            steps=steps if isinstance(steps, int) else Planning().steps,
            heeds_negative_prompt="negativePrompt" in self.bind,
            images=1,
            bound=frozenset(self.bind),
        )

    def planning_on(self, facts: Facts) -> Planning:
        """Return the traits on a node of these facts, with which the links tell if there is sound.

        A bound reference audio becomes the soundtrack or the job fails, so it counts as sound.
        """
        voiced = "referenceAudio" in self.bind or makes_sound(Graph(dict(self.nodes)), facts)
        return replace(self.planning, makes_sound=voiced)

    def _standing(self, name: str) -> Value | None:
        if name not in self.bind:
            return None
        node, field = self.bind[name]
        return self.nodes[node].inputs.get(field)

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return the one plan that uses every binding."""
        media = [name for binding, name in MEDIA.items() if binding in self.bind]
        return {"bound": example_with(task, self.planning, media)}

    def draw(self, plan: RenderPlan, facts: Facts, prefix: str) -> Graph:  # noqa: ARG002
        """Draw the workflow with the values of the plan.

        Raises:
            IllegalPlan: a bound input is not given, or a given one is not bound.
        """
        if plan.inputs.references:
            raise IllegalPlan("the template takes no references")
        g = Graph({name: Node(n.class_type, dict(n.inputs)) for name, n in self.nodes.items()})
        for binding, name in MEDIA.items():
            if bool(getattr(plan.inputs, name)) != (binding in self.bind):
                wrong = "lacks" if binding in self.bind else "has, and the template does not take,"
                raise IllegalPlan(f"the plan {wrong} {name}")
        for binding, (node, field) in self.bind.items():
            g.nodes[node].inputs[field] = self._value(g, plan, prefix, binding)
        return g

    def _value(self, g: Graph, plan: RenderPlan, prefix: str, binding: str) -> Value:
        if binding == PREFIX:
            return prefix
        if binding == "overlapFrames":
            frames = enumerate(plan.inputs.overlap_frames)
            loaded = [g.add(f"frame_{k}", "LoadImage", image=frame.name) for k, frame in frames]
            return batch(g, "overlap", [frame[0] for frame in loaded])
        if binding in MEDIA:
            ref: InputRef = getattr(plan.inputs, MEDIA[binding])
            return ref.name
        value: Value = plan.effective_input[binding]
        if binding in TEXTS:
            return plain(str(value))
        standing = self._standing(binding)
        return float(value) if isinstance(standing, float) and isinstance(value, int) else value


def read_template(entry: TemplateEntry, folder: Path) -> Template:
    """Read a template, whose workflow lies in `folder`.

    Raises:
        TemplateRefused: its task, workflow or bindings cannot be used.
    """
    if entry.task not in BINDABLE:
        raise TemplateRefused(f"task is one of {', '.join(BINDABLE)}")
    nodes = _renamed(_workflow(folder / entry.workflow), entry.save)
    template = Template(
        task=entry.task,
        nodes=nodes,
        bind=_bindings(entry, nodes),
        max_pixel_frames=entry.max_pixel_frames,
        patience=entry.patience,
    )
    _prove(template)
    return template


def _workflow(path: Path) -> dict[str, Node]:
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


def _renamed(nodes: dict[str, Node], save: str) -> dict[str, Node]:
    """Return the nodes with the save node called `save`, so that outputs are found as in ours."""
    if save not in nodes:
        raise TemplateRefused(f"save: there is no node {save}")
    if save != SAVE and SAVE in nodes:
        raise TemplateRefused(f"another node than {save} is called {SAVE}")
    return {SAVE if node_id == save else node_id: node for node_id, node in nodes.items()}


def _bindings(entry: TemplateEntry, nodes: Mapping[str, Node]) -> dict[str, tuple[str, str]]:
    bindable = BINDABLE[entry.task]
    for name in (SEED, PREFIX):
        if name in bindable and name not in entry.bind:
            raise TemplateRefused(f"bind has no {name}")
    bound = {}
    for name, path in entry.bind.items():
        if name not in bindable:
            known = ", ".join(sorted(bindable))
            raise TemplateRefused(f"bind.{name}: {entry.task} binds {known}")
        node_id, _, field = path.partition(".")
        node_id = SAVE if node_id == entry.save else node_id
        if node_id not in nodes or field not in nodes[node_id].inputs:
            raise TemplateRefused(f"bind.{name}: the workflow has no {path}")
        if name != "overlapFrames" and link_of(nodes[node_id].inputs[field]) is not None:
            raise TemplateRefused(
                f"bind.{name}: {path} is linked; bind the node that it comes from"
            )
        bound[name] = (node_id, field)
    if bound[PREFIX][0] != SAVE:
        raise TemplateRefused(f"bind.{PREFIX} does not lead to the save node {entry.save}")
    return bound


def _prove(template: Template) -> None:
    """Check the workflow with values in it, as far as the recorded facts have its classes."""
    [plan] = template.examples(template.task).values()
    try:
        require_legal(plan)
        graph = template.draw(plan, recorded(), EXAMPLE_PREFIX)
    except ValueError as error:
        raise TemplateRefused(str(error)) from None
    if findings := check(graph, recorded(), unknown_ok=True):
        raise TemplateRefused(sentences(findings))
