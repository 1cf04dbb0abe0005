"""Storage quotas: room is reserved before bytes arrive, and counted exactly.

The problem: an upload takes minutes, and two uploads must not get the same room. So each reserves
it as a row of `upload` in a short transaction, renews the row while bytes arrive, and exchanges it
for the asset in the transaction that creates it.

Invariants: everything that adds or removes bytes locks the account's shelf first (`lock_shelf`).
The shelf counts exactly the bytes of assets and inputs (invariant I31). Kept and reserved bytes
together never exceed the allowance. A reservation of a gateway that died ends after an hour.

Lock order: the shelf before the ledger's accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kit.clock import HOUR
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.library.errors import StorageQuotaExceeded

ABANDONED_AFTER = HOUR
NEARLY_FULL_PERCENT = 80

LOCK_SHELF = sql(
    """
    INSERT INTO shelf (account_id, bytes, assets, revision)
    SELECT given.account_id, 0, 0, 1 FROM {rows} WHERE true
    ON CONFLICT (account_id) DO UPDATE SET revision = shelf.revision + 1
    """,
    account_id="int",
)
SELECT_USAGE = sql(
    """
    SELECT s.bytes, s.assets, s.revision,
        (SELECT CAST(COALESCE(sum(u.bytes), 0) AS bigint) FROM upload AS u
         WHERE u.account_id = s.account_id AND u.id <> given.upload_id),
        (SELECT count(*) FROM upload AS u
         WHERE u.account_id = s.account_id AND u.id <> given.upload_id)
    FROM {rows} JOIN shelf AS s ON s.account_id = given.account_id
    """,
    account_id="int",
    upload_id="text",
)
RESERVE_ROOM = sql(
    """
    INSERT INTO upload (id, account_id, bytes, renewed_at)
    SELECT given.id, given.account_id, given.bytes, kt_now() FROM {rows} WHERE true
    ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, renewed_at = kt_now()
    """,
    id="text",
    account_id="int",
    bytes="int",
)
RELEASE_ROOM = sql("DELETE FROM upload WHERE id = (SELECT id FROM {rows})", id="text")
DELETE_ABANDONED = sql(f"DELETE FROM upload WHERE renewed_at < kt_now() - {ABANDONED_AFTER}")  # noqa: S608 - constant
ADD_TO_SHELF = sql(
    """
    UPDATE shelf SET bytes = shelf.bytes + given.bytes, assets = shelf.assets + given.assets
    FROM {rows} WHERE shelf.account_id = given.account_id
    """,
    account_id="int",
    bytes="int",
    assets="int",
)


TELL_NEARLY_FULL = sql(
    """
    UPDATE shelf SET told_nearly_full_at = kt_now() FROM {rows}
    WHERE shelf.account_id = given.account_id AND shelf.told_nearly_full_at IS NULL
    """,
    account_id="int",
)
SELECT_TOLD = sql(
    """
    SELECT shelf.told_nearly_full_at FROM {rows}
    JOIN shelf ON shelf.account_id = given.account_id
    """,
    account_id="int",
)
FORGET_NEARLY_FULL = sql(
    """
    UPDATE shelf SET told_nearly_full_at = NULL FROM {rows}
    WHERE shelf.account_id = given.account_id AND shelf.told_nearly_full_at IS NOT NULL
    """,
    account_id="int",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most bytes and assets that an account may keep in one book."""

    bytes: int
    assets: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The bytes and assets of an account, without reservations, and its revision."""

    bytes: int
    assets: int
    revision: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """The allowance of each book."""

    allowances: Mapping[str, Allowance]

    async def reserve_room(
        self, session: Session, account: int, book: str, upload_id: str, size_bytes: int
    ) -> None:
        """Reserve room for an upload, or change and renew its reservation.

        Raises:
            StorageQuotaExceeded: the quota has less room left.
        """
        await self.check_room(session, account, book, size_bytes=size_bytes, upload_id=upload_id)
        await session.change(RESERVE_ROOM, [(upload_id, account, size_bytes)])

    async def add_usage(
        self, session: Session, account: int, book: str, *, size_bytes: int, assets: int,
        upload_id: str = "",
    ) -> None:  # fmt: skip
        """Count bytes and assets as kept, in place of the upload's reservation if it has one.

        Raises:
            StorageQuotaExceeded: the quota has less room left.
        """
        await self.check_room(
            session, account, book, size_bytes=size_bytes, assets=assets, upload_id=upload_id
        )
        await session.change(RELEASE_ROOM, [(upload_id,)])
        await session.write((ADD_TO_SHELF, [(account, size_bytes, assets)]))

    async def check_room(
        self, session: Session, account: int, book: str, *, size_bytes: int, assets: int = 1,
        upload_id: str = "",
    ) -> None:  # fmt: skip
        """Lock the account's shelf and check for room beside the reservations of other uploads.

        Every other upload in progress counts as one asset.

        Raises:
            StorageQuotaExceeded: the quota has less room left.
        """
        await lock_shelf(session, account)
        allowed = self.allowances[book]
        usage_rows = await session.read(SELECT_USAGE, [(account, upload_id)])
        ((used, number, _, reserved, uploads),) = usage_rows
        members = {"usedBytes": used, "maxBytes": allowed.bytes}
        if used + reserved + size_bytes > allowed.bytes:
            raise StorageQuotaExceeded(
                f"{size_bytes:,} bytes are over what is left of {allowed.bytes:,}.", **members
            )
        if number + uploads + assets > allowed.assets:
            raise StorageQuotaExceeded(
                f"The account keeps {number:,} assets, of {allowed.assets:,} at most.", **members
            )

    async def is_nearly_full(self, session: Session, account: int, book: str) -> bool:
        """Return True if an account keeps at least 80 % of the bytes or assets that it may."""
        usage, allowed = await get_usage(session, account), self.allowances[book]
        return (
            100 * usage.bytes >= NEARLY_FULL_PERCENT * allowed.bytes
            or 100 * usage.assets >= NEARLY_FULL_PERCENT * allowed.assets
        )


async def is_told_nearly_full(session: Session, account: int) -> bool:
    """Return True if the owner has been told that the storage is nearly full."""
    rows = await session.read(SELECT_TOLD, [(account,)])
    return bool(rows) and rows[0][0] is not None


async def tell_nearly_full(session: Session, account: int, *, is_full: bool) -> bool:
    """Record that the owner is told of the nearly full storage; return True if it is news.

    Once there is room again, the next time is news again.
    """
    if is_full:
        return await session.change(TELL_NEARLY_FULL, [(account,)]) == 1
    await session.change(FORGET_NEARLY_FULL, [(account,)])
    return False


async def lock_shelf(session: Session, account: int) -> None:
    """Lock the account's shelf, creating it if there is none, and raise its revision.

    A transaction that also moves money calls this before it locks ledger accounts. The end of a job
    does so, and the opposite order could deadlock with it.
    """
    await session.change(LOCK_SHELF, [(account,)])


async def release_room(session: Session, upload_id: str) -> None:
    """Delete the reservation of an upload that created no asset."""
    await session.change(RELEASE_ROOM, [(upload_id,)])


async def subtract_usage(session: Session, account: int, *, size_bytes: int, assets: int) -> None:
    """Count bytes and assets as no longer kept."""
    await lock_shelf(session, account)
    await session.write((ADD_TO_SHELF, [(account, -size_bytes, -assets)]))


async def get_usage(session: Session, account: int) -> Usage:
    """Return the usage of an account."""
    rows = await session.read(SELECT_USAGE, [(account, "")])
    return Usage(*rows[0][:3]) if rows else Usage(0, 0, 0)
