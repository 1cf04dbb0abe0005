"""Outputs: where their bytes are, and the signed URLs that give them out for 48 hours."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from gateway.kit.clock import SECOND
from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.media import view
from gateway.media.tables import Output

UNIX_SECONDS = re.compile(r"[0-9]{1,11}")
POSTER_NAME = "poster.webp"
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "video/mp4": "mp4",
}


def storage_key(job_id: str, fence: int, index: int, mime_type: str) -> str:
    """Return where an output of one claim of a job is stored."""
    return f"outputs/{job_id}/{fence}/{index}.{EXTENSIONS[mime_type]}"


def poster_key(job_id: str, fence: int, index: int) -> str:
    """Return where the still picture of a clip is stored."""
    return f"outputs/{job_id}/{fence}/{index}-poster.webp"


def file_name(row: Output) -> str:
    """Return the name a download gets: made by us, never by a user."""
    return f"{row.job_id}-{row.index}.{EXTENSIONS[row.mime_type]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An output that a worker made and stored; sizes in pixels, frames and bytes."""

    key: str
    poster_key: str | None
    kind: str
    mime_type: str
    width: int
    height: int
    frames: int | None
    fps: int | None
    has_audio: bool
    size_bytes: int
    sha256: str

    def row(self, job_id: str, index: int, expires_at: int) -> Output:
        """Return the row of this output."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["has_audio"] = int(self.has_audio)
        return Output(job_id=job_id, index=index, expires_at=expires_at, deleted_at=None, **values)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the bytes of one file are, what they are, and until when they are given out."""

    key: str
    mime_type: str
    expires_at: int


async def stored(session: Session, job_id: str, index: int, *, poster: bool) -> Stored:
    """Return where an output or its poster is stored.

    Raises:
        NotFound: there is none, or its bytes were deleted.
    """
    row = await session.get(Output, (job_id, index))
    key = None if row is None else row.poster_key if poster else row.key
    if row is None or key is None or row.deleted_at is not None:
        raise NotFound
    return Stored(key, "image/webp" if poster else row.mime_type, row.expires_at)


@dataclass(frozen=True, slots=True)
class FileUrls:
    """Signs and checks file URLs; keys by id, the newest first."""

    files_url: str
    keys: Mapping[str, bytes]

    def sign(self, row: Output, *, poster: bool = False) -> str:
        """Return a URL that works until the output's 48 hours are over, and never longer."""
        name = POSTER_NAME if poster else file_name(row)
        path = f"/files/outputs/{row.job_id}/{row.index}/{name}"
        expires = row.expires_at // SECOND
        key_id = next(iter(self.keys))
        query = {"exp": expires, "kid": key_id, "sig": self._signature(key_id, path, expires)}
        return f"{self.files_url}{path}?{urlencode(query)}"

    def check(self, path: str, *, expires: str, key_id: str, signature: str, now: int) -> None:
        """Check a URL's signature and time.

        Raises:
            NotFound: forged, changed or too late.
        """
        if UNIX_SECONDS.fullmatch(expires) is None or key_id not in self.keys:
            raise NotFound
        right = self._signature(key_id, path, int(expires)).encode()
        if not hmac.compare_digest(right, signature.encode()) or now >= int(expires) * SECOND:
            raise NotFound("This URL is not valid, or its 48 hours are over.")

    def show(self, row: Output, now: int) -> dict[str, object]:
        """Return the wire form of an output with a fresh URL."""
        poster = None if row.poster_key is None else self.sign(row, poster=True)
        return view.output(row, now=now, url=self.sign(row), poster_url=poster)

    def _signature(self, key_id: str, path: str, expires: int) -> str:
        message = f"{path}?exp={expires}".encode()
        return hmac.new(self.keys[key_id], message, hashlib.sha256).hexdigest()
