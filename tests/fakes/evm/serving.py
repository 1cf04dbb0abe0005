"""The servers of the Python chain: its node and its facilitator, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.evm.api import Node
from tests.fakes.evm.chain import Chain
from tests.fakes.evm.facilitator import Facilitator
from tests.fakes.serving import served


@contextmanager
def node_of(chain: Chain) -> Iterator[tuple[str, Node]]:
    """Serve a node of a chain for the block; yield its URL and the node."""
    node = Node(chain)
    with served(node.app()) as url:
        yield url, node


@contextmanager
def facilitator_of(chain: Chain) -> Iterator[tuple[str, Facilitator]]:
    """Serve a facilitator on a chain for the block; yield its URL and the facilitator."""
    facilitator = Facilitator(chain)
    with served(facilitator.app()) as url:
        yield url, facilitator
