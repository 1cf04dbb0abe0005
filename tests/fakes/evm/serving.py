"""The servers of the Python chain: its node and its facilitator, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.evm.api import ChainNode
from tests.fakes.evm.chain import Chain
from tests.fakes.evm.facilitator import Facilitator
from tests.fakes.serving import serve_application


@contextmanager
def serve_node(chain: Chain) -> Iterator[tuple[str, ChainNode]]:
    """Serve a node of a chain for the block; yield its URL and the node."""
    node = ChainNode(chain)
    with serve_application(node.build_application()) as url:
        yield url, node


@contextmanager
def serve_facilitator(chain: Chain) -> Iterator[tuple[str, Facilitator]]:
    """Serve a facilitator on a chain for the block; yield its URL and the facilitator."""
    facilitator = Facilitator(chain)
    with serve_application(facilitator.build_application()) as url:
        yield url, facilitator
