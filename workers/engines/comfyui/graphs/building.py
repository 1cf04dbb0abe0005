"""From a plan to a graph: the one way in for whoever talks to a node."""

from workers.engines.base import IllegalPlan, RenderPlan
from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.family import Family
from workers.engines.comfyui.graphs.graph import Graph
from workers.engines.legal import require_legal


def build(plan: RenderPlan, family: Family, facts: Facts, prefix: str) -> Graph:
    """Return the graph that renders `plan` and saves under `prefix`, `kt/<attempt id>/out`.

    The names of the plan's inputs are those of the node, `kt/<sha256>.<ext>`. `facts` decide
    between the variants of a node class, so the graph fits the node that they came from.

    Raises:
        IllegalPlan: the plan is off the grid, or nothing for this family.
    """
    require_legal(plan)
    if plan.task not in family.tasks:
        raise IllegalPlan(f"this family does no {plan.task}")
    return family.draw(plan, facts, prefix)
