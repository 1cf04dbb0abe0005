"""Storage of bytes: a folder of this machine, or an S3 bucket."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from gateway.storage.base import (
    KeyMissing as KeyMissing,
)
from gateway.storage.base import (
    Storage as Storage,
)
from gateway.storage.base import (
    StorageUnavailable as StorageUnavailable,
)
from gateway.storage.base import (
    StoredObject as StoredObject,
)
from gateway.storage.local import LocalStorage
from gateway.storage.s3 import S3Storage


def find_storage_folder(url: str) -> Path | None:
    """Return the folder of the storage at this address; None if it is a bucket."""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:///") else None


def storage_from_url(url: str, *, create: bool = True) -> Storage:
    """Return the storage at `file:///folder` or `s3://bucket/prefix?endpoint=…&region=…`.

    Without `create` a folder is made by the first write, not before.

    Raises:
        ValueError: the address is neither.
    """
    if (folder := find_storage_folder(url)) is not None:
        local = LocalStorage(folder)
        if create:
            local.open_root()
        return local
    if url.startswith("s3://"):
        return S3Storage.from_url(url)
    raise ValueError(
        "KT_STORAGE_URL must be file:///folder or s3://bucket/prefix?endpoint=…&region=…"
    )
