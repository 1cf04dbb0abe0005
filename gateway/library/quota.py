"""Storage quotas: room is reserved before bytes come, and counted exactly.

Whoever adds or takes something locks the account's shelf first, so that two cannot have the same
room. What a dead gateway reserved is free again after an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kit.clock import HOUR
from gateway.kit.database import Session
from gateway.kit.sql import sql
from gateway.library.errors import StorageQuotaExceeded

ABANDONED = HOUR

TOUCH = sql(
    """
    INSERT INTO shelf (account_id, bytes, assets, revision)
    SELECT given.account_id, 0, 0, 1 FROM {rows} WHERE true
    ON CONFLICT (account_id) DO UPDATE SET revision = shelf.revision + 1
    """,
    account_id="int",
)
TAKEN = sql(
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
RESERVE = sql(
    """
    INSERT INTO upload (id, account_id, bytes, renewed_at)
    SELECT given.id, given.account_id, given.bytes, kt_now() FROM {rows} WHERE true
    ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, renewed_at = kt_now()
    """,
    id="text",
    account_id="int",
    bytes="int",
)
RELEASE = sql("DELETE FROM upload WHERE id = (SELECT id FROM {rows})", id="text")
ABANDON = sql(f"DELETE FROM upload WHERE renewed_at < kt_now() - {ABANDONED}")  # noqa: S608 - constant
COUNT = sql(
    """
    UPDATE shelf SET bytes = shelf.bytes + given.bytes, assets = shelf.assets + given.assets
    FROM {rows} WHERE shelf.account_id = given.account_id
    """,
    account_id="int",
    bytes="int",
    assets="int",
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that an account may keep in one book."""

    bytes: int
    assets: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What an account keeps, reservations not counted, and its revision."""

    bytes: int
    assets: int
    revision: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """The allowance of each book."""

    allowances: Mapping[str, Allowance]

    async def reserve(
        self, session: Session, account: int, book: str, upload_id: str, size_bytes: int
    ) -> None:
        """Keep room free for an upload, or change how much it has.

        Raises:
            StorageQuotaExceeded: there is not so much room.
        """
        await self.check(session, account, book, size_bytes=size_bytes, upload_id=upload_id)
        await session.change(RESERVE, [(upload_id, account, size_bytes)])

    async def add(
        self, session: Session, account: int, book: str, *, size_bytes: int, assets: int,
        upload_id: str = "",
    ) -> None:  # fmt: skip
        """Count what is kept from now on; it takes the place of the upload's reservation.

        Raises:
            StorageQuotaExceeded: there is not so much room.
        """
        await self.check(
            session, account, book, size_bytes=size_bytes, assets=assets, upload_id=upload_id
        )
        await session.change(RELEASE, [(upload_id,)])
        await session.write((COUNT, [(account, size_bytes, assets)]))

    async def check(
        self, session: Session, account: int, book: str, *, size_bytes: int, assets: int = 1,
        upload_id: str = "",
    ) -> None:  # fmt: skip
        """Lock the account's shelf and see whether there is room beside what others reserved.

        Raises:
            StorageQuotaExceeded: there is not.
        """
        await touch(session, account)
        allowed = self.allowances[book]
        ((used, number, _, coming, uploads),) = await session.read(TAKEN, [(account, upload_id)])
        members = {"usedBytes": used, "maxBytes": allowed.bytes}
        if used + coming + size_bytes > allowed.bytes:
            raise StorageQuotaExceeded(
                f"{size_bytes:,} bytes are over what is left of {allowed.bytes:,}.", **members
            )
        if number + uploads + assets > allowed.assets:
            raise StorageQuotaExceeded(
                f"The account keeps {number:,} assets, of {allowed.assets:,} at most.", **members
            )


async def touch(session: Session, account: int) -> None:
    """Lock the account's shelf, made if it is new, and raise its revision.

    Whoever moves money too does that first: a job's end locks in this order.
    """
    await session.change(TOUCH, [(account,)])


async def release(session: Session, upload_id: str) -> None:
    """Give up what was reserved for an upload that came to nothing."""
    await session.change(RELEASE, [(upload_id,)])


async def give_back(session: Session, account: int, *, size_bytes: int, assets: int) -> None:
    """Count what is no longer kept."""
    await touch(session, account)
    await session.write((COUNT, [(account, -size_bytes, -assets)]))


async def usage(session: Session, account: int) -> Usage:
    """Return what an account keeps."""
    rows = await session.read(TAKEN, [(account, "")])
    return Usage(*rows[0][:3]) if rows else Usage(0, 0, 0)
