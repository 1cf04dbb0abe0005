"""Storage in an S3 bucket. Credentials come from the environment (`AWS_…`)."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gateway.kit.clock import EPOCH
from gateway.kit.errors import Problem
from gateway.storage.base import StorageUnavailable, StoredObject, check_key, to_storage_error
from gateway.storage.presign import UrlSigner

CHUNK_BYTES = 256 * 1024
URL_OPTIONS = {"endpoint", "public_endpoint", "region"}
NO_PUBLIC_ENDPOINT = "none"
log = logging.getLogger("gateway.storage")


class S3Storage:
    """Bytes as objects `prefix/key` of one bucket."""

    def __init__(self, store: S3Store, signer: UrlSigner | None) -> None:
        self._store = store
        self._signer = signer

    @classmethod
    def from_url(cls, url: str) -> "S3Storage":
        """Return the storage at `s3://bucket/prefix?endpoint=…&public_endpoint=…&region=…`.

        Users are redirected to the public endpoint, by default the endpoint; `none`: to neither.

        Raises:
            ValueError: there is no bucket, or an option is not known.
        """
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if not parts.netloc or not options.keys() <= URL_OPTIONS:
            raise ValueError(
                "KT_STORAGE_URL must be s3://bucket/prefix?endpoint=…&public_endpoint=…&region=…"
            )
        region = options.get("region") or os.environ.get("AWS_REGION") or "us-east-1"
        endpoint = options.get("endpoint") or f"https://s3.{region}.amazonaws.com"
        prefix = parts.path.strip("/")
        store = S3Store(
            parts.netloc,
            prefix=prefix or None,
            region=region,
            endpoint=endpoint,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=20),
                "timeout": timedelta(seconds=900),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=15)},
        )
        public = options.get("public_endpoint") or endpoint
        base = "/".join(filter(None, (public.rstrip("/"), parts.netloc, prefix)))
        signed = public != NO_PUBLIC_ENDPOINT
        return cls(store, UrlSigner.from_environment(base, region) if signed else None)

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a copy of this file, in one piece or not at all."""
        with _storage_errors(key):
            attributes = {"Content-Type": content_type}
            await obstore.put_async(self._store, check_key(key), path, attributes=attributes)

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Return the bytes from `start` up to, not with, `end`, in pieces."""
        size = await self.get_size(key)
        end = size if end is None else min(end, size)
        return self._read_pieces(key, start, end)

    async def get_size(self, key: str) -> int:
        """Return how many bytes are stored."""
        with _storage_errors(key):
            return (await obstore.head_async(self._store, check_key(key)))["size"]

    async def fetch_to(self, key: str, path: Path) -> None:
        """Write the stored bytes to this file."""
        pieces = await self.open(key)
        with _storage_errors(key), await asyncio.to_thread(path.open, "wb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)

    def find_file(self, key: str) -> None:
        """Return None: the bytes lie in no file of this machine."""

    async def copy(self, source: str, key: str) -> None:
        """Store the bytes of one key under another too, in one piece or not at all."""
        with _storage_errors(source):
            await obstore.copy_async(self._store, check_key(source), check_key(key))

    async def delete(self, key: str) -> None:
        """Delete these bytes; it is no error if they are not there."""
        with _storage_errors(key):
            await obstore.delete_async(self._store, check_key(key))

    async def delete_folder(self, prefix: str) -> None:
        """Delete all keys in this folder."""
        folder = check_key(prefix.removesuffix("/"))
        with _storage_errors(prefix):
            async for entries in obstore.list(self._store, folder, chunk_size=1000):
                await obstore.delete_async(self._store, [entry["path"] for entry in entries])

    async def list_folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below this one; their objects are not listed."""
        with _storage_errors(prefix):
            listing = await obstore.list_with_delimiter_async(self._store, check_key(prefix))
        return [folder.rpartition("/")[2] for folder in listing["common_prefixes"]]

    async def list_objects(self, after: str, limit: int) -> list[StoredObject]:
        """Return at most `limit` stored keys behind `after`, in the bucket's order."""
        with _storage_errors("bucket"):
            async for entries in obstore.list(self._store, offset=after or None, chunk_size=limit):
                return [
                    StoredObject(
                        entry["path"],
                        entry["size"],
                        (entry["last_modified"] - EPOCH) // timedelta(microseconds=1),
                    )
                    for entry in entries
                ]
        return []

    def presigned_url(
        self, key: str, method: str, seconds: int, content_type: str, disposition: str
    ) -> str | None:
        """Return a URL that S3 serves for `seconds`; None if the gateway sends the bytes.

        It does where users do not reach the bucket, and where the credentials are a role's.
        """
        if self._signer is None:
            return None
        answer = {"content-type": content_type, "content-disposition": disposition}
        return self._signer.sign_url(method, check_key(key), seconds, answer, datetime.now(UTC))

    async def check(self) -> None:
        """Check that the bucket can be listed."""
        with _storage_errors("bucket"):
            async for _ in obstore.list(self._store, "check", chunk_size=1):
                break

    async def _read_pieces(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        with _storage_errors(key):
            result = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for piece in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)


@contextmanager
def _storage_errors(key: str) -> Iterator[None]:
    """Turn an error of obstore into an error of the port."""
    try:
        yield
    except (OSError, BaseError) as error:
        if "NoSuchBucket" not in str(error):
            raise _to_storage_error(error, key) from error
        log.error("KT_STORAGE_URL: there is no such bucket")  # noqa: TRY400 - one clear line
        raise StorageUnavailable from error


def _to_storage_error(error: OSError | BaseError, key: str) -> Problem:
    """Return the error of the port; for a missing object obstore raises `FileNotFoundError`."""
    if isinstance(error, OSError):
        return to_storage_error(error, key)
    return StorageUnavailable()
