"""Reading what a chain holds since a time: for comparisons, and for addresses nobody watches."""

from collections.abc import AsyncIterator, Sequence

from gateway.payments.errors import PaymentProviderError
from gateway.payments.usdc.rpc import Block, Receipt, Rpc, Transfer

BLOCKS_PER_STEP = 2_000
WATCHED_BLOCKS = 256  # how deep a chain may turn elsewhere and is still followed
PATIENCE = 30  # blocks: a minute for those who credit without being asked


async def first_since(rpc: Rpc, seconds: int, head: Block) -> int:
    """Return the first block not older than a time; what the node does not have is older.

    Raises:
        PaymentProviderError: the chain cannot be read.
    """
    low, high = 0, head.number
    while low < high:
        middle = (low + high) // 2
        (block,) = await rpc.blocks([middle])
        if block is None or block.timestamp < seconds:
            low = middle + 1
        else:
            high = middle
    return low


async def paid_to(
    rpc: Rpc, token: str, addresses: Sequence[str], first: int, last: int
) -> AsyncIterator[Receipt]:
    """Yield the transactions of some blocks that transfer the token to these addresses.

    Raises:
        PaymentProviderError: the chain cannot be read, or turned elsewhere meanwhile.
    """
    for start in range(first, last + 1, BLOCKS_PER_STEP) if addresses else ():
        end = min(start + BLOCKS_PER_STEP - 1, last)
        paying = await rpc.paying(token, addresses, start, end)
        for receipt in await rpc.receipts(sorted(paying)):
            if receipt is None:
                raise PaymentProviderError("The chain reorganised meanwhile; try again.")
            yield receipt


async def block_time(rpc: Rpc, seen: Transfer) -> int:
    """Return when the block of a transfer was made, in microseconds since 1970.

    Raises:
        PaymentProviderError: the chain cannot be read, or turned elsewhere meanwhile.
    """
    (block,) = await rpc.blocks([seen.block_number])
    if block is None or block.hash != seen.block_hash:
        raise PaymentProviderError("The chain reorganised meanwhile; try again.")
    return block.timestamp * 1_000_000
