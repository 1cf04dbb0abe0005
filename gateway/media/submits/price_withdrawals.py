"""Price versions that an operator withdrew, after a wrong price was published.

A quote or plan of such a version is refused with `price_changed`. While the gateway's own table is
withdrawn, nothing has a price: every pricing is refused with `no_price`, so that no client is told
to quote again in vain.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from gateway.kit.database.group_commit import GroupRead
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import Read, Row, Tx, sql
from gateway.kit.money import to_amount_fields
from gateway.media.errors import NoPrice, PriceChanged

WITHDRAW_VERSION = sql(
    """
    INSERT INTO price_withdrawal (version, withdrawn_at)
    SELECT given.version, kt_now() FROM {rows} WHERE true ON CONFLICT (version) DO NOTHING
    """,
    version="text",
)
SELECT_WITHDRAWN = sql(
    """
    SELECT given.version, (SELECT count(*) FROM price_withdrawal AS w
                           WHERE w.version = given.version)
    FROM {rows}
    """,
    version="text",
)


async def withdraw_prices(session: Session, version: str) -> bool:
    """Withdraw a price version; False if it was withdrawn before."""
    return await session.change(WITHDRAW_VERSION, [(version,)]) == 1


async def find_withdrawn(tx: Tx, versions: Sequence[str]) -> Mapping[str, bool]:
    """Return, by price version, True if it was withdrawn."""
    return withdrawals_from_rows(await tx.read(*build_withdrawal_read(versions)))


def build_withdrawal_read(versions: Iterable[str]) -> Read:
    """Return the read of these versions' withdrawals, to be carried out with other reads."""
    return SELECT_WITHDRAWN, [(version,) for version in versions]


def withdrawals_from_rows(rows: Sequence[Row]) -> Mapping[str, bool]:
    """Return, by price version, True if it was withdrawn, as `build_withdrawal_read` read it."""
    return {version: bool(number) for version, number in rows}


class PriceWithdrawals:
    """Reads which versions were withdrawn; requests of the same moment share one read.

    Nothing is cached: from the next request on, a withdrawn price is not charged.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads: GroupRead[str, bool] = GroupRead(self._fetch)

    async def is_withdrawn(self, version: str) -> bool:
        """Return True if an operator withdrew this price version."""
        return await self._reads.submit(version)

    async def _fetch(self, versions: Sequence[str]) -> Mapping[str, bool]:
        return withdrawals_from_rows(await self._database.fetch(*build_withdrawal_read(versions)))


def check_price(
    withdrawn: Mapping[str, bool], priced_at: str, current: str, new_total: Callable[[], int]
) -> None:
    """Check that a quote or plan may still run at the version that it was priced at.

    `current` is the version of the gateway's own table; `new_total` gives its price in micro-USD.

    Raises:
        PriceChanged: the version was withdrawn, and the current one has a price.
        NoPrice: both were withdrawn.
    """
    if not withdrawn[priced_at]:
        return
    if withdrawn[current]:
        raise NoPrice
    raise PriceChanged(**to_amount_fields("newTotal", new_total()))
