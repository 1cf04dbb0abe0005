"""Files that the rows of assets name: what a backup copies, and no sweep of orphans deletes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.kit.database.sql import Tx, sql
from gateway.library.preview_files import list_preview_keys

PAGE_ROWS = 2_000
SELECT_ASSET_FILES = sql(
    f"""
    SELECT a.id, a.key, a.size_bytes, a.sha256, a.previews, a.preview_clip_key
    FROM {{rows}} JOIN asset AS a ON a.id > given.after
    WHERE a.purged_at IS NULL AND a.key <> '' ORDER BY a.id LIMIT {PAGE_ROWS}
    """,  # noqa: S608 - constant
    after="text",
)
SELECT_KEPT_ASSETS = sql(
    "SELECT a.id FROM {rows} JOIN asset AS a ON a.id = given.id WHERE a.purged_at IS NULL",
    id="text",
)

SELECT_PURGED_ASSETS = sql(
    "SELECT a.id FROM {rows} JOIN asset AS a ON a.id = given.id WHERE a.purged_at IS NOT NULL",
    id="text",
)


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A stored file that a row names; size and SHA-256 are None where the row has none."""

    key: str
    size_bytes: int | None = None
    sha256: str | None = None


def list_row_files(
    key: str,
    size_bytes: int | None,
    sha256: str | None,
    previews: str | None,
    clip_key: str | None,
    poster_key: str | None = None,
) -> list[NamedFile]:
    """Return the files that the row of an asset or output names: its own, poster and previews."""
    posters = [] if poster_key is None else [poster_key]
    others = [*posters, *list_preview_keys(key, previews, clip_key)]
    return [NamedFile(key, size_bytes, sha256), *map(NamedFile, others)]


async def stream_asset_files(tx: Tx) -> AsyncIterator[NamedFile]:
    """Yield the files of all assets that were not purged, with their previews."""
    after = ""
    while rows := await tx.read(SELECT_ASSET_FILES, [(after,)]):
        for _, *columns in rows:
            for file in list_row_files(*columns):
                yield file
        after = rows[-1][0]
