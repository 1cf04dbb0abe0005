"""Rules of a graph as a whole: no cycle, every node leads to `save`, only files of ours."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.file_names import is_input_name, is_save_prefix
from workers.engines.comfyui.graphs.findings import Finding
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, list_links

# Inputs that choose a file of the node's input folder; the node does not list those below `kt`.
INPUT_FILES = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadAudio": "audio",
    "LoadVideo": "file",
}


def check(graph: Graph, facts: ComfyFacts) -> Iterator[Finding]:
    """Yield the broken rules of the graph as a whole."""
    yield from _check_cycle(graph)
    yield from _check_save_node(graph, facts)
    yield from _check_file_names(graph)


def _list_sources(graph: Graph, node_id: str) -> list[str]:
    return [source for source, _ in list_links(graph.nodes[node_id].inputs).values()]


def _check_cycle(graph: Graph) -> Iterator[Finding]:
    try:
        TopologicalSorter(
            {node_id: _list_sources(graph, node_id) for node_id in graph.nodes}
        ).prepare()
    except CycleError as error:
        around = error.args[1]
        yield Finding("cycle", around[0], "", f"is fed by itself: {' → '.join(around)}")


def _check_save_node(graph: Graph, facts: ComfyFacts) -> Iterator[Finding]:
    if SAVE_NODE not in graph.nodes:
        yield Finding("no_save", SAVE_NODE, "", "there is no such node")
        return
    for node_id, node in graph.nodes.items():
        known = facts.classes.get(node.class_type)
        if known is not None and known.is_output != (node_id == SAVE_NODE):
            if known.is_output:
                yield Finding("second_output", node_id, "", f"{node.class_type} saves as well")
            else:
                yield Finding("no_save", node_id, "", f"{node.class_type} saves nothing")
    seen, ahead = {SAVE_NODE}, [SAVE_NODE]
    while ahead:
        fresh = [
            one
            for one in _list_sources(graph, ahead.pop())
            if one in graph.nodes and one not in seen
        ]
        seen.update(fresh)
        ahead += fresh
    for node_id in graph.nodes:
        if node_id not in seen:
            yield Finding("leads_nowhere", node_id, "", f"does not lead to {SAVE_NODE}")


def _check_file_names(graph: Graph) -> Iterator[Finding]:
    for node_id, node in graph.nodes.items():
        name = INPUT_FILES.get(node.class_type)
        if name in node.inputs and not is_input_name(node.inputs[name]):
            yield Finding("foreign_file", node_id, name, "is no file that we brought")
        prefix = "filename_prefix"
        if prefix in node.inputs and not is_save_prefix(node.inputs[prefix]):
            yield Finding("bad_prefix", node_id, prefix, "is not kt/<attempt id>/out")
