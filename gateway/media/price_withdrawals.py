"""Price versions that an operator took back, after a wrong price was published.

What was quoted or planned at one is refused with `price_changed`. While the gateway's own table is
one, nothing has a price: whatever would price something is refused with `no_price`, so that nobody
is told to price it again.
"""

from collections.abc import Callable, Mapping, Sequence

from gateway.kit.database import Database, Session
from gateway.kit.group_commit import GroupRead
from gateway.kit.money import both
from gateway.kit.sql import Tx, sql
from gateway.media.errors import NoPrice, PriceChanged

WITHDRAW = sql(
    """
    INSERT INTO price_withdrawal (version, withdrawn_at)
    SELECT given.version, kt_now() FROM {rows} WHERE true ON CONFLICT (version) DO NOTHING
    """,
    version="text",
)
WITHDRAWN = sql(
    """
    SELECT given.version, (SELECT count(*) FROM price_withdrawal AS w
                           WHERE w.version = given.version)
    FROM {rows}
    """,
    version="text",
)


async def withdraw_prices(session: Session, version: str) -> bool:
    """Take a price version back; False if it was already."""
    return await session.change(WITHDRAW, [(version,)]) == 1


async def find_withdrawn(tx: Tx, versions: Sequence[str]) -> Mapping[str, bool]:
    """Return for each of these price versions whether it was taken back."""
    rows = await tx.read(WITHDRAWN, [(version,) for version in versions])
    return {version: bool(number) for version, number in rows}


class PriceWithdrawals:
    """Reads which versions were taken back; whoever asks at the same time shares one read.

    Nothing is kept: a price that was taken back is not charged from the next request on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads: GroupRead[str, bool] = GroupRead(self._fetch)

    async def is_withdrawn(self, version: str) -> bool:
        """Return True if an operator took this price version back."""
        return await self._reads.submit(version)

    async def _fetch(self, versions: Sequence[str]) -> Mapping[str, bool]:
        async with self._database.read() as snapshot:
            return await find_withdrawn(snapshot, versions)


def check_price(
    withdrawn: Mapping[str, bool], priced_at: str, current: str, new_total: Callable[[], int]
) -> None:
    """Check that something may still be run at the version it was priced at.

    `current` is the version of the gateway's own table, which gives the new total in micro-USD.

    Raises:
        PriceChanged: the version was taken back, and there is a new price.
        NoPrice: the version was taken back, and so is the current one.
    """
    if not withdrawn[priced_at]:
        return
    if withdrawn[current]:
        raise NoPrice
    raise PriceChanged(**both("newTotal", new_total()))
