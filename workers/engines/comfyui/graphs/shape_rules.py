"""Rules of a graph as a whole: no cycle, every node leads to `save`, only files of ours."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.findings import Finding
from workers.engines.comfyui.graphs.graph import SAVE, Graph, links
from workers.engines.comfyui.graphs.names import is_input_name, is_save_prefix

# Inputs that choose a file of the node's input folder; the node does not list those below `kt`.
INPUT_FILES = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadAudio": "audio",
    "LoadVideo": "file",
}


def check(graph: Graph, facts: Facts) -> Iterator[Finding]:
    """Yield the broken rules of the graph as a whole."""
    yield from _cycle(graph)
    yield from _one_end(graph, facts)
    yield from _names(graph)


def _above(graph: Graph, node_id: str) -> list[str]:
    return [source for source, _ in links(graph.nodes[node_id].inputs).values()]


def _cycle(graph: Graph) -> Iterator[Finding]:
    try:
        TopologicalSorter({node_id: _above(graph, node_id) for node_id in graph.nodes}).prepare()
    except CycleError as error:
        around = error.args[1]
        yield Finding("cycle", around[0], "", f"is fed by itself: {' → '.join(around)}")


def _one_end(graph: Graph, facts: Facts) -> Iterator[Finding]:
    if SAVE not in graph.nodes:
        yield Finding("no_save", SAVE, "", "there is no such node")
        return
    for node_id, node in graph.nodes.items():
        known = facts.classes.get(node.class_type)
        if known is not None and known.is_output != (node_id == SAVE):
            if known.is_output:
                yield Finding("second_output", node_id, "", f"{node.class_type} saves as well")
            else:
                yield Finding("no_save", node_id, "", f"{node.class_type} saves nothing")
    seen, ahead = {SAVE}, [SAVE]
    while ahead:
        fresh = [
            one for one in _above(graph, ahead.pop()) if one in graph.nodes and one not in seen
        ]
        seen.update(fresh)
        ahead += fresh
    for node_id in graph.nodes:
        if node_id not in seen:
            yield Finding("leads_nowhere", node_id, "", f"does not lead to {SAVE}")


def _names(graph: Graph) -> Iterator[Finding]:
    for node_id, node in graph.nodes.items():
        name = INPUT_FILES.get(node.class_type)
        if name in node.inputs and not is_input_name(node.inputs[name]):
            yield Finding("foreign_file", node_id, name, "is no file that we brought")
        prefix = "filename_prefix"
        if prefix in node.inputs and not is_save_prefix(node.inputs[prefix]):
            yield Finding("bad_prefix", node_id, prefix, "is not kt/<attempt id>/out")
