"""The sound of a workflow, or its lack, learned from the links of its nodes."""

from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.checks.checker import ANY_TYPE, find_output_types
from workers.engines.comfyui.graphs.graph import SAVE_NODE, Graph, list_links

_SOUND_TYPE, _FILM_TYPE = "AUDIO", "VIDEO"
# It makes a film from pictures, with sound only if one is linked to it.
_ASSEMBLER = "CreateVideo"


def makes_sound(graph: Graph, facts: ComfyFacts) -> bool:
    """Return False if it is certain that no sound gets into the film that is saved.

    A node that makes a film in another way than from pictures may add a sound, and a class that
    the facts do not have may pass anything on: both count as making sound.
    """
    ahead = [SAVE_NODE]
    for node_id in ahead:
        node = graph.nodes[node_id]
        given = {
            link[0]: find_output_types(graph, facts, link)
            for link in list_links(node.inputs).values()
        }
        if any({_SOUND_TYPE, ANY_TYPE} & types for types in given.values()):
            return True
        films = [source for source, types in given.items() if _FILM_TYPE in types]
        if not films and node.class_type != _ASSEMBLER and node_id != SAVE_NODE:
            return True
        ahead += films
    return False
