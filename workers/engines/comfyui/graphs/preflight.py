"""The preflight of a node: does it have the classes, ranges and files that graphs need."""

from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.building import build
from workers.engines.comfyui.graphs.checker import check
from workers.engines.comfyui.graphs.examples import PREFIX
from workers.engines.comfyui.graphs.family import Family
from workers.engines.comfyui.graphs.findings import Finding


def preflight(family: Family, task: str, facts: Facts) -> list[Finding]:
    """List what a node of these live facts lacks for a task, each finding once."""
    graphs = [build(plan, family, facts, PREFIX) for plan in family.examples(task).values()]
    return list(dict.fromkeys(finding for graph in graphs for finding in check(graph, facts)))
