"""The check of a graph: a node would run it exactly as it stands.

ComfyUI floors sizes and frame counts, turns "72" and 72.9 into 72 and ignores inputs that it does
not know, all in silence. The caller would then pay for another film than was priced. So a graph is
compared with the facts of the very node, input by input, and nothing is sent that has a finding.
Classes and links are checked first: the LTX rules walk along links, and would never end in a cycle.
"""

from collections.abc import Iterator
from typing import Any

from workers.engines.comfyui.facts import ComfyFacts, InputFacts
from workers.engines.comfyui.facts.object_info import CHOICE_TYPE, MATCH_TYPE
from workers.engines.comfyui.graphs.checks import ltx_rules, shape_rules
from workers.engines.comfyui.graphs.checks.shape_rules import INPUT_FILES
from workers.engines.comfyui.graphs.file_names import MODEL_FOLDERS
from workers.engines.comfyui.graphs.findings import MISSING_FILE, Finding
from workers.engines.comfyui.graphs.graph import Graph, Node, parse_link

ANY_TYPE = "*"
# The types that a literal may stand for, by its exact type: True is no number, 72.9 no whole one.
_TYPES_OF_LITERAL = {
    str: frozenset({"STRING", ANY_TYPE}),
    bool: frozenset({"BOOLEAN", ANY_TYPE}),
    int: frozenset({"INT", "FLOAT", ANY_TYPE}),
    float: frozenset({"FLOAT", ANY_TYPE}),
}


def check_graph(graph: Graph, facts: ComfyFacts, *, unknown_ok: bool = False) -> list[Finding]:
    """List all findings about the graph on a node of these facts.

    With `unknown_ok`, classes that the facts do not have are skipped: recorded facts do not know
    the extensions that a template may use.
    """
    findings = [
        finding
        for node_id, node in graph.nodes.items()
        for finding in _check_node(graph, facts, node_id, node, unknown_ok=unknown_ok)
    ]
    findings += shape_rules.check(graph, facts)
    if not any(finding.rule in {"cycle", "dangling_link"} for finding in findings):
        findings += ltx_rules.check(graph)
    return findings


def _check_node(
    graph: Graph, facts: ComfyFacts, node_id: str, node: Node, *, unknown_ok: bool
) -> Iterator[Finding]:
    known = facts.classes.get(node.class_type)
    if known is None:
        if not unknown_ok:
            message = f"the node has no class {node.class_type}"
            yield Finding("unknown_class", node_id, "", message)
        yield from _check_loose_links(graph, node_id, node)
        return
    expected = known.inputs_for(node.inputs)
    for name, wanted in expected.items():
        if wanted.required and name not in node.inputs:
            yield Finding("missing_input", node_id, name, f"{node.class_type} needs it")
    for name, value in node.inputs.items():
        if name not in expected:
            yield Finding("unknown_input", node_id, name, f"{node.class_type} has no such input")
        elif isinstance(value, list):
            yield from _check_link(graph, facts, (node_id, name), expected[name])
        elif INPUT_FILES.get(node.class_type) != name:
            yield from _check_value(facts, (node_id, name), node, expected[name])


def _check_loose_links(graph: Graph, node_id: str, node: Node) -> Iterator[Finding]:
    for name, value in node.inputs.items():
        link = parse_link(value)
        if link is not None and link[0] not in graph.nodes:
            yield Finding("dangling_link", node_id, name, f"there is no node {link[0]}")


def _check_link(
    graph: Graph, facts: ComfyFacts, place: tuple[str, str], wanted: InputFacts
) -> Iterator[Finding]:
    node_id, name = place
    link = parse_link(graph.nodes[node_id].inputs[name])
    if link is None:
        yield Finding("wrong_type", node_id, name, "a list is no value")
        return
    source, slot = link
    if source not in graph.nodes:
        yield Finding("dangling_link", node_id, name, f"there is no node {source}")
        return
    class_type = graph.nodes[source].class_type
    known = facts.classes.get(class_type)
    if known is None:
        return
    if not 0 <= slot < len(known.outputs):
        yield Finding("bad_slot", node_id, name, f"{class_type} has no output {slot}")
        return
    given = find_output_types(graph, facts, (source, slot))
    if ANY_TYPE not in wanted.types | given and not wanted.types & given:
        message = f"takes {wanted.type}, {source} gives {','.join(sorted(given))}"
        yield Finding("type_mismatch", node_id, name, message)


def find_output_types(
    graph: Graph, facts: ComfyFacts, link: tuple[str, int], depth: int = 0
) -> frozenset[str]:
    """Return the types of an output, `*` where the facts do not tell.

    An output that matches an input has the type that is linked there. `depth` ends a cycle.
    """
    node_id, slot = link
    node = graph.nodes.get(node_id)
    known = None if node is None else facts.classes.get(node.class_type)
    if node is None or known is None or not 0 <= slot < len(known.outputs):
        return frozenset({ANY_TYPE})
    if known.outputs[slot] != MATCH_TYPE:
        return frozenset(known.outputs[slot].split(","))
    for name, wanted in known.inputs.items():
        source = parse_link(node.inputs.get(name))
        if wanted.matches and source is not None and depth <= len(graph.nodes):
            return find_output_types(graph, facts, source, depth + 1)
    return frozenset({ANY_TYPE})


def _check_value(
    facts: ComfyFacts, place: tuple[str, str], node: Node, wanted: InputFacts
) -> Iterator[Finding]:
    node_id, name = place
    value, folder = node.inputs[name], MODEL_FOLDERS.get((node.class_type, name))
    for rule, message in _check_literal(wanted, value, live=facts.is_live):
        if rule == "not_a_choice" and folder is not None:
            yield Finding(MISSING_FILE, node_id, name, f"models/{folder}/{value}")
        else:
            yield Finding(rule, node_id, name, message)


def _check_literal(wanted: InputFacts, value: Any, *, live: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if CHOICE_TYPE in wanted.types:
        yield from _check_choice(wanted, value, live=live)
    elif not wanted.types & _TYPES_OF_LITERAL.get(type(value), frozenset()):
        yield "wrong_type", f"takes {wanted.type}, not {value!r}"
    elif type(value) in {int, float}:
        yield from _check_number(wanted, value)


def _check_choice(wanted: InputFacts, value: Any, *, live: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if wanted.choices is None or (wanted.files and not live):
        if type(value) is not str or not value:
            yield "wrong_type", f"takes a name, not {value!r}"
    elif not any(type(value) is type(one) and value == one for one in wanted.choices):
        yield "not_a_choice", f"{value!r} is not offered"


def _check_number(wanted: InputFacts, value: float) -> Iterator[tuple[str, str]]:
    if wanted.least is not None and value < wanted.least:
        yield "out_of_range", f"{value} is below {wanted.least}"
    elif wanted.most is not None and value > wanted.most:
        yield "out_of_range", f"{value} is above {wanted.most}"
    elif value != value:  # noqa: PLR0124 - only NaN is not itself
        yield "out_of_range", "is no number"
    elif wanted.type == "INT" and wanted.step and (value - (wanted.least or 0)) % wanted.step:
        yield "off_step", f"{value} is not {wanted.least or 0} plus a multiple of {wanted.step}"
