"""The storage check: outputs and stored inputs lie where their rows say."""

from collections.abc import Sequence

from sqlalchemy import select, tuple_

from gateway.kit.database.sessions import Database
from gateway.media.inputs.input_files import build_file_key
from gateway.media.tables import InputFile, Output
from gateway.storage import Storage
from gateway.storage.base import KeyMissing

BATCH_ROWS = 500


async def list_storage_mismatches(database: Database, storage: Storage) -> list[str]:
    """Return a line for each output and input whose bytes are missing or of another size.

    Rows are read in batches, each in a short snapshot: storage is asked outside of it.
    """
    mismatches: list[str] = []
    after = ("", -1)
    while rows := await _load_outputs(database, after):
        for row in rows:
            name = f"output {row.index} of {row.job_id}"
            mismatches += await _compare(storage, name, row.key, row.size_bytes)
        after = (rows[-1].job_id, rows[-1].index)
    last = ""
    while files := await _load_input_files(database, last):
        for file in files:
            mismatches += await _compare(
                storage, f"input {file.id}", build_file_key(file.id), file.bytes
            )
        last = files[-1].id
    return mismatches


async def _compare(storage: Storage, name: str, key: str, size_bytes: int) -> list[str]:
    size = await _find_stored_size(storage, key)
    if size == size_bytes:
        return []
    actual = "nothing" if size is None else f"{size} bytes"
    return [f"{name}: {actual} instead of {size_bytes} bytes"]


async def _load_input_files(database: Database, last: str) -> Sequence[InputFile]:
    statement = (
        select(InputFile).where(InputFile.id > last).order_by(InputFile.id).limit(BATCH_ROWS)
    )
    async with database.read() as snapshot:
        return (await snapshot.scalars(statement)).all()


async def _load_outputs(database: Database, after: tuple[str, int]) -> Sequence[Output]:
    place = (Output.job_id, Output.index)
    statement = select(Output).where(Output.deleted_at.is_(None), tuple_(*place) > after)
    async with database.read() as snapshot:
        return (await snapshot.scalars(statement.order_by(*place).limit(BATCH_ROWS))).all()


async def _find_stored_size(storage: Storage, key: str) -> int | None:
    try:
        return await storage.get_size(key)
    except KeyMissing:
        return None
