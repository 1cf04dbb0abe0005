"""Whether the files of finished jobs lie where their rows say."""

from collections.abc import Sequence

from sqlalchemy import select, tuple_

from gateway.kit.database import Database
from gateway.media.tables import Output
from gateway.storage import Storage
from gateway.storage.base import KeyMissing

BITE = 500


async def unsound(database: Database, storage: Storage) -> list[str]:
    """Return every output that should be there and is not, or has another size."""
    wrong: list[str] = []
    after = ("", -1)
    while rows := await _outputs(database, after):
        for row in rows:
            size = await _size(storage, row.key)
            if size != row.size_bytes:
                found = "nothing" if size is None else f"{size} bytes"
                wrong.append(
                    f"output {row.index} of {row.job_id}: {found} instead of {row.size_bytes} bytes"
                )
        after = (rows[-1].job_id, rows[-1].index)
    return wrong


async def _outputs(database: Database, after: tuple[str, int]) -> Sequence[Output]:
    place = (Output.job_id, Output.index)
    wanted = select(Output).where(Output.deleted_at.is_(None), tuple_(*place) > after)
    async with database.read() as snapshot:
        return (await snapshot.scalars(wanted.order_by(*place).limit(BITE))).all()


async def _size(storage: Storage, key: str) -> int | None:
    try:
        return await storage.size(key)
    except KeyMissing:
        return None
