"""Outputs: where their bytes are, and the signed URLs that give them out for 48 hours."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.kit.clock import SECOND
from gateway.kit.errors import NotFound
from gateway.media import view
from gateway.media.tables import Output

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


@dataclass(frozen=True, slots=True)
class FileUrls:
    """Signs and checks file URLs; keys by id, the newest first."""

    files_url: str
    keys: Mapping[str, bytes]

    def sign(self, row: Output, *, poster: bool = False) -> str:
        """Return a URL that works until the output's 48 hours are over, and never longer."""
        name = "poster.webp" if poster else file_name(row)
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
        if not expires.isdigit() or key_id not in self.keys:
            raise NotFound
        right = self._signature(key_id, path, int(expires))
        if not hmac.compare_digest(right, signature) or now >= int(expires) * SECOND:
            raise NotFound("This URL is not valid, or its 48 hours are over.")

    def show(self, row: Output, now: int) -> dict[str, object]:
        """Return the wire form of an output with a fresh URL."""
        poster = None if row.poster_key is None else self.sign(row, poster=True)
        return view.output(row, now=now, url=self.sign(row), poster_url=poster)

    def _signature(self, key_id: str, path: str, expires: int) -> str:
        message = f"{path}?exp={expires}".encode()
        return hmac.new(self.keys[key_id], message, hashlib.sha256).hexdigest()
