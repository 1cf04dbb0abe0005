"""The storage check: every file that a row names is stored, whole."""

from gateway.kit.database.sessions import Database
from gateway.media.oversight.named_files import load_named_sizes
from gateway.storage import Storage
from gateway.storage.base import stream_objects


async def list_storage_mismatches(database: Database, storage: Storage) -> list[str]:
    """Return a line for each file that a row names and that is missing, or of another size.

    The rows are read first: bytes are stored before their row. They are deleted after it, so a file
    that is missing is looked for in the rows once more.
    """
    named = await load_named_sizes(database)
    mismatches: dict[str, str] = {}
    async for stored in stream_objects(storage):
        size_bytes = named.pop(stored.key, None)
        if size_bytes not in {None, stored.size_bytes}:
            mismatches[stored.key] = f"{stored.size_bytes} bytes instead of {size_bytes}"
    if named:
        still_named = await load_named_sizes(database)
        mismatches |= {key: "is not stored" for key in named if key in still_named}
    return [f"{key}: {mismatch}" for key, mismatch in sorted(mismatches.items())]
