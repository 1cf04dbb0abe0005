"""A ComfyUI graph in API format, with node ids that name what the node makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypedDict

Link: TypeAlias = list[str | int]
Value: TypeAlias = str | int | float | bool | Link
SAVE_NODE = "save"


class NodeForm(TypedDict):
    """A node as it is sent."""

    class_type: str
    inputs: Mapping[str, Value]


GraphForm: TypeAlias = Mapping[str, NodeForm]
"""A graph as it is sent, the `prompt` of a POST: nodes by id."""


@dataclass(frozen=True, slots=True)
class NodeRef:
    """A node of a graph; `ref[1]` links to its second output."""

    id: str

    def __getitem__(self, slot: int) -> Link:
        """Return the link to an output."""
        return [self.id, slot]


@dataclass(slots=True)
class Node:
    """A class and its inputs: values, or links to outputs of other nodes."""

    class_type: str
    inputs: dict[str, Value]


@dataclass(slots=True)
class Graph:
    """Nodes by id, in the order in which they were added."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def add(self, node_id: str, class_type: str, /, **inputs: Value) -> NodeRef:
        """Add a node.

        Raises:
            ValueError: there is one of this id.
        """
        if node_id in self.nodes:
            raise ValueError(f"a second node is called {node_id}")
        self.nodes[node_id] = Node(class_type, inputs)
        return NodeRef(node_id)

    def to_json(self) -> GraphForm:
        """Return the JSON form, the `prompt` of a POST."""
        return {
            node_id: {"class_type": node.class_type, "inputs": dict(node.inputs)}
            for node_id, node in self.nodes.items()
        }


def parse_link(value: object) -> tuple[str, int] | None:
    """Return node id and slot if the value is a link, else None."""
    match value:
        case [str(node_id), int(slot)] if type(slot) is int:
            return node_id, slot
    return None


def list_links(inputs: Mapping[str, Value]) -> dict[str, tuple[str, int]]:
    """Return the links among the inputs of a node."""
    maybe_links = {name: parse_link(value) for name, value in inputs.items()}
    return {name: link for name, link in maybe_links.items() if link is not None}
