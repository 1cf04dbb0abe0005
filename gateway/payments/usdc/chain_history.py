"""The history of a chain since a time: for reconciliations, and for unwatched addresses."""

from collections.abc import AsyncIterator, Sequence

from gateway.payments.errors import PaymentProviderError
from gateway.payments.usdc.rpc import Block, Receipt, Rpc, Transfer

BLOCKS_PER_STEP = 2_000
REORG_WINDOW_BLOCKS = 256  # how many of the last blocks may be replaced and are still noticed
# A minute in which watcher and sweeper credit what they found, before a comparison counts it.
COMPARISON_DELAY_BLOCKS = 30


async def find_first_block_since(rpc: Rpc, seconds: int, head: Block) -> int:
    """Find the first block not older than a Unix time; blocks that the node lacks count as older.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    low, high = 0, head.number
    while low < high:
        middle = (low + high) // 2
        (block,) = await rpc.fetch_blocks([middle])
        if block is None or block.timestamp < seconds:
            low = middle + 1
        else:
            high = middle
    return low


async def fetch_paying_receipts(
    rpc: Rpc, token: str, addresses: Sequence[str], first: int, last: int
) -> AsyncIterator[Receipt]:
    """Yield the receipts of transactions that transfer the token to these addresses.

    Raises:
        PaymentProviderError: the chain cannot be read, or replaced a block meanwhile.
    """
    for start in range(first, last + 1, BLOCKS_PER_STEP) if addresses else ():
        end = min(start + BLOCKS_PER_STEP - 1, last)
        paying = await rpc.find_paying_transactions(token, addresses, start, end)
        for receipt in await rpc.fetch_receipts(sorted(paying)):
            if receipt is None:
                raise PaymentProviderError("The chain reorganised meanwhile; try again.")
            yield receipt


async def fetch_block_time(rpc: Rpc, seen: Transfer) -> int:
    """Fetch the time of the block of a transfer, in microseconds since 1970.

    Raises:
        PaymentProviderError: the chain cannot be read, or replaced the block meanwhile.
    """
    (block,) = await rpc.fetch_blocks([seen.block_number])
    if block is None or block.hash != seen.block_hash:
        raise PaymentProviderError("The chain reorganised meanwhile; try again.")
    return block.timestamp * 1_000_000
