"""The preflight of a node: does it have the classes, ranges and files that graphs need."""

from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.builder import build_graph
from workers.engines.comfyui.graphs.checks.checker import check_graph
from workers.engines.comfyui.graphs.families.examples import EXAMPLE_PREFIX
from workers.engines.comfyui.graphs.families.family import Family
from workers.engines.comfyui.graphs.findings import Finding


def run_preflight(family: Family, task: str, facts: ComfyFacts) -> list[Finding]:
    """List what a node of these live facts lacks for a task, each finding once."""
    graphs = [
        build_graph(plan, family, facts, EXAMPLE_PREFIX) for plan in family.examples(task).values()
    ]
    return list(dict.fromkeys(finding for graph in graphs for finding in check_graph(graph, facts)))
