"""Before a node gets a job: whether it has the classes, ranges and files that graphs need."""

from dataclasses import dataclass

from workers.engines.comfyui.facts import Facts, recorded
from workers.engines.comfyui.graphs.building import build
from workers.engines.comfyui.graphs.checker import check
from workers.engines.comfyui.graphs.examples import PREFIX
from workers.engines.comfyui.graphs.family import Family
from workers.engines.comfyui.graphs.findings import Finding
from workers.engines.comfyui.graphs.shape_rules import INPUT_FILES


@dataclass(frozen=True, slots=True, order=True)
class NeededFile:
    """A model file, and the class and input that read it: they tell its folder on the node."""

    class_type: str
    input: str
    name: str


def preflight(family: Family, task: str, facts: Facts) -> list[Finding]:
    """Return what a node of these live facts lacks for a task, each thing once."""
    graphs = [build(plan, family, facts, PREFIX) for plan in family.examples(task).values()]
    return list(dict.fromkeys(finding for graph in graphs for finding in check(graph, facts)))


def needed_files(family: Family) -> list[NeededFile]:
    """Return the model files that a family loads, sorted; of classes that we know."""
    facts, found = recorded(), set()
    for task in family.tasks:
        for plan in family.examples(task).values():
            for node in build(plan, family, facts, PREFIX).nodes.values():
                known = facts.classes.get(node.class_type)
                for name, wanted in known.inputs.items() if known else ():
                    value = node.inputs.get(name)
                    is_input = INPUT_FILES.get(node.class_type) == name
                    if wanted.files and isinstance(value, str) and not is_input:
                        found.add(NeededFile(node.class_type, name, value))
    return sorted(found)
