"""The graph of a plan, drawn for a node of these facts and checked against them."""

from dataclasses import dataclass

from workers.engines.base import Rejected, RenderPlan
from workers.engines.comfyui import answers
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.builder import build_graph
from workers.engines.comfyui.graphs.checks.checker import check_graph
from workers.engines.comfyui.graphs.engines_file import EngineFamilies, find_families_on
from workers.engines.comfyui.graphs.graph import GraphForm


@dataclass(frozen=True, slots=True)
class DrawnGraph:
    """A graph as it is sent, and the name of its family."""

    family: str
    form: GraphForm


def draw_graph(
    plan: RenderPlan,
    facts: ComfyFacts,
    engines: EngineFamilies | None,
    family_name: str | None,
    prefix: str,
) -> DrawnGraph | Rejected:
    """Draw a plan by the family of this name, or by that of its task; check the graph.

    Raises:
        IllegalPlan: the plan is off the grid.
    """
    engines = engines or find_families_on(facts)
    name = family_name or engines.routes.get(plan.task, "")
    family = engines.families.get(name)
    if family is None:
        return Rejected("incompatible", f"the files for {name or plan.task} are not all there")
    graph = build_graph(plan, family, facts, prefix)
    if findings := check_graph(graph, facts):
        return answers.rejection_from_findings(findings)
    return DrawnGraph(name, graph.to_json())
