"""The builder of graphs: the one way from a plan to a graph."""

from workers.engines.base import IllegalPlan, RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.family import Family
from workers.engines.comfyui.graphs.graph import Graph
from workers.engines.plan_grid import require_legal_plan


def build_graph(plan: RenderPlan, family: Family, facts: ComfyFacts, prefix: str) -> Graph:
    """Build the graph that renders `plan` and saves under `prefix`, `kt/<attempt id>/out`.

    Inputs have their names on the node, `kt/<sha256>.<ext>`. Classes differ between versions of
    ComfyUI, so the graph fits the node that `facts` came from.

    Raises:
        IllegalPlan: the plan is off the grid, or of a task that the family does not do.
    """
    require_legal_plan(plan)
    if plan.task not in family.tasks:
        raise IllegalPlan(f"this family does no {plan.task}")
    return family.draw(plan, facts, prefix)
