"""Files that the database names: of outputs, stored inputs and assets, in pages.

Pictures that are drawn when asked for (`library/preview_files.py`) are not among them: they are
drawn again.
"""

from collections.abc import AsyncIterator

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, sql
from gateway.library.named_files import (
    PAGE_ROWS,
    NamedFile,
    list_row_files,
    stream_asset_files,
)
from gateway.media.inputs.input_files import build_file_key

SELECT_OUTPUT_FILES = sql(
    f"""
    SELECT o.job_id, o."index", o.key, o.size_bytes, o.sha256, o.previews, o.preview_clip_key,
           o.poster_key
    FROM {{rows}} JOIN job_output AS o
      ON o.job_id >= given.job_id AND (o.job_id > given.job_id OR o."index" > given.place)
    WHERE o.deleted_at IS NULL ORDER BY o.job_id, o."index" LIMIT {PAGE_ROWS}
    """,  # noqa: S608 - constant
    job_id="text",
    place="int",
)
SELECT_INPUT_FILES = sql(
    f"""
    SELECT f.id, f.bytes, f.sha256 FROM {{rows}} JOIN input_file AS f ON f.id > given.after
    ORDER BY f.id LIMIT {PAGE_ROWS}
    """,  # noqa: S608 - constant
    after="text",
)


async def stream_named_files(tx: Tx) -> AsyncIterator[NamedFile]:
    """Yield every file that a row names: outputs with posters and previews, inputs, assets."""
    async for file in _stream_output_files(tx):
        yield file
    async for file in _stream_input_files(tx):
        yield file
    async for file in stream_asset_files(tx):
        yield file


async def load_named_sizes(database: Database) -> dict[str, int | None]:
    """Load the keys of all files that rows name now; each with its size, if the row has one."""
    async with database.read() as snapshot:
        return {file.key: file.size_bytes async for file in stream_named_files(snapshot)}


async def _stream_output_files(tx: Tx) -> AsyncIterator[NamedFile]:
    place = ("", -1)
    while rows := await tx.read(SELECT_OUTPUT_FILES, [place]):
        for _, _, *columns in rows:
            for file in list_row_files(*columns):
                yield file
        place = (rows[-1][0], rows[-1][1])


async def _stream_input_files(tx: Tx) -> AsyncIterator[NamedFile]:
    after = ""
    while rows := await tx.read(SELECT_INPUT_FILES, [(after,)]):
        for file_id, size_bytes, sha256 in rows:
            yield NamedFile(build_file_key(file_id), size_bytes, sha256)
        after = rows[-1][0]
